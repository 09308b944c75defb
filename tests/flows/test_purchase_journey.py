"""From the till to the member's tier, through HTTP, as production runs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from members import tiers
from members.models import Ladder, Work
from members.tiers.tasks import evaluate
from tests.factories import (
    LONG_AGO,
    ChannelFactory,
    EarningRuleFactory,
    LadderFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    RungFactory,
    StoreFactory,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def member():
    ProgrammeFactory()
    PolicyFactory()
    ChannelFactory()
    StoreFactory(code="S1")
    ladder = LadderFactory(upgrade=Ladder.Upgrade.AT_ONCE, starts_at=LONG_AGO)
    RungFactory(ladder=ladder, tier__code="BASIC", tier__rank=0)
    RungFactory(
        ladder=ladder,
        tier__code="GOLD",
        tier__rank=1,
        points_required=100,
        earning_multiplier=Decimal("1.5"),
    )
    EarningRuleFactory(is_multiplied_by_tier=True)
    EarningRuleFactory(currency="QUALIFYING")
    return MemberFactory()


def buy(shop, member, reference, amount):
    return shop.post(
        "/v1/purchases",
        {
            "channel": "till",
            "reference": reference,
            "store": "S1",
            "member": member.number,
            "purchased_at": timezone.now().isoformat(),
            "currency": "EUR",
            "lines": [{"line": 1, "amount": amount}],
        },
    ).json()


def do_the_work():
    evaluate(work_ids=list(Work.objects.values_list("id", flat=True)))


def test_purchases_lift_a_member_and_the_tier_pays_from_then_on(shop, member):
    assert buy(shop, member, "1", "99.99")["points_earned"] == 99
    do_the_work()
    assert shop.get(f"/v1/members/{member.number}/tier").json()["tier"] == "BASIC"

    assert buy(shop, member, "2", "1.00")["points_earned"] == 1
    do_the_work()
    assert shop.get(f"/v1/members/{member.number}/tier").json()["tier"] == "GOLD"

    assert buy(shop, member, "3", "10.99")["points_earned"] == 16

    wallets = shop.get(f"/v1/members/{member.number}/wallets").json()["results"]
    assert {w["currency"]: w["balance"] for w in wallets} == {
        "REDEEMABLE": 99 + 1 + 16,
        "QUALIFYING": 99 + 1 + 10,
    }


def test_the_statement_names_the_purchase(shop, member):
    buy(shop, member, "1", "5.00")

    [entry] = shop.get(f"/v1/members/{member.number}/entries").json()["results"]

    assert (entry["kind"], entry["points"], entry["source"]) == (
        "ACCRUE",
        5,
        "purchase:till:1",
    )


def test_a_purchase_reported_late_earns_by_the_tier_of_its_day(shop, member):
    buy(shop, member, "1", "100.00")
    do_the_work()

    assert not tiers.evaluate(member_id=member.id, at=timezone.now())
    late = {
        "channel": "till",
        "reference": "late",
        "store": "S1",
        "member": member.number,
        "purchased_at": (timezone.now() - timedelta(days=2)).isoformat(),
        "currency": "EUR",
        "lines": [{"line": 1, "amount": "10.00"}],
    }
    assert shop.post("/v1/purchases", late).json()["points_earned"] == 10
