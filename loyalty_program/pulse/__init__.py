"""
Signs of life, for the programs that nobody can send a request.

A program touches a file while it works; `python -m loyalty_program.pulse NAME` fails if
that was too long ago, and asks the web server in its own way. Only where the deployment
names a directory for it, as the container image does.
"""

import http.client
import time
from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.beat import PersistentScheduler
from django.conf import settings

EVERY_SECONDS = 10
TOO_LONG_SECONDS = 90  # beat may have nothing to do for half a minute
WEB_PORT = 8000


class WorkerPulse(bootsteps.StartStopStep):
    requires = ("celery.worker.components:Timer",)

    def start(self, worker: Any) -> None:
        give("worker")
        worker.timer.call_repeatedly(EVERY_SECONDS, give, ("worker",))


class BeatPulse(PersistentScheduler):
    def tick(self, *args: Any, **kwargs: Any) -> float:
        give("beat")
        seconds: float = super().tick(*args, **kwargs)
        return min(seconds, EVERY_SECONDS)


def give(name: str) -> None:
    if settings.PULSE_DIRECTORY:
        _file(name).touch()


def is_felt(name: str) -> bool:
    try:
        return time.time() - _file(name).stat().st_mtime < TOO_LONG_SECONDS
    except FileNotFoundError:
        return False


def web_answers(*, port: int = WEB_PORT) -> bool:
    """Ask under a name that the deployment allows, for it answers to no other."""
    host = next((host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"), "localhost")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    try:
        connection.request("GET", "/readyz", headers={"Host": host})
        return connection.getresponse().status < http.HTTPStatus.BAD_REQUEST
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _file(name: str) -> Path:
    return Path(settings.PULSE_DIRECTORY) / f"loyalty-{name}.pulse"
