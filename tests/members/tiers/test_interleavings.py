"""Whatever is done when, members stand where a plain model says that their facts lead."""

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members import ledger, tiers
from members.models import Purchase, TierPeriod
from tests.factories import (
    ChannelFactory,
    LadderFactory,
    MemberFactory,
    ProgrammeFactory,
    RungFactory,
    StoreFactory,
)
from tests.members.tiers.model_tiers import ModelLadder, ModelMember, ModelRung

START = datetime(2023, 12, 20, 3, tzinfo=UTC)
NUMBERS = (f"fact:{n}" for n in itertools.count())


def asked(draw, low, high):
    """
    Draw what a tier asks for, at least something, and what keeps it.
    """
    wants = [draw(st.booleans()) for _ in range(3)]
    if not any(wants):
        wants[0] = True
    amounts = [
        draw(st.integers(low, high)),
        Decimal(draw(st.integers(low, high))),
        draw(st.integers(max(low // 100, 1), max(high // 100, 1))),
    ]
    required = tuple(amount if want else None for want, amount in zip(wants, amounts, strict=True))
    to_keep = tuple(
        amount if amount is None or draw(st.booleans()) else amount // 2 for amount in required
    )
    return ModelRung(required, to_keep)


@st.composite
def ladders(draw):
    rungs = [ModelRung((0, None, None), (0, None, None))]
    rungs += [asked(draw, low, low + 200) for low in (100, 400, 700)]
    return ModelLadder(
        rungs=tuple(rungs),
        window_kind=draw(st.sampled_from(["ROLLING", "CALENDAR_YEAR", "ANNIVERSARY"])),
        window_days=draw(st.sampled_from([1, 30, 365])),
        matching=draw(st.sampled_from(["ALL", "ANY"])),
        period_days=draw(st.sampled_from([31, 90, 365])),
        period_years=draw(st.integers(0, 1)),
        grace_days=draw(st.sampled_from([0, 0, 7, 30])),
        step_down=draw(st.sampled_from(["ONE_STEP", "REASSESS", "NEVER"])),
        upgrade=draw(st.sampled_from(["AT_ONCE", "NEXT_DAY"])),
    )


# A step waits so many hours, or until shortly before or after the stay in a tier ends, and
# then something is bought, or somebody looks.
AROUND_THE_END = {"before": -1, "then": 0, "after": 26}
STEPS = st.lists(
    st.tuples(
        st.sampled_from([1, 24 * 20, 24 * 100, *AROUND_THE_END, *AROUND_THE_END]),
        st.sampled_from(["buy", "buy", "buy", "evaluate", "evaluate_many", "review"]),
        st.sampled_from([0, 60, 300, 900]),
        st.sampled_from([0, 60, 300, 900]),
    ),
    min_size=3,
    max_size=14,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    ladder=ladders(),
    joined=st.sampled_from([date(2020, 2, 29), date(2021, 12, 31), date(2023, 6, 1)]),
    steps=STEPS,
)
def test_any_interleaving_ends_as_the_facts_alone_say(db, ladder, joined, steps):
    # Not a block, for each batch of a review begins a transaction of its own.
    before = transaction.savepoint()
    try:
        _compare(ladder, joined, steps)
    finally:
        transaction.savepoint_rollback(before)


def _compare(ladder, joined, steps):
    member = _set_up(ladder, joined)
    model = ModelMember(ladder, joined)
    at = START
    for wait, what, points, spend in steps:
        at = _later(at, wait, model)
        if what == "buy":
            _buy(member, points, Decimal(spend), at)
            model.happens(at, points, Decimal(spend))
            tiers.evaluate(member_id=member.id, at=at)
        elif what == "evaluate":
            tiers.evaluate(member_id=member.id, at=at)
        elif what == "evaluate_many":
            tiers.evaluate_many(member_ids=[member.id], at=at)
        else:
            tiers.review_due(at=at)
    # In the end somebody comes late, and finds what is left to do.
    tiers.review_due(at=at)
    model.pass_to(at)
    assert _stays(member, ladder) == [
        (stay.rank, stay.starts_at, stay.ends_at, stay.reason, *_counted(stay.figures, ladder))
        for stay in model.stays
    ]


def _later(at, wait, model):
    if wait not in AROUND_THE_END:
        return at + timedelta(hours=wait)
    ends = [stay.ends_at for stay in model.stays if stay.ends_at]
    if not ends:
        return at + timedelta(hours=24)
    return max(at, ends[-1] + timedelta(hours=AROUND_THE_END[wait]))


def _set_up(ladder, joined):
    ProgrammeFactory(time_zone="Asia/Shanghai")
    made = LadderFactory(
        window_kind=ladder.window_kind,
        window_days=ladder.window_days,
        matching=ladder.matching,
        period_days=ladder.period_days,
        period_years=ladder.period_years,
        grace_days=ladder.grace_days,
        step_down=ladder.step_down,
        upgrade=ladder.upgrade,
    )
    for rank, rung in enumerate(ladder.rungs):
        points, spend, visits = rung.asked
        keep_points, keep_spend, keep_visits = rung.to_keep
        RungFactory(
            ladder=made,
            tier__rank=rank,
            points_required=points,
            points_to_keep=keep_points,
            spend_required=spend,
            spend_to_keep=keep_spend,
            visits_required=visits,
            visits_to_keep=keep_visits,
        )
    enrolled_at = datetime(joined.year, joined.month, joined.day, 4, tzinfo=UTC)
    return MemberFactory(enrolled_at=enrolled_at)


def _buy(member, points, spend, at):
    reference = next(NUMBERS)
    Purchase.objects.create(
        channel=ChannelFactory(),
        reference=reference,
        member=member,
        store=StoreFactory(),
        amount=spend,
        purchased_at=at,
        recorded_at=at,
        digest=b"",
    )
    if points:
        ledger.accrue(
            member_id=member.id,
            currency=ledger.Currency.QUALIFYING,
            points=points,
            key=reference,
            expires_at=None,
            at=at,
        )


def _stays(member, ladder):
    periods = TierPeriod.objects.filter(member=member).order_by("starts_at")
    return [
        (
            period.tier.rank,
            period.starts_at,
            period.ends_at,
            period.reason,
            *_counted((period.qualifying_points, period.spend, period.visits), ladder),
        )
        for period in periods.select_related("tier")
    ]


def _counted(figures, ladder):
    """
    Leave out spend and visits where the ladder asks for neither.
    """
    points, spend, visits = figures
    if all(rung.asked[1:] == (None, None) for rung in ladder.rungs):
        return (points,)
    return points, spend, visits
