import shutil
from pathlib import Path

import pytest


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """
    A place that is closed to all other users, as a checkout may be.
    """
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    tmp_path.chmod(0o700)
    directory = tmp_path / "servers"
    yield directory
    shutil.rmtree(directory.resolve())
