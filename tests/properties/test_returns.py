"""
Whatever comes back, in whatever parts and order, ends the same.

The model is as plain as can be: it knows how many cents are left of each line, and says
what so much would earn. It does not know what came back when.
"""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members import ledger
from members.ledger import Currency
from members.purchases import LineLeft, NewLine, NewPurchase, NewReturn, NewReturnLine
from rewards import earning
from rewards.earning.rules import points_for, points_lost
from rewards.models import EarningRule
from tests.factories import (
    LONG_AGO,
    TODAY,
    TOMORROW,
    ChannelFactory,
    EarningRuleFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    StoreFactory,
)

ROUND = {"FLOOR": floor, "CEILING": ceil, "HALF_UP": lambda exact: floor(exact + Fraction(1, 2))}
RATES = st.sampled_from([Decimal(rate) for rate in ("0.01", "0.15", "0.3333", "1", "1.25", "3")])
ROUNDINGS = st.sampled_from(sorted(ROUND))
NUMBERS = itertools.count()


@dataclass(frozen=True)
class Part:
    """A part of a line that comes back, as money or as articles."""

    line: int
    cents: int | None
    pieces: int | None


@dataclass(frozen=True)
class Story:
    """A purchase, and the returns in which all of it comes back."""

    lines: list[NewLine]
    returns: list[list[Part]]
    spent: int
    redemptions: list[int]


def parts_of(whole):
    """
    Cut a whole number into positive parts.
    """
    cuts = st.sets(st.integers(1, max(1, whole - 1)), max_size=4)
    return cuts.map(lambda at: _between([0, *sorted(at - {whole}), whole]))


def _between(marks):
    return [after - before for before, after in itertools.pairwise(marks) if after > before]


@st.composite
def stories(draw):
    lines, parts = [], []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        cents, pieces = draw(st.integers(0, 3000)), draw(st.integers(1, 7))
        is_earning = draw(st.integers(0, 4)) > 0
        amount = Decimal(cents) / 100
        lines.append(NewLine(number, amount, Decimal(pieces), is_earning=is_earning))
        if cents and draw(st.booleans()):
            parts += [Part(number, part, None) for part in draw(parts_of(cents))]
        else:
            parts += [Part(number, None, part) for part in draw(parts_of(pieces))]
    return Story(
        lines=lines,
        returns=_bundles(draw(st.permutations(parts)), draw(st.integers(1, 3))),
        spent=draw(st.sampled_from([0, 0, 1, 7, 100])),
        redemptions=draw(st.lists(st.integers(0, 60), min_size=8, max_size=8)),
    )


def _bundles(parts, size):
    """
    Put parts together into returns; a return names a line only once.
    """
    bundles = [[]]
    for part in parts:
        if len(bundles[-1]) == size or any(part.line == told.line for told in bundles[-1]):
            bundles.append([])
        bundles[-1].append(part)
    return bundles


def as_told(part):
    if part.cents is None:
        return NewReturnLine(part.line, quantity=Decimal(part.pieces))
    return NewReturnLine(part.line, amount=Decimal(part.cents) / 100)


class Model:
    """What is left of a purchase, in cents, and what that deserves."""

    def __init__(self, lines, *, rate, rounding):
        self.left = {line.number: line.amount for line in lines if line.is_earning}
        self.rate, self.rounding = Fraction(rate), rounding
        self.earned = self.deserved

    @property
    def deserved(self):
        return ROUND[self.rounding](Fraction(sum(self.left.values())) * self.rate)

    def see(self, lines):
        for line in lines:
            if line.number in self.left:
                self.left[line.number] = line.amount_left


@pytest.fixture
def programme(db):
    ProgrammeFactory()
    PolicyFactory()
    ChannelFactory()
    StoreFactory(code="S1")
    EarningRuleFactory(code="base-qualifying", currency=Currency.QUALIFYING)


def net(member, currency=Currency.REDEEMABLE):
    view = ledger.wallet_of(member_id=member.id, currency=currency, at=TODAY)
    return view.available + view.pending + view.held - view.debt


def a_rule(rate, rounding):
    """
    Let this rule alone give points to spend.
    """
    ended = EarningRule.objects.filter(currency=Currency.REDEEMABLE, ends_at=None)
    ended.update(ends_at=LONG_AGO)
    EarningRuleFactory(code=f"rule-{next(NUMBERS)}", points_per_unit=rate, rounding=rounding)


def buy(member, story, *, reference):
    hold = ""
    if story.spent:
        ledger.accrue(
            member_id=member.id, currency=Currency.REDEEMABLE, points=story.spent, key="given",
            expires_at=None, at=TODAY,
        )  # fmt: skip
        posting = ledger.open_hold(
            member_id=member.id, points=story.spent, key="hold", lapses_at=TOMORROW, at=TODAY
        )
        hold = f"{member.number}-{posting.seq}"
    purchase = NewPurchase(
        "till", reference, "S1", member.number, TODAY, "EUR", story.lines, hold=hold
    )
    return earning.record_purchase(purchase=purchase, at=TODAY)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=stories(), rate=RATES, rounding=ROUNDINGS)
def test_any_split_in_any_order_ends_the_same_and_a_full_return_nets_zero(
    programme, story, rate, rounding
):
    a_rule(rate, rounding)
    member, reference = MemberFactory(), f"R-{next(NUMBERS)}"
    model = Model(story.lines, rate=rate, rounding=rounding)
    recorded = buy(member, story, reference=reference)
    assert recorded.points(Currency.REDEEMABLE) == model.earned

    taken, given_back, redeemed = 0, 0, 0
    for number, parts in enumerate(story.returns):
        told = NewReturn(
            "till", reference, f"B-{number}", TODAY, [as_told(part) for part in parts]
        )
        settled = earning.return_purchase(returned=told, at=TODAY)

        model.see(settled.returned.lines)
        taken += settled.receipts[Currency.REDEEMABLE].taken_back
        given_back += settled.receipts[Currency.REDEEMABLE].given_back
        # What is gone depends on what is left, and on nothing else.
        assert taken == model.earned - model.deserved
        assert 0 <= given_back <= story.spent
        assert net(member) == model.deserved + given_back - redeemed

        redeemed += redeem(member, story.redemptions[number % 8], key=f"{reference}:{number}")

    assert all(line.amount_left == 0 for line in settled.returned.lines)
    assert taken == model.earned
    assert given_back == story.spent
    # Whoever brought everything back has what they came with, and owes what they spent.
    assert net(member) == story.spent - redeemed
    assert net(member, Currency.QUALIFYING) == 0


def redeem(member, wanted, *, key):
    """
    Spend what was wanted, or what there is.
    """
    available = ledger.wallet_of(member_id=member.id, at=TODAY).available
    points = min(wanted, available)
    if points:
        ledger.redeem(member_id=member.id, points=points, key=key, at=TODAY)
    return points


@given(
    cents=st.integers(0, 10**9),
    rate=RATES,
    multiplier=st.sampled_from([Decimal(1), Decimal("1.25"), Decimal("0.5"), Decimal("999.99")]),
    rounding=ROUNDINGS,
    data=st.data(),
)
def test_what_is_lost_adds_up_to_what_was_earned(cents, rate, multiplier, rounding, data):
    def worth(left):
        return points_for(
            eligible=Decimal(left) / 100,
            points_per_unit=rate,
            multiplier=multiplier,
            rounding=rounding,
        )

    earned, lost, left = worth(cents), 0, cents
    for part in data.draw(parts_of(cents)) if cents else []:
        left -= part
        loss = points_lost(earned=earned, deserved=worth(left), lost_before=lost)
        assert loss >= 0
        lost += loss
        assert lost == earned - worth(left)

    assert lost == earned


@given(
    cents=st.integers(0, 10**9),
    pieces=st.integers(1, 10**6),
    digits=st.sampled_from([0, 2, 3]),
    data=st.data(),
)
def test_the_articles_of_a_line_are_worth_the_line(cents, pieces, digits, data):
    amount = Decimal(cents).scaleb(-digits)
    line = LineLeft(1, Decimal(pieces).scaleb(-3), amount, is_earning=True)
    exact = Fraction(amount) / pieces

    for part in data.draw(parts_of(pieces)):
        quantity = Decimal(part).scaleb(-3)
        worth = line.worth(quantity, digits=digits)
        assert 0 <= worth <= line.amount_left
        assert worth == round(worth, digits)
        assert abs(Fraction(worth) - exact * part) <= Fraction(1, 10**digits)
        line = line.without(quantity=quantity, amount=worth)

    assert line.quantity_left == line.amount_left == 0


def test_the_fewest_parts_and_the_most_take_the_same(programme):
    a_rule(Decimal("0.15"), "HALF_UP")
    story = Story([NewLine(1, Decimal("10.00"), Decimal(1))], [], 0, [])
    totals = []
    for parts in ([1000], [10] * 100, [999, 1], [1, 999], [250] * 4):
        member, reference = MemberFactory(), f"R-{next(NUMBERS)}"
        buy(member, story, reference=reference)
        for number, cents in enumerate(parts):
            told = NewReturn(
                "till", reference, f"B-{number}", TODAY, [as_told(Part(1, cents, None))]
            )
            earning.return_purchase(returned=told, at=TODAY)
        totals.append(net(member))

    assert totals == [0] * 5
