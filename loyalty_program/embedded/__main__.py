"""
Run a command on embedded servers.

    python -m loyalty_program.embedded [--set NAME] [--volatile] COMMAND…

The command finds DATABASE_URL, REDIS_URL and SECRET_KEY in its environment: those that
were set already, those of the set's running servers, or those of servers that are
started for it and stopped after it.
"""

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from loyalty_program.embedded import DATA, CannotServe, Servers, running, serve
from loyalty_program.processes import AlreadyOwned, KeepsDying


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m loyalty_program.embedded")
    parser.add_argument("--set", default="servers", help="the servers' directory under .data/")
    parser.add_argument("--volatile", action="store_true", help="faster; lost in a power cut")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    try:
        with serve(DATA / options.set, durable=not options.volatile) as servers:
            return _run(options.command, servers.env)
    except AlreadyOwned as owned:
        return _run(options.command, _running(DATA / options.set, owned).env)
    except (CannotServe, KeepsDying, PermissionError) as error:
        print(error, file=sys.stderr)
        return 1


def _running(directory: Path, owned: AlreadyOwned) -> Servers:
    deadline = time.monotonic() + 60
    while not (servers := running(directory)):
        if time.monotonic() > deadline:
            raise CannotServe(f"Process {owned.owner} does not get its servers to run.")
        time.sleep(0.1)
    return servers


def _run(command: Sequence[str], env: Mapping[str, str]) -> int:
    # A Ctrl-C reaches the command as well as this process, which waits for it.
    signal.signal(signal.SIGINT, lambda *_: None)
    child = subprocess.Popen(command, env=env)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    code = child.wait()
    return code if code >= 0 else 128 - code  # as a shell says that a signal ended it


if __name__ == "__main__":
    sys.exit(main())
