"""Benefits over HTTP, as tills and web shops see them."""

import pytest
import time_machine

from members.access import Scope
from rewards.models import BenefitCount, BenefitUse
from tests.factories import TODAY, YESTERDAY, MemberFactory, StoreFactory
from tests.rewards.benefits.conftest import build_benefit


@pytest.fixture(autouse=True)
def frozen_clock():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def golden(ladder, member, rise):
    rise(member, "GOLD", at=YESTERDAY)
    return member


def address(member, *parts):
    return "/".join([f"/v1/members/{member.number}/benefits", *parts])


def test_a_shop_reads_what_the_tier_entitles_to(golden, shop):
    build_benefit("ENTITLEMENT", name="Car wash", description="At the station.")
    build_benefit("EARLY_ACCESS")
    build_benefit("EARLY_ACCESS", code="later", hours=2)

    told = shop.get(address(golden)).json()

    assert (told["tier"], told["tier_name"]) == ("GOLD", "GOLD")
    assert told["multiplier"] == {
        "factor": "1.50",
        "words": "Purchases earn 1.5 times the points.",
    }
    assert told["early_access_hours"] == 24
    assert told["free_delivery"] is None
    wash, _early = told["benefits"]
    assert wash == {
        "benefit": "entitlement",
        "kind": "ENTITLEMENT",
        "name": "Car wash",
        "description": "At the station.",
        "until": "2027-02-28T16:00:00Z",
        "points": None,
        "given_at": None,
        "from_amount": None,
        "hours": None,
        "uses": {
            "since": "2026-02-28T16:00:00Z",
            "until": "2026-03-31T16:00:00Z",
            "allowed": 2,
            "used": 0,
            "left": 2,
        },
        "words": "2 times each month. 2 of 2 left until 31 March 2026.",
    }


def test_the_benefits_of_other_tiers_are_not_told(golden, shop):
    build_benefit("SERVICE", code="just-silver", tier="SILVER", is_for_higher=False)
    build_benefit("SERVICE", code="silver-up", tier="SILVER")
    build_benefit("SERVICE", code="platinum", tier="PLATINUM")

    told = shop.get(address(golden)).json()

    assert [each["benefit"] for each in told["benefits"]] == ["silver-up"]


@pytest.mark.parametrize(
    ("amount", "delivery", "words"),
    [
        ("25.50", {"is_free": False, "short_by": "4.50"}, "EUR 4.50 more for free delivery."),
        ("30.00", {"is_free": True, "short_by": "0.00"}, "Delivery is free for this amount."),
        ("31", {"is_free": True, "short_by": "0.00"}, "Delivery is free for this amount."),
    ],
)
def test_it_says_whether_delivery_is_free_for_an_amount(golden, shop, amount, delivery, words):
    build_benefit("DELIVERY")

    told = shop.get(address(golden), {"amount": amount}).json()

    assert told["free_delivery"] == {"from_amount": "30.00"} | delivery
    assert told["benefits"][0]["words"] == f"Free delivery from EUR 30.00. {words}"


def test_without_an_amount_it_says_from_which_on(golden, shop):
    build_benefit("DELIVERY")
    build_benefit("DELIVERY", code="better", from_amount=20)

    told = shop.get(address(golden)).json()["free_delivery"]

    assert told == {"from_amount": "20.00", "is_free": None, "short_by": None}


@pytest.mark.parametrize("amount", ["", "x", "-1", "1e9", "NaN", "１２", "9" * 400, "1.2345"])
def test_an_amount_that_is_none_is_refused(golden, shop, amount):
    response = shop.get(address(golden), {"amount": amount})

    assert (response.status_code, response.json()["code"]) == (400, "invalid-parameter")


def test_a_use_is_counted_and_told_again(golden, shop):
    build_benefit("ENTITLEMENT")
    store = StoreFactory(code="S001")
    body = {"reference": "WASH-1", "store": store.code}

    first = shop.post(address(golden, "entitlement", "uses"), body)
    again = shop.post(address(golden, "entitlement", "uses"), body)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == {
        "benefit": "entitlement",
        "reference": "WASH-1",
        "quantity": 1,
        "note": "",
        "store": "S001",
        "used_at": "2026-03-01T12:00:00Z",
        "given_back_at": None,
        "left": 1,
    }
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert BenefitCount.objects.get().used == 1


def test_used_up_is_a_problem_with_numbers(golden, shop):
    build_benefit("ENTITLEMENT")

    response = shop.post(
        address(golden, "entitlement", "uses"), {"reference": "R-1", "quantity": 3}
    )

    told = response.json()
    assert (response.status_code, told["code"]) == (409, "benefit-used-up")
    assert (told["left"], told["requested"], told["allowed"]) == (2, 3, 2)
    assert told["until"] == "2026-03-31T16:00:00Z"
    assert not BenefitUse.objects.exists()


def test_another_use_under_the_reference_is_refused(golden, shop):
    build_benefit("ENTITLEMENT")
    shop.post(address(golden, "entitlement", "uses"), {"reference": "R-1"})

    response = shop.post(
        address(golden, "entitlement", "uses"), {"reference": "R-1", "quantity": 2}
    )

    assert (response.status_code, response.json()["code"]) == (422, "idempotency-key-reused")
    assert BenefitCount.objects.get().used == 1


def test_a_use_is_given_back(golden, shop):
    build_benefit("ENTITLEMENT")
    shop.post(address(golden, "entitlement", "uses"), {"reference": "WASH/1"})
    undo = address(golden, "entitlement", "uses", "WASH/1", "give-back")

    first, again = shop.post(undo, {"reason": "Rain"}), shop.post(undo, {})

    assert (first.status_code, first.json()["left"]) == (200, 2)
    assert first.json()["given_back_at"] == "2026-03-01T12:00:00Z"
    assert again["Idempotent-Replayed"] == "true"
    assert BenefitCount.objects.get().used == 0


@pytest.mark.parametrize(
    ("code", "member_code", "status", "problem"),
    [
        ("none", "golden", 404, "benefit-not-found"),
        ("service", "golden", 409, "benefit-not-counted"),
        ("entitlement", "bronze", 409, "benefit-not-held"),
        ("courtesy", "golden", 400, "benefit-note-missing"),
        ("birthday", "golden", 409, "benefit-not-now"),
    ],
)
def test_what_cannot_be_used_is_refused(golden, shop, code, member_code, status, problem):
    build_benefit("ENTITLEMENT")
    build_benefit("ENTITLEMENT", code="birthday", period="BIRTHDAY_MONTH")
    build_benefit("SERVICE")
    build_benefit("COURTESY")
    member = golden if member_code == "golden" else MemberFactory()

    response = shop.post(address(member, code, "uses"), {"reference": "R-1"})

    assert (response.status_code, response.json()["code"]) == (status, problem)
    assert not BenefitUse.objects.exists()


def test_an_unknown_use_cannot_be_given_back(golden, shop):
    response = shop.post(address(golden, "entitlement", "uses", "R-1", "give-back"), {})

    assert (response.status_code, response.json()["code"]) == (404, "benefit-use-not-found")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"reference": ""},
        {"reference": "R" * 65},
        {"reference": "R-1", "quantity": 0},
        {"reference": "R-1", "quantity": "1"},
        {"reference": "R-1", "quantity": 1_001},
        {"reference": "R-1", "note": "x" * 251},
        {"reference": "R-1", "benefit": "other"},
    ],
)
def test_a_malformed_use_is_refused(golden, shop, wrong):
    build_benefit("ENTITLEMENT")

    response = shop.post(address(golden, "entitlement", "uses"), wrong)

    assert (response.status_code, response.json()["code"]) == (400, "invalid-request")
    assert not BenefitUse.objects.exists()


def test_a_store_that_is_not_the_keys_is_not_found(golden, shop_with):
    build_benefit("ENTITLEMENT")
    ours, other = StoreFactory(), StoreFactory()
    shop = shop_with(Scope.BENEFITS_WRITE, stores=[ours])

    response = shop.post(
        address(golden, "entitlement", "uses"), {"reference": "R-1", "store": other.code}
    )

    assert response.json()["code"] == "store-not-found"
    assert not BenefitUse.objects.exists()


def test_reading_and_using_take_scopes_of_their_own(golden, shop_with):
    build_benefit("ENTITLEMENT")
    reader = shop_with(Scope.MEMBERS_READ)
    others = shop_with(*set(Scope) - {Scope.MEMBERS_READ, Scope.BENEFITS_WRITE})

    assert reader.get(address(golden)).status_code == 200
    assert others.get(address(golden)).status_code == 403
    uses = address(golden, "entitlement", "uses")
    assert reader.post(uses, {"reference": "R-1"}).status_code == 403
    assert others.post(uses, {"reference": "R-1"}).status_code == 403
    assert others.post(f"{uses}/R-1/give-back", {}).status_code == 403
    assert not BenefitUse.objects.exists()
