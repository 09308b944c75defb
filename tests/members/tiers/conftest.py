import itertools
from datetime import datetime
from decimal import Decimal

import pytest

from members import ledger
from members.models import Event, Ladder, Member, TierPeriod
from tests.factories import LONG_AGO, TODAY, LadderFactory, ProgrammeFactory, RungFactory

RUNGS = [
    ("BRONZE", 0, "1"),
    ("SILVER", 1_000, "1.25"),
    ("GOLD", 3_000, "1.5"),
    ("PLATINUM", 6_000, "2"),
]


def build_ladder(*, starts_at=LONG_AGO, rungs=RUNGS, tiers=None, **fields) -> Ladder:
    """
    Build a ladder; the tiers of another one are used where their codes are the same.
    """
    ladder = LadderFactory(starts_at=starts_at, **fields)
    known = {rung.tier.code: rung.tier for rung in tiers.rungs.all()} if tiers else {}
    for rank, (code, points_required, multiplier) in enumerate(rungs):
        own = {"tier": known[code]} if code in known else {"tier__code": code, "tier__rank": rank}
        RungFactory(
            ladder=ladder,
            points_required=points_required,
            earning_multiplier=Decimal(multiplier),
            **own,
        )
    return ladder


@pytest.fixture
def programme(db: None):
    """
    A programme whose day begins at 16:00 UTC.
    """
    return ProgrammeFactory(time_zone="Asia/Shanghai")


@pytest.fixture
def ladder(programme) -> Ladder:
    """
    The plainest ladder of four: an upgrade takes effect at midnight.
    """
    return build_ladder(upgrade=Ladder.Upgrade.NEXT_DAY)


@pytest.fixture
def at_once(programme) -> Ladder:
    """
    The same ladder, but an upgrade takes effect at once.
    """
    return build_ladder(upgrade=Ladder.Upgrade.AT_ONCE)


@pytest.fixture
def earn(db: None):
    """
    Give a member qualifying points, for something that happened at that moment.
    """
    keys = (f"earned:{n}" for n in itertools.count())

    def earn_points(member: Member, points: int, *, at: datetime = TODAY) -> None:
        ledger.accrue(
            member_id=member.id,
            currency=ledger.Currency.QUALIFYING,
            points=points,
            key=next(keys),
            expires_at=None,
            at=at,
        )

    return earn_points


def history(member: Member) -> list[tuple[str, datetime, datetime | None, str, int]]:
    """
    Return the member's periods in the order of time.
    """
    return list(
        TierPeriod.objects.filter(member=member)
        .order_by("starts_at")
        .values_list("tier__code", "starts_at", "ends_at", "reason", "qualifying_points")
    )


def told(member: Member) -> list[dict[str, str]]:
    """
    Return what the events told about the member's tiers.
    """
    events = Event.objects.filter(member=member, type="tier.changed").order_by("id")
    return [event.payload for event in events]
