"""
PostgreSQL and Redis for a laptop, from PyPI wheels. A running shop has its own.

A set of servers keeps everything in one directory under `.data/`: the demo's in
`servers`, the tests' in `test-servers`. They listen on this machine alone, ask for a
password, and live as long as the process that runs them. Used by the demo, the tests
and the benchmarks, never by the product.
"""

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loyalty_program.embedded import postgres, redis
from loyalty_program.embedded.home import DATA, CannotServe, find_home
from loyalty_program.files import write_privately
from loyalty_program.processes import Crew

__all__ = ["DATA", "CannotServe", "Servers", "running", "serve"]

STOP_PATIENCE = 30
URLS = "urls.json"


@dataclass(frozen=True)
class Servers:
    """What a program needs to know of its servers, and who looks after them."""

    env: Mapping[str, str]
    crew: Crew | None = None

    def tend(self) -> None:
        if self.crew:
            self.crew.tend()


@contextmanager
def serve(directory: Path, *, durable: bool = True) -> Iterator[Servers]:
    """
    Run the servers that the environment does not name, on the data in the directory.

    :raises CannotServe: with a sentence that says what to do
    :raises AlreadyOwned: if another process runs servers in this directory
    """
    defaults = {"SECRET_KEY": _secret_key(), **os.environ}
    starts = {"DATABASE_URL": postgres.start, "REDIS_URL": redis.start}
    missing = [variable for variable in starts if not os.environ.get(variable)]
    if not missing:
        yield Servers(defaults)
        return
    home = find_home(directory)
    with Crew(home.path / "processes.json", patience=STOP_PATIENCE) as crew:
        (directory / URLS).unlink(missing_ok=True)  # of a run that was killed
        urls: dict[str, str] = {}
        if "DATABASE_URL" in missing:
            # Beside the data: who deletes that begins anew.
            urls["LEDGER_ANCHORS_DIR"] = str(directory / "ledger-anchors")
        for variable in missing:
            urls |= starts[variable](crew, home, durable=durable)
        write_privately(directory / URLS, json.dumps(urls))
        try:
            yield Servers({**defaults, **urls}, crew)
        finally:
            (directory / URLS).unlink(missing_ok=True)


def running(directory: Path) -> Servers | None:
    """Return the servers that another process runs there, once they answer."""
    if not (directory / URLS).exists():
        return None
    urls = json.loads((directory / URLS).read_text())
    return Servers({"SECRET_KEY": _secret_key(), **os.environ, **urls})


def _secret_key() -> str:
    path = DATA / "secret-key"
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        write_privately(path, secrets.token_urlsafe(48))
    return path.read_text()
