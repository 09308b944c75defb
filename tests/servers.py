"""
What the tests need of the machine: PostgreSQL, Redis, and a browser for some.

A pytest plugin, because the servers have to run before the settings are read. Servers
that the environment names are used as they are.
"""

import atexit
import os
import shutil
from contextlib import ExitStack
from tempfile import TemporaryDirectory

import pytest

from loyalty_program.embedded import DATA, CannotServe, serve
from loyalty_program.processes import AlreadyOwned

BROWSER = ["chromium", "chromedriver"]

_stack = ExitStack()
atexit.register(_stack.close)  # pytest may give up before there is anything to unconfigure


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if early_config.known_args_namespace.help or early_config.known_args_namespace.version:
        return
    try:
        servers = _stack.enter_context(serve(DATA / "test-servers", durable=False))
    except AlreadyOwned as owned:
        pytest.exit(
            f"Process {owned.owner} runs the tests already: wait until it ends, or set "
            f"DATABASE_URL and REDIS_URL to other servers.",
            returncode=1,
        )
    except CannotServe as error:
        pytest.exit(str(error), returncode=1)
    os.environ.update(servers.env)
    # What a test anchors is nothing to compare another test's ledger with.
    os.environ["LEDGER_ANCHORS_DIR"] = _stack.enter_context(TemporaryDirectory())


def pytest_unconfigure() -> None:
    _stack.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the browser's tests out where there is none, but never in CI."""
    absent = [program for program in BROWSER if not shutil.which(program)]
    if not absent or os.environ.get("CI") == "true":
        return
    reason = f"{' and '.join(absent)} not found: install Debian's chromium and chromium-driver"
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=reason))
