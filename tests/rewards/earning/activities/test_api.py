"""Activities through HTTP."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members import ledger
from members.access import Scope
from members.models import Event, Store
from rewards import earning
from rewards.models import Activity
from tests.factories import MemberFactory, StoreFactory


@pytest.fixture
def path(member):
    return f"/v1/members/{member.number}/activities"


@pytest.fixture
def body(check_in):
    return {
        "type": "check_in",
        "reference": "C-1",
        "occurred_at": (timezone.now() - timedelta(hours=1)).isoformat(),
    }


def pointers(problem):
    return [error["pointer"] for error in problem["errors"]]


def nothing_was_recorded():
    return not Activity.objects.exists() and not Event.objects.exists()


def test_an_activity_is_recorded_and_answered_with_what_it_earned(
    shop, path, body, check_in, member, reward
):
    reward(check_in, 5, cap_per_member=3)

    response = shop.post(path, body | {"store": "S1"})

    assert response.status_code == 201
    assert "Idempotent-Replayed" not in response
    answer = response.json()
    assert answer.pop("occurred_at").endswith("Z")
    assert answer == {
        "type": "check_in",
        "reference": "C-1",
        "member": member.number,
        "store": "S1",
        "points_earned": 3,
        "points": {"REDEEMABLE": 3, "QUALIFYING": 0},
        "receipt": {
            "rules": [
                {
                    "rule": "for-check_in",
                    "version": 1,
                    "currency": "REDEEMABLE",
                    "points": 3,
                    "uncapped": 5,
                    "capped_by": "MEMBER",
                }
            ]
        },
    }
    assert ledger.wallet_of(member_id=member.id, at=timezone.now()).available == 3


def test_type_reference_and_time_are_enough(shop, path, body):
    answer = shop.post(path, body).json()

    assert (answer["store"], answer["points_earned"], answer["receipt"]) == (
        None,
        0,
        {"rules": []},
    )


def test_repeating_it_answers_the_same_and_says_so(shop, path, body, check_in, reward):
    reward(check_in, 5)
    first = shop.post(path, body)
    reward(check_in, 50, code="more")

    again = shop.post(path, body)

    assert again.status_code == 201
    assert again["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert Activity.objects.count() == 1


def test_another_one_under_the_same_reference_is_refused(shop, path, body):
    shop.post(path, body)

    response = shop.post(path, body | {"store": "S1"})

    assert response.status_code == 422
    assert response.json()["code"] == "idempotency-key-reused"
    assert pointers(response.json()) == ["/reference"]


@pytest.mark.parametrize(
    ("change", "status", "code", "pointer"),
    [
        ({"type": "dance"}, 404, "activity-type-not-found", "/type"),
        ({"store": "S9"}, 404, "store-not-found", "/store"),
        ({"occurred_at": "2199-01-01T00:00:00Z"}, 409, "activity-in-the-future", "/occurred_at"),
        ({"occurred_at": "1999-01-01T00:00:00Z"}, 409, "activity-too-old", "/occurred_at"),
    ],
)
def test_what_cannot_be_is_refused_with_a_pointer(
    shop, path, body, *, change, status, code, pointer
):
    response = shop.post(path, body | change)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert pointers(response.json()) == [pointer]
    assert nothing_was_recorded()


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": ""}, "/type"),
        ({"type": "x" * 33}, "/type"),
        ({"type": 7}, "/type"),
        ({"type": None}, "/type"),
        ({"reference": ""}, "/reference"),
        ({"reference": "x" * 65}, "/reference"),
        ({"reference": "a\u202eb"}, "/reference"),
        ({"occurred_at": "2026-03-01"}, "/occurred_at"),
        ({"occurred_at": 1772366400}, "/occurred_at"),
        ({"store": None}, "/store"),
        ({"points": 5}, "/points"),
        ({"member": "90000000017"}, "/member"),
    ],
)
def test_what_is_not_an_activity_is_refused_with_a_pointer(shop, path, body, change, pointer):
    response = shop.post(path, body | change)

    assert response.status_code == 400
    assert response.json()["code"] == "invalid-request"
    assert pointers(response.json()) == [pointer]
    assert nothing_was_recorded()


@pytest.mark.parametrize("number", ["90000000018", "x", "0"])
def test_an_unknown_member_is_not_found(shop, body, number):
    response = shop.post(f"/v1/members/{number}/activities", body)

    assert response.status_code == 404
    assert response.json()["code"] == "member-not-found"
    assert shop.get(f"/v1/members/{number}/activities").status_code == 404
    assert nothing_was_recorded()


def test_it_takes_the_scopes(shop_with, path, body):
    reader, writer = shop_with(Scope.MEMBERS_READ), shop_with(Scope.PURCHASES_WRITE)

    assert reader.post(path, body).status_code == 403
    assert nothing_was_recorded()
    assert writer.post(path, body).status_code == 201
    assert writer.get(path).status_code == 403
    assert reader.get(path).status_code == 200


def test_a_shop_acts_for_its_own_stores_and_does_not_know_of_others(shop, shop_with, path, body):
    here, there = Store.objects.get(code="S1"), StoreFactory(code="S2")
    till = shop_with(Scope.PURCHASES_WRITE, Scope.MEMBERS_READ, stores=[here])

    refused = till.post(path, body | {"store": there.code})
    assert (refused.status_code, refused.json()["code"]) == (404, "store-not-found")
    assert nothing_was_recorded()

    assert till.post(path, body).json()["store"] == "S1"
    shop.post(path, body | {"reference": "C-2", "store": "S2"})
    shop.post(path, body | {"reference": "C-3"})
    assert [row["reference"] for row in till.get(path).json()["results"]] == ["C-3", "C-1"]
    assert len(shop.get(path).json()["results"]) == 3


def test_a_member_s_activities_are_listed_the_latest_first(
    shop, path, body, check_in, member, reward
):
    reward(check_in, 5)
    now = timezone.now()
    for n, hours in enumerate([3, 1, 2, 2]):
        told = {"reference": f"C-{n}", "occurred_at": (now - timedelta(hours=hours)).isoformat()}
        shop.post(path, body | told)
    other = MemberFactory()
    earning.record_activity(
        member=other.number, type="check_in", reference="X", occurred_at=now, at=now
    )

    first = shop.get(path, {"limit": 3}).json()
    second = shop.get(first["next"]).json()

    assert [row["reference"] for row in first["results"]] == ["C-1", "C-3", "C-2"]
    assert [row["reference"] for row in second["results"]] == ["C-0"]
    assert second["next"] is None
    assert {row["points_earned"] for row in first["results"]} == {5}
    assert first["results"][0]["receipt"]["rules"][0]["rule"] == "for-check_in"


def test_the_list_takes_as_many_queries_however_long_it_is(
    shop, path, body, check_in, reward, django_assert_max_num_queries
):
    reward(check_in, 5)
    for n in range(5):
        shop.post(path, body | {"reference": f"C-{n}"})

    with django_assert_max_num_queries(4):
        assert len(shop.get(path).json()["results"]) == 5
