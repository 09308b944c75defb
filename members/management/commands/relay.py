import random
import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils import timezone
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from loyalty_program import broker, preflight, pulse
from members import events

LONGEST_BACK_OFF_SECONDS = 30.0
OUTAGES = (DatabaseError, InterfaceError, KombuError, RedisError, OSError)

logger = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Send the work that is due to the workers, until stopped. Two may run side by side."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pause", type=float, default=1.0, help="seconds between two turns without work"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stopping = Event()
        self.is_ready = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_signal: self.stopping.set())
        logger.info("relay_started")
        self._run(pause=options["pause"])
        logger.info("relay_stopped")

    def _run(self, *, pause: float) -> None:
        failures = 0
        while not self.stopping.is_set():
            pulse.give("relay")
            try:
                wait = 0.0 if self._take_turn() else pause
                failures = 0
            except OUTAGES as error:
                failures += 1
                wait = _back_off(failures)
                logger.warning("relay_waits", problem=type(error).__name__, seconds=round(wait, 1))
            self.stopping.wait(wait)

    def _take_turn(self) -> int:
        close_old_connections()
        if not self.is_ready:
            self._refuse_what_waiting_does_not_mend()
        return events.dispatch(broker=broker, at=timezone.now())

    def _refuse_what_waiting_does_not_mend(self) -> None:
        """Look before the first turn, as soon as both servers answer."""
        try:
            preflight.refuse_pending_migrations()
            preflight.refuse_other_functions()
            preflight.refuse_evicting_broker()
        except preflight.NotReady as problem:
            raise CommandError(str(problem)) from None
        self.is_ready = True
        logger.info("relay_ready")


def _back_off(failures: int) -> float:
    """
    Return a random number of seconds below a limit that doubles with each failure.
    """
    limit = min(2.0**failures, LONGEST_BACK_OFF_SECONDS)
    return limit * random.random()  # noqa: S311 - it keeps no secret
