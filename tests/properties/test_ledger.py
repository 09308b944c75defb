"""
Any sequence of verbs on one wallet, compared with a plain Python model of it.

Time moves between the verbs, over lots that mature and expire, and sometimes a
little back; keys come again with the same request and with another one.
"""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Lot
from tests.factories import TODAY, MemberFactory
from tests.properties.model_ledger import ModelLedger

POINTS = st.integers(min_value=1, max_value=60)
HOURS = st.integers(min_value=1, max_value=72)
KEYS = st.integers(min_value=1, max_value=12).map("key:{}".format)


class WalletMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.member_id = MemberFactory().id
        self.model = ModelLedger()
        self.requests: dict[str, tuple[str, int]] = {}
        self.now = TODAY

    def teardown(self) -> None:
        assert list(ledger.violations()) == []
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(minutes=st.integers(min_value=1, max_value=90))
    def the_clock_is_set_back(self, minutes: int) -> None:
        self.now -= timedelta(minutes=minutes)

    @rule(key=KEYS, points=POINTS, matures=st.none() | HOURS, lives=st.none() | HOURS)
    def accrue(self, key: str, points: int, matures: int | None, lives: int | None) -> None:
        available_at = matures and self.now + timedelta(hours=matures)
        expires_at = lives and (available_at or self.now) + timedelta(hours=lives)
        if self._is_another_request(key, ("accrue", points)):
            with pytest.raises(KeyReused), transaction.atomic():
                self._accrue(key, points, available_at, expires_at)
            return
        expected = self.model.accrue(
            points, key=key, at=self.now, available_at=available_at, expires_at=expires_at
        )
        posting = self._accrue(key, points, available_at, expires_at)
        assert (posting.seq, posting.available) == expected

    @rule(key=KEYS, points=POINTS)
    def redeem(self, key: str, points: int) -> None:
        if self._is_another_request(key, ("redeem", points)):
            with pytest.raises(KeyReused), transaction.atomic():
                self._redeem(key, points)
            return
        expected = self.model.redeem(points, key=key, at=self.now)
        if expected is None:
            with pytest.raises(ledger.InsufficientPoints):
                self._redeem(key, points)
        else:
            posting = self._redeem(key, points)
            assert (posting.seq, posting.available) == expected

    @rule()
    def settle(self) -> None:
        self.model.settle(self.now)
        ledger.settle_due(at=self.now)

    @invariant()
    def both_show_the_same_wallet(self) -> None:
        view = ledger.wallet_of(member_id=self.member_id, at=self.now)
        assert (view.available, view.pending) == self.model.seen_at(self.now)

    @invariant()
    def both_wrote_the_same_entries(self) -> None:
        entries = Entry.objects.filter(member_id=self.member_id).order_by("seq")
        assert list(entries.values_list("kind", "amount")) == self.model.entries

    @invariant()
    def both_left_the_same_lots(self) -> None:
        lots = Lot.objects.filter(member_id=self.member_id).order_by("number")
        assert list(lots.values_list("number", "remaining")) == [
            (lot.number, lot.left) for lot in self.model.lots
        ]

    def _is_another_request(self, key: str, request: tuple[str, int]) -> bool:
        return self.requests.setdefault(key, request) != request

    def _accrue(self, key, points, available_at, expires_at):  # type: ignore[no-untyped-def]
        return ledger.accrue(
            member_id=self.member_id,
            currency=ledger.Currency.REDEEMABLE,
            points=points,
            key=key,
            at=self.now,
            available_at=available_at,
            expires_at=expires_at,
        )

    def _redeem(self, key: str, points: int) -> ledger.Posting:
        return ledger.redeem(member_id=self.member_id, points=points, key=key, at=self.now)


@pytest.mark.django_db
class TestWallet(WalletMachine.TestCase):
    settings = settings(
        max_examples=40,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
