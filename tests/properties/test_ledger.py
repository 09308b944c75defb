"""
Any sequence of verbs on a few wallets, compared with a plain Python model of them.

Time moves between the verbs: by hours, to the very instant at which something falls due
or the one before, to a leap day or a change of the clocks, and sometimes a little back.
Requests come again under their key, and others come under it.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loyalty_program.errors import KeyReused, LoyaltyError
from members import ledger
from members.models import Entry, Lot
from tests.factories import TODAY, MemberFactory
from tests.properties.model_ledger import Answer, ModelLedger

PARIS = ZoneInfo("Europe/Paris")
WALLETS = 3
DAILY_LIMIT = 50
# Sometimes shorter than the clock is set back: over before it begins.
HOURS = st.integers(min_value=1, max_value=72)
POINTS = st.integers(min_value=1, max_value=40)
MANY_POINTS = st.integers(min_value=20, max_value=100)
# Most of what happens, happens to the first.
WALLET = st.sampled_from([0, 0, 0, 1, 2])
PICK = st.integers(min_value=0, max_value=30)
SHORTFALL = st.sampled_from(["DEBT", "DEBT", "FORGIVE", "REFUSE", "UNSPENT"])
SET_BACK = timedelta(minutes=90)
INSTANT = timedelta(microseconds=1)
DAYS = [
    datetime(2026, 3, 29, tzinfo=PARIS),  # an hour shorter
    datetime(2026, 10, 25, tzinfo=PARIS),  # an hour longer
    datetime(2027, 1, 1, tzinfo=PARIS),
    datetime(2028, 2, 29, tzinfo=PARIS),
    datetime(2028, 3, 1, tzinfo=UTC),
]


class WalletMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.members = [MemberFactory().id for _ in range(WALLETS)]
        self.model = ModelLedger(self.members)
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.now = self.latest = TODAY

    def teardown(self) -> None:
        assert list(ledger.violations()) == []
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(lives=HOURS)
    def they_come_with_points(self, lives: int) -> None:
        for wallet in range(WALLETS):
            for expires_at in (None, self._in(lives)):
                self._ask("accrue", wallet, points=40, available_at=None, expires_at=expires_at)

    # Time

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self._set_clock(self.now + timedelta(hours=hours))

    @rule(minutes=st.integers(min_value=1, max_value=90))
    def the_clock_is_set_back(self, minutes: int) -> None:
        self.now = max(self.now - timedelta(minutes=minutes), self.latest - SET_BACK)

    @rule(wallet=WALLET, too_early=st.booleans())
    def the_next_thing_falls_due(self, wallet: int, too_early: bool) -> None:
        moments = self.model.wallets[self.members[wallet]].next_moments()
        for moment in moments:
            if moment - INSTANT > self.now:
                self._set_clock(moment - INSTANT if too_early else moment)
                return

    @rule(day=st.sampled_from(DAYS))
    def a_special_day_comes(self, day: datetime) -> None:
        self._set_clock(max(self.now, day))

    @rule()
    def all_that_is_due_is_settled(self) -> None:
        self.model.settle_due(self.now)
        ledger.settle_due(at=self.now)

    # Points come

    @rule(wallet=WALLET, points=MANY_POINTS, matures=st.none() | HOURS, lives=st.none() | HOURS)
    def accrue(self, wallet: int, points: int, matures: int | None, lives: int | None) -> None:
        available_at = self._in(matures)
        expires_at = lives and (available_at or self.now) + timedelta(hours=lives)
        self._ask(
            "accrue", wallet, points=points, available_at=available_at, expires_at=expires_at
        )

    @rule(wallet=WALLET, points=POINTS, months=st.integers(min_value=1, max_value=3))
    def accrue_to_the_end_of_a_month(self, wallet: int, points: int, months: int) -> None:
        here = self.now.astimezone(PARIS)
        years, month = divmod(here.month - 1 + months, 12)
        end = datetime(here.year + years, month + 1, 1, tzinfo=PARIS)
        self._ask("accrue", wallet, points=points, available_at=None, expires_at=end)

    @rule(wallet=WALLET, points=MANY_POINTS)
    def accrue_until_an_event(self, wallet: int, points: int) -> None:
        self._ask("accrue", wallet, points=points, available_at=ledger.FOREVER, expires_at=None)

    @rule(
        batch=st.lists(
            st.tuples(WALLET, MANY_POINTS, st.none() | HOURS, st.none() | HOURS),
            min_size=1,
            max_size=5,
        ),
        repeats=st.booleans(),
    )
    def accrue_many(
        self, batch: list[tuple[int, int, int | None, int | None]], repeats: bool
    ) -> None:
        """All in one statement, and the last accrual once more."""
        known = [request for verb, request in self.asked if verb == "accrue"][-1:]
        requests = known if repeats else []
        for wallet, points, matures, lives in batch:
            available_at = self._in(matures)
            expires_at = lives and (available_at or self.now) + timedelta(hours=lives)
            request = {
                "member": self.members[wallet],
                "key": f"key:{len(self.asked)}",
                "points": points,
                "available_at": available_at,
                "expires_at": expires_at,
            }
            self.asked.append(("accrue", request))
            requests.append(request)
        expected = [self.model.call("accrue", at=self.now, **request) for request in requests]
        postings = ledger.accrue_many(
            currency="REDEEMABLE",
            accruals=[
                ledger.Accrual(
                    member_id=request["member"],
                    **{name: request[name] for name in request.keys() - {"member"}},
                )
                for request in requests
            ],
            at=self.now,
        )
        assert [asdict(posting) for posting in postings] == expected

    @rule(wallet=WALLET, pick=PICK, lives=st.none() | HOURS)
    def the_event_comes(self, wallet: int, pick: int, lives: int | None) -> None:
        key = self._pick(wallet, "accruals", pick)
        self._ask("release", wallet, accrual_key=key, expires_at=self._in(lives))

    # Points go

    @rule(wallet=WALLET, points=POINTS)
    def redeem(self, wallet: int, points: int) -> None:
        self._ask("redeem", wallet, points=points)

    @rule(wallet=WALLET, points=POINTS, lasts=HOURS)
    def open_hold(self, wallet: int, points: int, lasts: int) -> None:
        self._ask("open_hold", wallet, points=points, lapses_at=self._in(lasts))

    @rule(wallet=WALLET, pick=PICK, points=st.none() | POINTS)
    @precondition(lambda self: self._any("holds"))
    def capture_hold(self, wallet: int, pick: int, points: int | None) -> None:
        self._ask("capture_hold", wallet, number=self._pick_hold(wallet, pick), points=points)

    @rule(wallet=WALLET, pick=PICK)
    @precondition(lambda self: self._any("holds"))
    def void_hold(self, wallet: int, pick: int) -> None:
        self._ask("void_hold", wallet, number=self._pick_hold(wallet, pick))

    @rule(pair=st.permutations(range(WALLETS)), points=POINTS)
    def transfer(self, pair: list[int], points: int) -> None:
        self._ask(
            "transfer",
            pair[0],
            to_member=self.members[pair[1]],
            points=points,
            daily_limit=DAILY_LIMIT,
            day_start=self.now.replace(hour=0, minute=0),
        )

    @rule(wallet=WALLET, points=POINTS, lives=st.none() | HOURS, gives=st.booleans())
    def adjust(self, wallet: int, points: int, lives: int | None, gives: bool) -> None:
        points = points if gives else -points
        self._ask("adjust", wallet, points=points, expires_at=self._in(lives))

    # And go back

    @rule(wallet=WALLET, pick=PICK, points=POINTS, shortfall=SHORTFALL)
    def reverse_accrual(self, wallet: int, pick: int, points: int, shortfall: str) -> None:
        key = self._pick(wallet, "accruals", pick)
        self._ask("reverse_accrual", wallet, accrual_key=key, points=points, shortfall=shortfall)

    @rule(wallet=WALLET, pick=PICK, points=st.none() | POINTS, courtesy=st.none() | HOURS)
    @precondition(lambda self: self._any("redemptions"))
    def reverse_redemption(
        self, wallet: int, pick: int, points: int | None, courtesy: int | None
    ) -> None:
        self._ask(
            "reverse_redemption",
            wallet,
            redemption_key=self._pick(wallet, "redemptions", pick),
            points=points,
            courtesy_until=self._in(courtesy),
        )

    # Supervision

    @rule(wallet=WALLET)
    def freeze_or_unfreeze(self, wallet: int) -> None:
        model = self.model.wallets[self.members[wallet]]
        verb = ledger.unfreeze if model.is_frozen else ledger.freeze
        for is_new in (True, False):
            changed = verb(
                member_id=self.members[wallet],
                currency="REDEEMABLE",
                because="So.",
                at=self.now,
            )
            assert changed is is_new
        model.is_frozen = not model.is_frozen

    @rule(wallet=WALLET, days=HOURS)
    def keep_alive(self, wallet: int, days: int) -> None:
        member_id, until = self.members[wallet], self.now + timedelta(days=days)
        self.model.keep_alive(member=member_id, until=until, at=self.now)
        ledger.keep_alive(member_id=member_id, until=until, at=self.now)

    # Keys

    @rule(pick=PICK)
    @precondition(lambda self: self.asked)
    def a_request_comes_again(self, pick: int) -> None:
        verb, request = self.asked[-1 - pick % len(self.asked)]
        self._compare(verb, request)

    @rule(pick=PICK, points=POINTS)
    def another_request_comes_under_an_old_key(self, pick: int, points: int) -> None:
        verb, request = self.asked[-1 - pick % len(self.asked)]
        if "points" in request:
            self._compare(verb, request | {"points": points})
        else:
            self._compare(
                "redeem", {name: request[name] for name in ("member", "key")} | {"points": points}
            )

    # What both must agree on

    @invariant()
    def both_show_the_same_wallets(self) -> None:
        for member_id, wallet in self.model.wallets.items():
            view = ledger.wallet_of(member_id=member_id, at=self.now)
            seen = (view.available, view.pending, view.held, view.debt)
            assert seen == wallet.seen_at(self.now)

    @invariant()
    def both_wrote_the_same_entries(self) -> None:
        columns = ("kind", "source", "destination", "amount")
        after = ("available_after", "pending_after", "held_after", "debt_after")
        rows = Entry.objects.order_by("member_id", "seq").values_list(*columns, *after)
        assert list(rows) == [e for wallet in self.model.wallets.values() for e in wallet.entries]

    @invariant()
    def both_left_the_same_lots(self) -> None:
        columns = ("number", "amount", "remaining", "expired")
        rows = Lot.objects.order_by("member_id", "number").values_list(*columns)
        lots = [lot for wallet in self.model.wallets.values() for lot in wallet.lots_left()]
        assert list(rows) == lots

    def _ask(self, verb: str, wallet: int, **request: Any) -> None:
        request |= {"member": self.members[wallet], "key": f"key:{len(self.asked)}"}
        self.asked.append((verb, request))
        self._compare(verb, request)

    def _compare(self, verb: str, request: dict[str, Any]) -> None:
        expected = self.model.call(verb, at=self.now, **request)
        assert _call(verb, at=self.now, **request) == expected

    def _set_clock(self, moment: datetime) -> None:
        self.now = moment
        self.latest = max(self.latest, moment)

    def _in(self, hours: int | None) -> datetime | None:
        return hours and self.now + timedelta(hours=hours)

    def available(self, wallet: int) -> int:
        return self.model.wallets[self.members[wallet]].available

    def _any(self, what: str) -> bool:
        return any(getattr(wallet, what) for wallet in self.model.wallets.values())

    def _pick(self, wallet: int, what: str, pick: int) -> str:
        keys = list(getattr(self.model.wallets[self.members[wallet]], what))
        return keys[-1 - pick % len(keys)] if keys else "unknown"

    def _pick_hold(self, wallet: int, pick: int) -> int:
        holds = self.model.wallets[self.members[wallet]].holds
        return holds[-1 - pick % len(holds)].number if holds else 99


def _call(verb: str, *, member: int, **request: Any) -> Answer:
    """
    Call a verb, and return its answer as the model gives it.
    """
    request["from_member" if verb == "transfer" else "member_id"] = member
    if verb in {"accrue", "adjust"}:
        request["currency"] = "REDEEMABLE"
    if request.get("available_at") == ledger.FOREVER:
        request = request | {"available_at": None, "awaits_event": True}
    before = transaction.savepoint()
    try:
        return asdict(getattr(ledger, verb)(**request))
    except KeyReused:
        transaction.savepoint_rollback(before)
        return {"refused": "KeyReused"}
    except LoyaltyError as refusal:
        return {"refused": type(refusal).__name__, **refusal.facts}


QUICK = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.django_db
class TestWallets(WalletMachine.TestCase):
    settings = QUICK


@pytest.mark.slow
@pytest.mark.django_db
class TestWalletsAtLength(WalletMachine.TestCase):
    settings = settings(QUICK, max_examples=100, stateful_step_count=60)
