"""Staff read receipts."""

from datetime import timedelta
from decimal import Decimal

import pytest

from members.models import Member, Purchase, Tier, TierPeriod
from members.purchases import NewLine, NewPurchase
from rewards import earning
from tests.factories import TODAY, YESTERDAY, MemberFactory
from tests.staff import log_in, page_of, statements


@pytest.fixture
def owner(db):
    return log_in("owner")


@pytest.fixture
def clerk(db):
    return log_in("clerk")


@pytest.fixture
def bought(member) -> Purchase:
    """
    A purchase of 12.34 by a member in gold, one line of which earns nothing.
    """
    TierPeriod.objects.create(
        member=member,
        tier=Tier.objects.get(code="GOLD"),
        starts_at=YESTERDAY,
        reason="REACHED",
        qualifying_points=100,
        decided_at=YESTERDAY,
    )
    return _buy(member, "R-1", TODAY)


def _buy(member: Member, reference: str, at) -> Purchase:
    lines = [
        NewLine(number=1, amount=Decimal("10.00"), sku="tea", category="grocery/tea"),
        NewLine(number=2, amount=Decimal("2.34"), quantity=Decimal("0.5")),
        NewLine(number=3, amount=Decimal("50.00"), is_earning=False),
    ]
    purchase = NewPurchase(
        channel="till",
        reference=reference,
        store="S1",
        member=member.number,
        purchased_at=at,
        currency="EUR",
        lines=lines,
    )
    recorded = earning.record_purchase(purchase=purchase, at=at)
    return Purchase.objects.get(reference=recorded.purchase.reference)


def test_a_purchase_is_told_with_the_sum_that_made_its_points(clerk, bought):
    page = clerk.get(page_of(bought)).content.decode()

    assert "15 points: 12.34 × 1 × 1.25 for the tier = 15.425, rounded down: 15" in page
    assert "12 qualifying points: 12.34 × 1 = 12.34, rounded down: 12" in page
    assert "One point per unit" in page
    assert "version 1" in page
    assert "62.34" in page
    assert "earns nothing" in page


def test_the_lines_shares_add_up_to_the_points(clerk, bought):
    receipt = clerk.get(page_of(bought, "panel", panel="receipt")).context["shown"].facts

    assert [row.points for row in receipt["rows"]] == [[12, 10], [3, 2], [None, None]]
    assert [column.receipt.points for column in receipt["columns"]] == [15, 12]


def test_the_members_page_lists_purchases_with_their_points(clerk, member, bought):
    for day in range(20):
        _buy(member, f"R-{day + 2}", TODAY - timedelta(days=day, hours=1))

    newest = clerk.get(page_of(member, "panel", panel="purchases")).context["shown"].facts
    older = clerk.get(f"{page_of(member, 'panel', panel='purchases')}?{newest['older']}")

    rows = [*newest["rows"], *older.context["shown"].facts["rows"]]
    assert [row.purchase.reference for row in rows] == [f"R-{n}" for n in range(1, 22)]
    assert (rows[0].points, rows[0].qualifying) == (15, 12)
    assert older.context["shown"].facts["older"] == ""


def test_the_list_shows_the_newest_first_and_counts_nothing(clerk, member, bought):
    early = _buy(member, "R-0", TODAY - timedelta(days=1))

    with statements() as sent:
        page = clerk.get("/admin/members/purchase/")

    assert list(page.context["cl"].result_list) == [bought, early]
    assert not [sql for sql in sent if "COUNT(" in sql and "members_purchase" in sql]


def test_purchases_are_found_by_reference_and_by_card_number(clerk, member, bought):
    other = _buy(MemberFactory(), "R-9", TODAY)

    def found(text):
        page = clerk.get("/admin/members/purchase/", {"q": text})
        return list(page.context["cl"].result_list)

    assert found("R-9") == [other]
    assert found(member.number) == [bought]
    assert found("R") == []


def test_purchases_are_only_looked_at(owner, bought):
    assert owner.get("/admin/members/purchase/add/").status_code == 403
    assert owner.post(page_of(bought, "delete"), {"post": "yes"}).status_code == 403
    owner.post(page_of(bought), {"amount": "1"})

    assert Purchase.objects.get().amount == Decimal("62.34")
