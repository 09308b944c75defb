"""A teller asks until there is an answer, and now and then asks again what it knows."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from loyalty_program.errors import KeyReused, LoyaltyError
from members import ledger
from tests.faults.bank.journal import Answer, Ask, Journal
from tests.faults.bank.stories import Customer

# The line was cut (no state), the backend was killed, or the server is down or coming up.
LINE_LOST = {None, "57P01", "57P02", "57P03", "08000", "08003", "08006"}
MOMENTS = {"available_at", "expires_at", "lapses_at"}


@dataclass
class Teller:
    """
    Tells the stories of its window, whose other teller tells the same ones.

    :param stories: how many it tells, or None to go on until it is told to stop
    """

    journal: Journal
    window: int
    members: Sequence[int]
    kinds: Sequence[str]
    seed: str
    stories: int | None
    ends_at: float

    def __post_init__(self) -> None:
        self.whims = random.Random()

    def work(self) -> None:
        # An heir comes to know first what became of what was asked last.
        for key in self.journal.asked.keys() - self.journal.answers.keys():
            self._ask(self.journal.asked[key])
        n = 0
        while (self.stories is None or n < self.stories) and time.monotonic() < self.ends_at:
            self._tell(f"{self.window}.{n}")
            n += 1
            if self.journal.answers and self.whims.random() < 0.2:
                self._ask_again(self.whims.choice(list(self.journal.answers)))

    def _tell(self, n: str) -> None:
        chance = random.Random(f"{self.seed}:{n}")
        kind = chance.choice(self.kinds)
        story = getattr(Customer(chance, self.members, n), kind)()
        answer: Answer | None = None
        while True:
            try:
                ask = story.send(answer)
            except StopIteration:
                return
            answer = self.journal.answers.get(ask.key) or self._ask(ask)

    def _ask(self, ask: Ask) -> Answer:
        self.journal.ask(ask)
        answer, _ = self._insist(ask)
        self.journal.answer(ask.key, answer)
        return answer

    def _ask_again(self, key: str) -> None:
        """Ask what was answered, or something else under its key."""
        ask = self.journal.asked[key]
        if "points" in ask.request and self.whims.random() < 0.2:
            other = ask.request | {"points": ask.request["points"] * 2}
            answer, _ = self._insist(Ask(key, ask.verb, other))
            if answer != {"refused": KeyReused.code}:
                self.journal.find(f"another request under {key} was answered {answer}")
            return
        self.journal.note_repeat()
        answer, is_replay = self._insist(ask)
        if answer != self.journal.answers[key] or not is_replay:
            first = self.journal.answers[key]
            self.journal.find(f"{ask.verb} {key} was answered {first}, and again {answer}")

    def _insist(self, ask: Ask) -> tuple[Answer, bool]:
        """Ask until there is an answer; the second part says whether it was given before."""
        while True:
            try:
                return perform(ask)
            except (OperationalError, InterfaceError) as error:
                state = getattr(error.__cause__, "sqlstate", None)
                if state not in LINE_LOST:
                    self.journal.find(f"{ask.verb} failed with {state}: {error}")
            except DatabaseError as error:
                self.journal.find(f"{ask.verb} failed: {error}")
                return {"refused": "failed"}, True
            connection.close()
            time.sleep(0.02)


def perform(ask: Ask) -> tuple[Answer, bool]:
    now = timezone.now()
    request = {
        name: now + timedelta(seconds=value) if name in MOMENTS and value else value
        for name, value in ask.request.items()
    }
    try:
        posting = VERBS[ask.verb](key=ask.key, at=now, **request)
    except LoyaltyError as refusal:
        return {"refused": refusal.code}, True
    return {"seq": posting.seq, "available": posting.available}, posting.is_replay


def accrue(**request: Any) -> ledger.Posting:
    # What is asked for expires after it is available, also when it is asked late.
    if request.get("available_at") and request["expires_at"]:
        request["expires_at"] += timedelta(seconds=1)
    return ledger.accrue(currency="REDEEMABLE", **request)


def reverse_redemption(*, at: datetime, **request: Any) -> ledger.Posting:
    return ledger.reverse_redemption(courtesy_until=at + timedelta(seconds=1), at=at, **request)


def transfer(*, at: datetime, **request: Any) -> ledger.Posting:
    return ledger.transfer(
        daily_limit=1_000_000, day_start=at - timedelta(days=1), at=at, **request
    )


def adjust(**request: Any) -> ledger.Posting:
    return ledger.adjust(currency="REDEEMABLE", **request)


def exchange(**request: Any) -> ledger.Posting:
    refused: ledger.InsufficientPoints | None = None
    with transaction.atomic():
        try:
            posting = ledger.redeem(**request)
        except ledger.InsufficientPoints as refusal:
            refused = refusal  # committed as well, or nobody would remember it
        else:
            ledger.accrue(currency="QUALIFYING", expires_at=None, **request)
    if refused:
        raise refused
    return posting


VERBS: dict[str, Callable[..., ledger.Posting]] = {
    "accrue": accrue,
    "redeem": ledger.redeem,
    "exchange": exchange,
    "open_hold": ledger.open_hold,
    "capture_hold": ledger.capture_hold,
    "void_hold": ledger.void_hold,
    "reverse_accrual": ledger.reverse_accrual,
    "reverse_redemption": reverse_redemption,
    "transfer": transfer,
    "adjust": adjust,
}
