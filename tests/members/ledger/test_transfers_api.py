"""Members give points to each other, where the programme lets them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members import ledger
from members.access import Scope
from members.models import Entry
from tests.factories import LONG_AGO, MemberFactory, PolicyFactory, ProgrammeFactory


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def policy(db):
    ProgrammeFactory()
    return PolicyFactory(starts_at=LONG_AGO, transfer_daily_limit=150)


@pytest.fixture
def friend(db):
    return MemberFactory()


@pytest.fixture
def transfer(shop, member, give, friend, now):
    give(member, 200, expires_at=now + timedelta(days=30), at=now)

    def ask(points, *, to=None, key="k-1"):
        return shop.post(
            f"/v1/members/{member.number}/transfers",
            {"to": to or friend.number, "points": points},
            headers={"Idempotency-Key": key},
        )

    return ask


def available(member):
    return ledger.wallet_of(member_id=member.pk, at=timezone.now()).available


def test_points_go_over_and_keep_their_expiry(policy, transfer, member, friend, now):
    response = transfer(120)

    assert response.status_code == 201
    assert response.json() == {
        "from": member.number,
        "to": friend.number,
        "points": 120,
        "seq": 2,
        "available": 80,
    }
    wallet = ledger.wallet_of(member_id=friend.pk, at=now)
    assert wallet.expiring == [ledger.Expiring(120, now + timedelta(days=30))]


def test_both_statements_say_whose_card_it_was(policy, transfer, shop, member, friend):
    transfer(120)

    def last(of):
        entries = shop.get(f"/v1/members/{of.number}/entries").json()["results"]
        return entries[0]["kind"], entries[0]["points"], entries[0]["description"]

    given = f"Given to another member: to the card that ends in {friend.number[-4:]}"
    got = f"Received from another member: from the card that ends in {member.number[-4:]}"
    assert last(member) == ("TRANSFER_OUT", -120, given)
    assert last(friend) == ("TRANSFER_IN", 120, got)


def test_a_repeat_gives_nothing_more(policy, transfer, member, friend):
    first = transfer(120)

    again = transfer(120)

    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert (available(member), available(friend)) == (80, 120)


def test_more_than_a_days_limit_is_refused_in_numbers(policy, transfer, member, friend):
    transfer(120)

    response = transfer(31, key="k-2")

    assert response.status_code == 409
    told = response.json()
    assert (told["code"], told["limit"], told["used"], told["requested"]) == (
        "transfer-limit",
        150,
        120,
        31,
    )
    assert (available(member), available(friend)) == (80, 120)
    assert transfer(30, key="k-3").status_code == 201


def test_where_the_policy_allows_none_that_is_said(transfer, member, friend):
    ProgrammeFactory()
    PolicyFactory(starts_at=LONG_AGO)

    response = transfer(1)

    assert (response.status_code, response.json()["code"]) == (409, "transfers-off")
    assert (available(member), available(friend)) == (200, 0)


def test_nobody_gives_points_to_themselves(policy, transfer, member):
    response = transfer(1, to=member.number)

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/to"
    assert Entry.objects.count() == 1


@pytest.mark.parametrize("to", ["123456789012", "x", "9" * 32])
def test_a_receiver_who_is_no_member_is_not_found(policy, transfer, member, to):
    response = transfer(1, to=to)

    assert (response.status_code, response.json()["code"]) == (404, "member-not-found")
    assert available(member) == 200


def test_only_keys_that_move_points_may(shop_with, member):
    reader = shop_with(Scope.MEMBERS_READ)

    assert reader.post(f"/v1/members/{member.number}/transfers", {}).status_code == 403
