from datetime import timedelta

import pytest
from django.utils import timezone

from members import access, adjustments, ledger
from members.access import Scope
from members.models import Adjustment, AdjustmentLimit, ApiKey, Approval
from tests.factories import MemberFactory

ASKED = {"points": 250, "currency": "REDEEMABLE", "reason": "Lost receipt"}


@pytest.fixture
def shop(shop_with):
    """
    The API client of a shop that may adjust 500 points at a time.
    """
    client = shop_with(Scope.POINTS_WRITE)
    AdjustmentLimit.objects.create(api_key=ApiKey.objects.get(), per_adjustment=500, per_day=1_000)
    return client


@pytest.fixture
def post(shop, member):
    def send(body, *, client=shop, key="k-1", number=member.number):
        headers = {"Idempotency-Key": key} if key else {}
        return client.post(f"/v1/members/{number}/adjustments", body, headers=headers)

    return send


def balance(member):
    wallet = ledger.Wallet.objects.filter(member=member).first()
    return wallet.available if wallet else 0


def test_points_are_adjusted(post, member):
    response = post(ASKED | {"category": "MISSING_PURCHASE"})

    assert response.status_code == 201
    adjustment = Adjustment.objects.get()
    assert response.json() == {
        "seq": 1,
        "points": 250,
        "currency": "REDEEMABLE",
        "reason": "Lost receipt",
        "category": "MISSING_PURCHASE",
        "available": 250,
        "adjusted_at": adjustment.adjusted_at.isoformat().replace("+00:00", "Z"),
    }
    assert balance(member) == 250


def test_the_currency_is_points_unless_it_is_named(post, member):
    response = post({"points": 5, "reason": "Lost receipt"})

    assert response.json()["currency"] == "REDEEMABLE"
    assert response.json()["category"] == "OTHER"


def test_a_repeat_gets_the_first_answer(post, member):
    first, again = post(ASKED), post(ASKED)

    assert (again.status_code, again.json()) == (201, first.json())
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert balance(member) == 250


def test_another_request_under_the_key_is_refused(post, member):
    post(ASKED)

    response = post(ASKED | {"points": 251})

    assert (response.status_code, response.json()["code"]) == (422, "idempotency-key-reused")
    assert balance(member) == 250


def test_beyond_the_limit_it_waits_for_an_approval(post, shop, member):
    response = post(ASKED | {"points": 501})

    approval = Approval.objects.get()
    assert response.status_code == 202
    assert response.json() == {
        "id": str(approval.pk),
        "status": "OPEN",
        "expires_at": approval.expires_at.isoformat().replace("+00:00", "Z"),
    }
    assert balance(member) == 0
    told = shop.get(response["Location"])
    assert told.status_code == 200
    assert told.json() == {
        "id": str(approval.pk),
        "kind": "ADJUSTMENT",
        "status": "OPEN",
        "reason": "Lost receipt",
        "requested_at": approval.requested_at.isoformat().replace("+00:00", "Z"),
        "expires_at": response.json()["expires_at"],
        "decided_at": None,
        "note": "",
    }
    again = post(ASKED | {"points": 501})
    assert (again.status_code, again.json()) == (202, response.json())
    assert again["Idempotent-Replayed"] == "true"


def test_what_became_of_it_is_told(post, shop, approve, member):
    location = post(ASKED | {"points": 501})["Location"]
    approval = Approval.objects.get()
    at = approval.requested_at
    approve(adjustments.Outcome(approval=approval), at=at)

    told = shop.get(location).json()

    assert told["status"] == "APPROVED"
    assert told["decided_at"] == at.isoformat().replace("+00:00", "Z")
    assert balance(member) == 501


def test_an_approval_of_another_shop_does_not_exist(post, shop_with):
    location = post(ASKED | {"points": 501})["Location"]

    response = shop_with(Scope.POINTS_WRITE).get(location)

    assert (response.status_code, response.json()["code"]) == (404, "approval-not-found")


def test_a_key_without_a_limit_waits(post, shop_with, member):
    response = post(ASKED | {"points": 1}, client=shop_with(Scope.POINTS_WRITE))

    assert response.status_code == 202
    assert balance(member) == 0


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"points": 0}, "/points"),
        ({"points": "10"}, "/points"),
        ({"points": 1.5}, "/points"),
        ({"points": True}, "/points"),
        ({"points": 10**12}, "/points"),
        ({"points": -(10**12)}, "/points"),
        ({"points": None}, "/points"),
        ({"currency": "GOLD"}, "/currency"),
        ({"reason": "  "}, "/reason"),
        ({"reason": "x" * 251}, "/reason"),
        ({"reason": "a\u202eb"}, "/reason"),
        ({"reason": 5}, "/reason"),
        ({"category": "FUN"}, "/category"),
        ({"actor": "me"}, "/actor"),
    ],
)
def test_nonsense_is_refused(post, member, wrong, pointer):
    response = post(ASKED | wrong)

    assert response.status_code == 400
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert not Adjustment.objects.exists()
    assert not Approval.objects.exists()
    assert balance(member) == 0


def test_a_key_is_needed(post, member):
    response = post(ASKED, key=None)

    assert (response.status_code, response.json()["code"]) == (400, "idempotency-key-missing")
    assert balance(member) == 0


def test_more_than_there_are_is_not_taken(post, member):
    response = post(ASKED | {"points": -10})

    assert response.status_code == 409
    assert response.json()["code"] == "insufficient-points"
    assert (response.json()["available"], response.json()["requested"]) == (0, 10)
    assert not Adjustment.objects.exists()


def test_an_unknown_member_is_not_found(post):
    number = MemberFactory.build().number

    response = post(ASKED, number=number)

    assert (response.status_code, response.json()["code"]) == (404, "member-not-found")


def test_the_scope_is_needed(post, shop_with, member):
    others = shop_with(*set(Scope) - {Scope.POINTS_WRITE})

    response = post(ASKED, client=others)

    assert (response.status_code, response.json()["required"]) == (403, "points:write")
    answer = others.get("/v1/approvals/6f1c1c39-6f0a-4f6e-9d53-0d7c2b1d4f11")
    assert answer.status_code == 403
    assert balance(member) == 0


def test_a_replaced_key_still_sees_what_was_asked_for_under_the_first(post, shop, member):
    response = post(ASKED | {"points": 501})
    _key, secret = access.rotate_key(
        key_id=ApiKey.objects.get().pk, grace=timedelta(hours=1), at=timezone.now()
    )
    shop.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

    assert shop.get(response["Location"]).status_code == 200
    assert post(ASKED | {"points": 501}).json() == response.json()
