"""
No sequence of purchases, redemptions and returns leaves a member better off than honesty.

Honest is who never brings anything back: for what they keep they have earned its points,
and spent on it what it cost. Whoever buys, spends and returns, in whatever pieces and
order, must never hold a point more. The programme keeps its usual policies: what is
missing is owed, and points expire.

The same is told of a programme of one rule and of one with rules of all kinds, where what
is deserved goes by what each rule says of returns.
"""

import math
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from members import ledger
from members.models import Entry
from members.purchases import NewLine, NewPurchase, NewReturn, NewReturnLine
from rewards import earning
from rewards.models import CapUse
from tests.factories import (
    TODAY,
    ChannelFactory,
    EarningRuleFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    StoreFactory,
)

CENTS = st.integers(min_value=0, max_value=15_000)
PICK = st.integers(min_value=0, max_value=20)
WELCOME = 60
CAME_IN = Q(kind="ACCRUE")
WENT_BACK = Q(kind="CLAWBACK")
SPENT = Q(kind__in=["REDEEM", "CAPTURE"])
GIVEN_BACK = Q(kind__in=["GIVE_BACK", "COURTESY"])


@dataclass
class Bought:
    """A purchase as the member remembers it: the money in each line, and what came back."""

    reference: str
    lines: list[int]
    spent: int
    back: list[int] = field(default_factory=list)
    earned: dict[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> int:
        return sum(self.lines) - sum(self.back)

    @property
    def share_back(self) -> Fraction:
        return Fraction(sum(self.back), sum(self.lines))


class ShopperMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        ProgrammeFactory()
        PolicyFactory(expiry="END_OF_MONTH", expiry_months=1)
        ChannelFactory()
        StoreFactory(code="S1")
        self.member = MemberFactory()
        self.bought: list[Bought] = []
        self.now = TODAY
        self.returns = 0

    def teardown(self) -> None:
        assert list(ledger.violations()) == []
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(
        rate=st.sampled_from(["0.03", "0.15", "1", "1.5", "7"]),
        pending_days=st.sampled_from([0, 0, 14]),
    )
    def a_programme_begins(self, rate: str, pending_days: int) -> None:
        self.rate = Decimal(rate)
        EarningRuleFactory(code="base", points_per_unit=self.rate)
        PolicyFactory(starts_at=TODAY, pending_days=pending_days)
        ledger.accrue(
            member_id=self.member.id,
            currency="REDEEMABLE",
            points=WELCOME,
            key="welcome",
            expires_at=None,
            at=TODAY,
        )

    @rule(days=st.integers(min_value=1, max_value=40))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(lines=st.lists(CENTS, min_size=1, max_size=3).filter(any), points=st.integers(0, 50))
    def buy(self, lines: list[int], points: int) -> None:
        reference = f"R-{len(self.bought)}"
        points = min(points, self._wallet().available)
        recorded = earning.record_purchase(
            purchase=NewPurchase(
                channel="till",
                reference=reference,
                store="S1",
                member=self.member.number,
                purchased_at=self.now,
                currency="EUR",
                lines=[
                    NewLine(n, money(cents), category="fresh" if n == 1 else "")
                    for n, cents in enumerate(lines, start=1)
                ],
                hold=self._hold(reference, points) if points else "",
            ),
            at=self.now,
        )
        earned = {part.rule.code: part.points for part in recorded.receipts}
        self.bought.append(Bought(reference, lines, points, [0] * len(lines), earned))

    @rule(points=st.integers(min_value=1, max_value=50))
    def spend(self, points: int) -> None:
        points = min(points, self._wallet().available)
        if points:
            key = f"spend:{Entry.objects.count()}"
            ledger.redeem(member_id=self.member.id, points=points, key=key, at=self.now)

    @precondition(lambda self: any(bought.kept for bought in self.bought))
    @rule(pick=PICK, cents=st.none() | st.integers(min_value=1, max_value=4_000))
    def bring_back(self, pick: int, cents: int | None) -> None:
        left = [
            (bought, n)
            for bought in self.bought
            for n, amount in enumerate(bought.lines)
            if amount > bought.back[n]
        ]
        bought, n = left[-1 - pick % len(left)]
        most = bought.lines[n] - bought.back[n]
        self._bring_back(bought, n, most if cents is None else min(cents, most))

    @precondition(lambda self: any(bought.kept for bought in self.bought))
    @rule()
    def bring_everything_back(self) -> None:
        for bought in self.bought:
            for n, amount in enumerate(bought.lines):
                if amount > bought.back[n]:
                    self._bring_back(bought, n, amount - bought.back[n])

    def keeps(self, bought: Bought) -> bool:
        return bool(bought.kept)

    def deserved(self, bought: Bought) -> int:
        """Return what is kept of a purchase deserves."""
        return math.floor(money(bought.kept) * self.rate)

    @invariant()
    def nothing_is_held_that_is_not_deserved(self) -> None:
        """Expired points cannot be taken back: for them, less is left than was deserved."""
        deserved = WELCOME + sum(self.deserved(bought) for bought in self.bought)
        held = self._sum(CAME_IN) - self._sum(WENT_BACK)
        expired = self._sum(Q(kind="EXPIRE"))
        assert held - expired <= deserved <= held

    @invariant()
    def nothing_comes_back_that_was_not_spent_on_what_came_back(self) -> None:
        deserved = sum(math.floor(bought.spent * bought.share_back) for bought in self.bought)
        assert self._sum(GIVEN_BACK) == deserved

    @invariant()
    def who_keeps_nothing_has_won_nothing(self) -> None:
        if any(self.keeps(bought) for bought in self.bought):
            return
        view = self._wallet()
        net = view.available + view.pending + view.held - view.debt
        assert net + self._sum(SPENT) - self._sum(GIVEN_BACK) <= WELCOME

    def _bring_back(self, bought: Bought, n: int, cents: int) -> None:
        self.returns += 1
        earning.return_purchase(
            returned=NewReturn(
                channel="till",
                purchase=bought.reference,
                reference=f"B-{self.returns}",
                returned_at=self.now,
                lines=[NewReturnLine(n + 1, amount=money(cents))],
            ),
            at=self.now,
        )
        bought.back[n] += cents

    def _hold(self, reference: str, points: int) -> str:
        held = ledger.open_hold(
            member_id=self.member.id,
            points=points,
            key=f"hold:{reference}",
            at=self.now,
            lapses_at=self.now + timedelta(hours=1),
        )
        return f"{self.member.number}-{held.seq}"

    def _wallet(self) -> ledger.WalletView:
        return ledger.wallet_of(member_id=self.member.id, at=self.now)

    def _sum(self, kinds: Q) -> int:
        entries = Entry.objects.filter(kinds, member=self.member, currency="REDEEMABLE")
        return entries.aggregate(points=Sum("amount"))["points"] or 0


MODES = st.sampled_from(["RECOMPUTE", "PRO_RATA", "KEEP"])
LARGE, PRESENT, MOST = 10_000, 77, 150
TERMS = st.sampled_from([{}, {"pending_days": 20}, {"awaits": "delivered"}, {"expiry": "NEVER"}])


class RulesMachine(ShopperMachine):
    """
    A shopper where there are rules of all kinds.

    A large purchase gets a present, what is fresh counts more, and each purchase a little
    more as far as a cap goes.
    """

    @initialize(
        rate=st.sampled_from(["0.15", "1", "1.5"]),
        factor=st.sampled_from(["1.5", "3"]),
        modes=st.tuples(MODES, MODES, MODES),
        terms=st.tuples(TERMS, TERMS, TERMS),
    )
    def a_programme_begins(self, rate, factor, modes, terms) -> None:
        super().a_programme_begins(rate, 0)
        self.factor = Decimal(factor)
        self.modes = dict(zip(("present", "fresh", "little"), modes, strict=True))
        shared = {
            code: {"code": code, "on_return": mode, **of_rule}
            for (code, mode), of_rule in zip(self.modes.items(), terms, strict=True)
        }
        EarningRuleFactory(
            kind="BONUS", measure="FIXED", points_per_unit=PRESENT, **shared["present"],
            condition={
                "field": "purchase.amount", "operator": "at_least", "value": str(money(LARGE)),
            },
        )  # fmt: skip
        EarningRuleFactory(
            kind="MULTIPLIER", points_per_unit=0, factor=self.factor, **shared["fresh"],
            condition={"field": "line.category", "operator": "one_of", "value": ["fresh"]},
        )  # fmt: skip
        EarningRuleFactory(
            kind="BONUS", cap_per_member=MOST, cap_period="EVER", **shared["little"]
        )

    @precondition(lambda self: self.bought)
    @rule(pick=PICK)
    def what_was_bought_is_delivered(self, pick: int) -> None:
        earning.report_event(
            channel="till",
            reference=self.bought[-1 - pick % len(self.bought)].reference,
            event="delivered",
            occurred_at=self.now,
            at=self.now,
        )

    def keeps(self, bought: Bought) -> bool:
        # For an article that cost nothing a rule may give points as well, and keep them.
        return bool(bought.kept) or not all(bought.lines)

    def deserved(self, bought: Bought) -> int:
        fresh = [(bought.lines[0], bought.lines[0] - bought.back[0])]
        every = [(cents, cents - bought.back[n]) for n, cents in enumerate(bought.lines)]
        extra = math.floor(money(fresh[0][1]) * self.rate * (self.factor - 1))
        return (
            super().deserved(bought)
            + self._rest("present", bought, every, PRESENT if bought.kept >= LARGE else 0)
            + self._rest("fresh", bought, fresh, extra)
            + self._rest("little", bought, every, math.floor(money(bought.kept)))
        )

    def _rest(
        self, code: str, bought: Bought, lines: list[tuple[int, int]], recomputed: int
    ) -> int:
        """Return what a rule leaves of what it gave for lines of so many cents and cents kept."""
        earned = bought.earned.get(code, 0)
        whole, kept = (sum(cents) for cents in zip(*lines, strict=True))
        if not whole or (not kept and self._is_gone(lines)):
            return 0
        by_mode = {
            "RECOMPUTE": min(earned, recomputed),
            "PRO_RATA": math.floor(Fraction(earned * kept, whole)),
            "KEEP": earned,
        }
        return by_mode[self.modes[code]]

    def _is_gone(self, lines: list[tuple[int, int]]) -> bool:
        # An article that cost nothing is still there.
        return all(cents for cents, _kept in lines)

    @invariant()
    def the_cap_counts_what_is_left_of_what_it_gave(self) -> None:
        counted = CapUse.objects.filter(rule_code="little").aggregate(points=Sum("points"))
        left = 0
        for bought in self.bought:
            every = [(cents, cents - bought.back[n]) for n, cents in enumerate(bought.lines)]
            left += self._rest("little", bought, every, math.floor(money(bought.kept)))
        assert (counted["points"] or 0) == left <= MOST


def money(cents: int) -> Decimal:
    return Decimal(cents) / 100


QUICK = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@pytest.mark.django_db
class TestShopper(ShopperMachine.TestCase):
    settings = QUICK


@pytest.mark.django_db
class TestShopperByAllRules(RulesMachine.TestCase):
    settings = QUICK


@pytest.mark.slow
@pytest.mark.django_db
class TestShopperByAllRulesAtLength(RulesMachine.TestCase):
    settings = settings(QUICK, max_examples=40, stateful_step_count=50)


@pytest.mark.slow
@pytest.mark.django_db
class TestShopperAtLength(ShopperMachine.TestCase):
    settings = settings(QUICK, max_examples=40, stateful_step_count=50)
