"""Holds by way of the API, as a checkout uses them."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from members import ledger
from members.access import Scope
from members.models import Entry, Hold, Member
from tests.factories import MemberFactory


@pytest.fixture
def now():
    with time_machine.travel(timezone.now(), tick=False):
        yield timezone.now()


@pytest.fixture
def rich(member, give, now) -> Member:
    give(member, 100, at=now)
    return member


@pytest.fixture
def open_hold(shop, rich):
    """
    Ask for a hold.
    """

    def ask(points=60, *, key="k-1", **body):
        return shop.post(
            f"/v1/members/{rich.number}/holds",
            {"points": points, **body},
            headers={"Idempotency-Key": key},
        )

    return ask


def available(member):
    return ledger.wallet_of(member_id=member.pk, at=timezone.now()).available


def stamp(moment):
    return moment.isoformat().replace("+00:00", "Z")


def test_a_hold_sets_points_aside(open_hold, rich, now):
    response = open_hold(60, lapses_in=120, reference="order:8841")

    assert response.status_code == 201
    assert response.json() == {
        "id": f"{rich.number}-2",
        "member": rich.number,
        "points": 60,
        "captured": 0,
        "status": "OPEN",
        "opened_at": stamp(now),
        "lapses_at": stamp(now + timedelta(seconds=120)),
        "ended_at": None,
        "reference": "order:8841",
    }
    assert available(rich) == 40


def test_it_lapses_after_a_quarter_unless_told(open_hold, now):
    assert open_hold().json()["lapses_at"] == stamp(now + timedelta(minutes=15))


def test_a_repeat_is_answered_as_the_first_time(shop, open_hold, rich):
    first = open_hold(60)
    shop.post(f"/v1/holds/{first.json()['id']}/capture", {})

    again = open_hold(60)

    assert (again.status_code, again["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == first.json()
    assert "Idempotent-Replayed" not in first
    assert Hold.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_is_good_for_one_request_and_one_shop(open_hold, shop_with, rich):
    open_hold(60)

    other = open_hold(30)
    neighbour = shop_with(Scope.POINTS_WRITE).post(
        f"/v1/members/{rich.number}/holds", {"points": 30}, headers={"Idempotency-Key": "k-1"}
    )

    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert neighbour.status_code == 201
    assert available(rich) == 10


def test_more_than_is_available_is_refused_in_numbers(open_hold, rich):
    response = open_hold(101)

    assert response.status_code == 409
    assert response.json() | {"type": ""} == {
        "type": "",
        "title": "The wallet does not hold enough available points.",
        "status": 409,
        "code": "insufficient-points",
        "available": 100,
        "requested": 101,
        "short_by": 1,
    }
    assert (available(rich), Hold.objects.count()) == (100, 0)


def test_a_frozen_wallet_opens_none(open_hold, rich, now):
    ledger.freeze(member_id=rich.pk, currency="REDEEMABLE", because="checked", at=now)

    response = open_hold()

    assert (response.status_code, response.json()["code"]) == (409, "wallet-frozen")
    assert Hold.objects.count() == 0


def test_a_suspended_member_opens_none(open_hold, rich):
    Member.objects.filter(pk=rich.pk).update(status=Member.Status.SUSPENDED)

    response = open_hold()

    assert (response.status_code, response.json()["code"]) == (409, "member-not-active")
    assert Hold.objects.count() == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"points": 0},
        {"points": -1},
        {"points": "60"},
        {"points": 1.5},
        {"points": True},
        {"points": 2**63},
        {"points": 60, "lapses_in": 0},
        {"points": 60, "lapses_in": 30 * 24 * 3600 + 1},
        {"points": 60, "lapses_in": None},
        {"points": 60, "reference": "x" * 101},
        {"points": 60, "currency": "QUALIFYING"},
    ],
    ids=str,
)
def test_a_body_out_of_bounds_is_refused(shop, rich, body):
    response = shop.post(
        f"/v1/members/{rich.number}/holds", body, headers={"Idempotency-Key": "k"}
    )

    assert (response.status_code, response.json()["code"]) == (400, "invalid-request")
    assert Hold.objects.count() == 0


def test_it_needs_a_key(shop, rich):
    response = shop.post(f"/v1/members/{rich.number}/holds", {"points": 1})

    assert (response.status_code, response.json()["code"]) == (400, "idempotency-key-missing")


def test_all_of_it_is_spent(shop, open_hold, rich, now):
    hold = open_hold(60).json()

    response = shop.post(f"/v1/holds/{hold['id']}/capture", {})

    assert response.status_code == 200
    assert response.json() == {
        **hold,
        "captured": 60,
        "status": "CAPTURED",
        "ended_at": stamp(now),
    }
    assert available(rich) == 40


def test_fewer_are_spent_and_the_rest_goes_back(shop, open_hold, rich):
    hold = open_hold(60, reference="order:1").json()

    captured = shop.post(f"/v1/holds/{hold['id']}/capture", {"points": 45}).json()

    assert (captured["points"], captured["captured"], captured["status"]) == (60, 45, "CAPTURED")
    assert available(rich) == 55
    kinds = Entry.objects.filter(member=rich).order_by("seq").values_list("kind", "reference")
    assert list(kinds)[1:] == [
        ("HOLD", "order:1"),
        ("CAPTURE", "order:1"),
        ("VOID", "order:1"),
    ]


def test_capturing_again_answers_the_same_and_another_part_is_refused(shop, open_hold, rich, now):
    hold = open_hold(60).json()
    first = shop.post(f"/v1/holds/{hold['id']}/capture", {"points": 45})

    again = shop.post(f"/v1/holds/{hold['id']}/capture", {"points": 45})
    more = shop.post(f"/v1/holds/{hold['id']}/capture", {"points": 15})

    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert more.status_code == 409
    assert more.json() | {"type": "", "title": ""} == {
        "type": "",
        "title": "",
        "status": 409,
        "code": "hold-ended",
        "became": "CAPTURED",
        "ended_at": stamp(now),
        "captured": 45,
    }
    assert available(rich) == 55


def test_more_than_it_holds_is_refused(shop, open_hold, rich):
    hold = open_hold(60).json()

    response = shop.post(f"/v1/holds/{hold['id']}/capture", {"points": 61})

    assert response.status_code == 409
    assert response.json()["code"] == "hold-too-small"
    assert (response.json()["held"], response.json()["requested"]) == (60, 61)
    assert shop.get(f"/v1/holds/{hold['id']}").json()["status"] == "OPEN"
    assert available(rich) == 40


def test_it_is_given_back(shop, open_hold, rich, now):
    hold = open_hold(60).json()

    response = shop.post(f"/v1/holds/{hold['id']}/void", {})
    again = shop.post(f"/v1/holds/{hold['id']}/void", {})
    late = shop.post(f"/v1/holds/{hold['id']}/capture", {})

    assert response.json() == {**hold, "status": "VOIDED", "ended_at": stamp(now)}
    assert (again.json(), again["Idempotent-Replayed"]) == (response.json(), "true")
    assert (late.status_code, late.json()["became"]) == (409, "VOIDED")
    assert available(rich) == 100


def test_one_whose_time_ran_out_has_lapsed_before_any_job_comes(shop, open_hold, rich, now):
    hold = open_hold(60, lapses_in=60).json()

    with time_machine.travel(now + timedelta(seconds=60), tick=False):
        seen = shop.get(f"/v1/holds/{hold['id']}").json()
        refused = shop.post(f"/v1/holds/{hold['id']}/capture", {})
        left = available(rich)

    assert (seen["status"], seen["ended_at"]) == ("LAPSED", hold["lapses_at"])
    assert refused.status_code == 409
    assert (refused.json()["became"], refused.json()["ended_at"]) == ("LAPSED", hold["lapses_at"])
    assert left == 100


@pytest.mark.parametrize(
    "hold_id",
    [
        "1",
        "x-1",
        "{number}",
        "{number}-0",
        "{number}-1",
        "{number}-999999999999999999",
        "{number}-9999999999999999999999",
        "{number}--2",
        "{number}-２",
        "{other}-2",
        "123456789012-2",
        "' OR 1=1 --",
    ],
)
@pytest.mark.parametrize("page", ["", "/capture", "/void"])
def test_what_is_no_hold_of_the_member_is_not_found(shop, open_hold, rich, page, hold_id):
    open_hold(60)
    address = hold_id.format(number=rich.number, other=MemberFactory().number)

    request = shop.post if page else shop.get
    response = request(f"/v1/holds/{address}{page}", *([{}] if page else []))

    assert (response.status_code, response.json()["code"]) == (404, "hold-not-found")
    assert Hold.objects.get().status == "OPEN"


def test_only_keys_with_the_scope_may(shop_with, open_hold, rich):
    hold = open_hold(60).json()["id"]
    reader, writer = shop_with(Scope.MEMBERS_READ), shop_with(Scope.POINTS_WRITE)

    assert APIClient().get(f"/v1/holds/{hold}").status_code == 401
    assert writer.get(f"/v1/holds/{hold}").status_code == 403
    assert reader.post(f"/v1/holds/{hold}/capture", {}).status_code == 403
    assert reader.post(f"/v1/holds/{hold}/void", {}).status_code == 403
    assert reader.post(f"/v1/members/{rich.number}/holds", {"points": 1}).status_code == 403
    assert Hold.objects.get().status == "OPEN"
