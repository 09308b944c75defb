import itertools
from datetime import datetime
from decimal import Decimal

import pytest

from members import ledger, tiers
from members.models import Ladder, Member
from rewards.benefits import Benefit
from tests.factories import LONG_AGO, TODAY, PolicyFactory
from tests.members.tiers.conftest import build_ladder, earn, programme

__all__ = ["earn", "programme"]

Kind = Benefit.Kind
PLAIN = {
    Kind.WELCOME: {"points": 200},
    Kind.RENEWAL: {"points": 300},
    Kind.BIRTHDAY: {"points": 100},
    Kind.ENTITLEMENT: {"quantity": 2, "period": "MONTH"},
    Kind.DELIVERY: {"from_amount": Decimal(30)},
    Kind.EARLY_ACCESS: {"hours": 24},
    Kind.SERVICE: {},
    Kind.COURTESY: {"period": "YEAR"},
}


@pytest.fixture
def ladder(programme) -> Ladder:
    """
    Four tiers, a new one of which begins at once.
    """
    PolicyFactory()
    return build_ladder(upgrade=Ladder.Upgrade.AT_ONCE)


def build_benefit(kind: str, *, tier: str = "GOLD", **fields) -> Benefit:
    """
    Add a benefit that is in force, the plainest of its kind unless told.
    """
    named = {"code": kind.lower().replace("_", "-"), "name": kind.title(), "starts_at": LONG_AGO}
    told = named | PLAIN[Kind(kind)] | fields
    return Benefit.objects.create(kind=kind, tier=tiers.Tier.objects.get(code=tier), **told)


@pytest.fixture
def rise(earn):
    """
    Let a member reach a tier by what they earn, and work out what follows.
    """

    def reach(member: Member, tier: str, *, at: datetime = TODAY) -> None:
        points = {"SILVER": 1_000, "GOLD": 3_000, "PLATINUM": 6_000}[tier]
        earn(member, points, at=at)
        assert tiers.evaluate(member_id=member.id, at=at)

    return reach


@pytest.fixture
def placed(db: None):
    """
    Give a member a tier until a moment.
    """
    keys = (f"given:{n}" for n in itertools.count())

    def place(member: Member, tier: str, *, ends_at: datetime, at: datetime = TODAY, **told):
        return tiers.place(
            member_id=member.id,
            tier=tier,
            ends_at=ends_at,
            at=at,
            **{"kind": "INVITED", "reason": "A guest", "key": next(keys)} | told,
        )

    return place


def points_of(member: Member, *, at: datetime = TODAY) -> int:
    wallet = ledger.wallet_of(member_id=member.id, currency=ledger.Currency.REDEEMABLE, at=at)
    return wallet.available
