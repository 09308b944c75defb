"""Staff see what came back, and take something back after they were told what that takes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from members import ledger
from members.models import ParkedReturn, Purchase, Return, StaffMember
from members.purchases import NewLine
from members.purchases.admin import PURCHASES_BY_MONTH
from tests.factories import TODAY, TOMORROW
from tests.rewards.earning.conftest import money, pieces
from tests.staff import log_in, page_of

LINES = [
    NewLine(1, Decimal("12.30"), sku="tea"),
    NewLine(2, Decimal("28.45"), quantity=Decimal(5)),
]


@pytest.fixture
def clerk(db):
    return log_in("clerk")


@pytest.fixture
def bought(record) -> Purchase:
    record(lines=LINES)
    return Purchase.objects.get()


def page_to_return(purchase):
    return f"/admin/members/return/of/{purchase.pk}/"


def balance(member, at=None):
    return ledger.wallet_of(member_id=member.id, at=at or timezone.now())


def told(page, **lines):
    """
    Return what a browser sends for a form on a page, with these fields filled in.
    """
    form = page.context["form"]
    shown = {"shown": page.context["preview"]} if page.context["preview"] else {}
    return {"key": form["key"].value()} | shown | lines


def test_a_purchase_shows_its_returns_and_what_is_left(clerk, bought, bring_back):
    bring_back(money(1, "2.30"), pieces(2, "2"), reference="B-7")

    page = clerk.get(page_of(bought))
    facts = clerk.get(page_of(bought, "panel", panel="returns")).context["shown"].facts
    receipt = clerk.get(page_of(bought, "panel", panel="receipt")).context["shown"].facts

    text = page.content.decode()
    assert "B-7" in text
    assert "2.30 of line 1, 2 × line 2" in text
    (row,) = facts["rows"]
    assert (row.points.taken_back, row.points.given_back) == (13, 0)
    assert [(row.left.quantity_left, row.left.amount_left) for row in receipt["rows"]] == [
        (Decimal(1), Decimal("10.00")),
        (Decimal(3), Decimal("17.07")),
    ]


def test_a_purchase_without_returns_says_nothing_of_them(clerk, bought):
    page = clerk.get(page_of(bought))

    assert "returns" not in [shown.panel.name for shown in page.context["panels"]]
    assert page_to_return(bought) in page.content.decode()


def test_staff_are_told_what_a_return_takes_before_it_is_done(clerk, bought, member):
    asked = clerk.get(page_to_return(bought))
    preview = clerk.post(page_to_return(bought), told(asked, quantity_2="2"))

    assert "11.38 come back; 11 points are taken back." in preview.content.decode()
    assert not Return.objects.exists()
    assert balance(member, TODAY).available == 40

    done = clerk.post(page_to_return(bought), told(preview, quantity_2="2"))

    assert done.url == page_of(bought)
    assert Return.objects.get().amount == Decimal("11.38")
    assert balance(member, TOMORROW).available == 29


def test_they_are_told_anew_when_it_would_take_something_else_by_now(clerk, bought, member):
    asked = clerk.get(page_to_return(bought))
    preview = clerk.post(page_to_return(bought), told(asked, quantity_2="5"))
    ledger.redeem(member_id=member.id, points=30, key="spent", at=TODAY)

    again = clerk.post(page_to_return(bought), told(preview, quantity_2="5"))

    assert "18 of them are spent already and will be owed." in again.content.decode()
    assert not Return.objects.exists()

    clerk.post(page_to_return(bought), told(again, quantity_2="5"))
    assert balance(member, TOMORROW).debt == 18


def test_two_clicks_are_one_return(clerk, bought, member):
    asked = clerk.get(page_to_return(bought))
    preview = clerk.post(page_to_return(bought), told(asked, amount_1="1.00"))
    sent = told(preview, amount_1="1.00")

    clerk.post(page_to_return(bought), sent)
    clerk.post(page_to_return(bought), sent)

    assert Return.objects.count() == 1


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ({}, "Say of at least one line what comes back."),
        ({"quantity_2": "1", "amount_2": "1.00"}, "Quantity or amount, not both."),
        ({"quantity_2": "6"}, "So much is not left of this line."),
        ({"amount_1": "0"}, "greater than or equal to"),
        ({"amount_1": "1.005"}, "no more than 2 decimal places"),
        ({"amount_1": "much"}, "Enter a number."),
    ],
)
def test_what_cannot_come_back_is_explained(clerk, bought, lines, words):
    asked = clerk.get(page_to_return(bought))

    page = clerk.post(page_to_return(bought), told(asked, **lines))

    assert words in page.content.decode()
    assert not Return.objects.exists()


def test_what_has_come_back_is_not_asked_for_again(clerk, bought, bring_back):
    bring_back(pieces(1, "1"))
    form = clerk.get(page_to_return(bought)).context["form"]
    assert [row.line.number for row in form.rows()] == [2]

    bring_back(money(2, "28.45"))
    assert page_to_return(bought) not in clerk.get(page_of(bought)).content.decode()


def test_it_takes_the_permission(bought):
    marketer = log_in("marketer")

    assert page_to_return(bought) not in marketer.get(page_of(bought)).content.decode()
    assert marketer.get(page_to_return(bought)).status_code == 403
    assert marketer.post(page_to_return(bought), {"amount_1": "1.00"}).status_code == 403
    assert not Return.objects.exists()


def test_nobody_takes_back_what_they_bought_themselves(clerk, bought, member):
    StaffMember.objects.create(user=User.objects.get(username="clerk"), member=member)
    asked = clerk.get(page_to_return(bought))

    page = clerk.post(page_to_return(bought), told(asked, quantity_2="2"))
    again = clerk.post(page_to_return(bought), told(page, quantity_2="2", shown="anything"))

    assert page.context["preview"] == again.context["preview"] == ""
    assert page.context["form"].non_field_errors()
    assert not Return.objects.exists()


def test_a_purchase_that_is_not_there_is_not_returned(clerk, bought):
    assert clerk.get("/admin/members/return/of/999999/").status_code == 404


def test_returns_are_found_and_only_looked_at(clerk, bought, bring_back, member):
    bring_back(money(1, "1.00"), reference="B-1")
    found = Return.objects.get()

    def search(text):
        return list(clerk.get("/admin/members/return/", {"q": text}).context["cl"].result_list)

    assert search("") == search("R-1") == search(member.number) == [found]
    assert search("B") == []
    assert clerk.get("/admin/members/return/add/").status_code == 403


def test_parked_returns_are_listed_by_what_became_of_them(clerk, record, bring_back):
    now = timezone.now()
    long_ago = now - timedelta(days=8)
    bring_back(money(1, "1.00"), reference="netted")
    bring_back(money(9, "1.00"), reference="refused")
    record()
    bring_back(money(1, "1.00"), purchase="R-8", reference="overdue", at=long_ago)
    bring_back(money(1, "1.00"), purchase="R-9", reference="waiting", at=now)

    def listed(status):
        page = clerk.get("/admin/members/parkedreturn/", {"status": status})
        return {parked.reference for parked in page.context["cl"].result_list}

    assert listed("netted") == {"netted"}
    assert {"refused", "overdue", "waiting"} == listed("waiting")
    assert "overdue" in listed("overdue")
    assert "waiting" not in listed("overdue")
    assert listed("refused") == {"refused"}
    parked = ParkedReturn.objects.get(reference="waiting")
    assert clerk.post(page_of(parked, "delete"), {"post": "yes"}).status_code == 403


def test_the_dashboard_counts_returns_that_need_a_person(bought, bring_back):
    def headlines(at):
        return {
            line.title: (line.value, line.is_alarming)
            for line in PURCHASES_BY_MONTH.headlines(PURCHASES_BY_MONTH.facts(at))
        }

    bring_back(money(1, "1.00"), purchase="R-8")
    bring_back(money(1, "1.00"), purchase="R-9")

    assert "Returns without a purchase" not in headlines(TOMORROW)
    week_later = TODAY + timedelta(days=7)
    assert headlines(week_later)["Returns without a purchase"] == ("2", True)
