from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from members import ledger
from members.access import Scope
from tests.factories import MemberFactory

NOTHING = {
    "balance": 0,
    "held": 0,
    "pending": 0,
    "available": 0,
    "debt": 0,
    "expiring": [],
}


def stamp(moment):
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def wallets(reader):
    """
    Ask for a member's wallets.
    """

    def wallets_of(member):
        response = reader.get(f"/v1/members/{member.number}/wallets")
        assert response.status_code == 200
        return response.json()

    return wallets_of


@pytest.fixture
def entries(reader):
    """
    Ask for a member's statement.
    """

    def entries_of(member, **query):
        response = reader.get(f"/v1/members/{member.number}/entries", query)
        assert response.status_code == 200, response.json()
        return response.json()

    return entries_of


def test_a_member_who_holds_nothing_has_empty_wallets(wallets, member):
    assert wallets(member) == {
        "results": [
            {"currency": "REDEEMABLE", **NOTHING},
            {"currency": "QUALIFYING", **NOTHING},
        ],
        "next": None,
    }


def test_each_wallet_shows_its_balances_and_what_expires_when(wallets, give, member, now):
    soon, later = now + timedelta(days=10), now + timedelta(days=40)
    give(member, 30, expires_at=later, at=now)
    give(member, 20, expires_at=soon, at=now)
    give(member, 5, expires_at=later, at=now)
    give(member, 7, available_at=now + timedelta(days=5), at=now)
    give(member, 9, currency="QUALIFYING", at=now)

    redeemable, qualifying = wallets(member)["results"]

    assert redeemable == {
        "currency": "REDEEMABLE",
        "balance": 55,
        "held": 0,
        "pending": 7,
        "available": 55,
        "debt": 0,
        "expiring": [
            {"points": 20, "expires_at": stamp(soon)},
            {"points": 35, "expires_at": stamp(later)},
        ],
    }
    assert qualifying == {"currency": "QUALIFYING", **NOTHING, "balance": 9, "available": 9}


def test_points_that_have_expired_are_gone_before_the_job_comes(wallets, give, member, now):
    long_ago = now - timedelta(days=40)
    give(member, 30, expires_at=now - timedelta(days=1), at=long_ago)

    assert wallets(member)["results"][0] == {"currency": "REDEEMABLE", **NOTHING}


def test_the_number_of_lots_does_not_change_the_number_of_queries(
    reader, give, now, django_assert_num_queries
):
    newcomer, regular = MemberFactory.create_batch(2)
    for days in range(1, 6):
        give(regular, 10, expires_at=now + timedelta(days=days), at=now)

    for member in (newcomer, regular):
        # The key, the member, the wallets, their lots.
        with django_assert_num_queries(4):
            reader.get(f"/v1/members/{member.number}/wallets")


def test_the_statement_tells_the_newest_first(entries, give, member, now):
    give(member, 100, at=now - timedelta(days=2), expires_at=now + timedelta(days=30))
    give(member, 50, at=now - timedelta(days=1), available_at=now + timedelta(days=1))
    ledger.redeem(member_id=member.id, points=30, key="order:1", at=now, reference="order:1")

    statement = entries(member)

    assert statement["next"] is None
    assert statement["results"] == [
        {
            "seq": 3,
            "currency": "REDEEMABLE",
            "kind": "REDEEM",
            "points": -30,
            "balance_after": 70,
            "pending_after": 50,
            "occurred_at": stamp(now),
            "booked_at": stamp(now),
            "source": "order:1",
            "refers_to": None,
            "description": "Redeemed: order:1",
            "lots": [{"lot": 1, "points": -30}],
        },
        {
            "seq": 2,
            "currency": "REDEEMABLE",
            "kind": "ACCRUE",
            "points": 50,
            "balance_after": 100,
            "pending_after": 50,
            "occurred_at": stamp(now - timedelta(days=1)),
            "booked_at": stamp(now - timedelta(days=1)),
            "source": "",
            "refers_to": None,
            "description": "Earned",
            "lots": [{"lot": 2, "points": 50}],
        },
        {
            "seq": 1,
            "currency": "REDEEMABLE",
            "kind": "ACCRUE",
            "points": 100,
            "balance_after": 100,
            "pending_after": 0,
            "occurred_at": stamp(now - timedelta(days=2)),
            "booked_at": stamp(now - timedelta(days=2)),
            "source": "",
            "refers_to": None,
            "description": "Earned",
            "lots": [{"lot": 1, "points": 100}],
        },
    ]


def test_a_release_moves_points_from_pending_to_the_balance(entries, give, member, now):
    give(member, 50, at=now - timedelta(days=2), available_at=now - timedelta(days=1))
    ledger.settle_due(at=now)

    release, _accrual = entries(member)["results"]

    assert (release["kind"], release["points"]) == ("RELEASE", 0)
    assert (release["balance_after"], release["pending_after"]) == (50, 0)
    assert release["lots"] == [{"lot": 1, "points": 0}]


def test_the_currency_chooses_the_wallet(entries, give, member, now):
    give(member, 10, at=now)
    give(member, 20, currency="QUALIFYING", at=now)

    assert [entry["points"] for entry in entries(member)["results"]] == [10]
    assert [entry["points"] for entry in entries(member, currency="REDEEMABLE")["results"]] == [10]
    assert [entry["points"] for entry in entries(member, currency="QUALIFYING")["results"]] == [20]


def test_pages_follow_each_other_while_new_entries_arrive(reader, entries, give, member, now):
    for points in (1, 2, 3, 4, 5):
        give(member, points, at=now)

    first = entries(member, limit=2)
    give(member, 6, at=now)
    second = reader.get(first["next"]).json()
    third = reader.get(second["next"]).json()

    pages = [[entry["points"] for entry in page["results"]] for page in (first, second, third)]
    assert pages == [[5, 4], [3, 2], [1]]
    assert third["next"] is None


def test_a_cursor_of_one_wallet_is_no_good_for_another(reader, entries, give, member, now):
    for currency in ledger.Currency:
        give(member, 1, currency=currency, at=now)
        give(member, 2, currency=currency, at=now)
    following = entries(member, currency="REDEEMABLE", limit=1)["next"]

    response = reader.get(following.replace("REDEEMABLE", "QUALIFYING"))

    assert response.status_code == 400
    assert response.json()["code"] == "invalid-cursor"


@pytest.mark.parametrize("currency", ["", "redeemable", "EUR", "1"])
def test_an_unknown_currency_is_refused(reader, member, currency):
    response = reader.get(f"/v1/members/{member.number}/entries", {"currency": currency})

    assert response.status_code == 400
    assert response.json()["code"] == "invalid-parameter"
    assert response.json()["parameter"] == "currency"


def test_the_length_of_the_statement_does_not_change_the_number_of_queries(
    reader, give, now, django_assert_num_queries
):
    newcomer, regular = MemberFactory.create_batch(2)
    for points in range(1, 10):
        give(regular, points, at=now)

    for member in (newcomer, regular):
        # The key, the member, the programme's time zone, the entries.
        with django_assert_num_queries(4):
            reader.get(f"/v1/members/{member.number}/entries")


@pytest.mark.parametrize("page", ["wallets", "entries"])
def test_an_unknown_member_is_not_found(reader, page):
    response = reader.get(f"/v1/members/123456789012/{page}")

    assert response.status_code == 404
    assert response.json()["code"] == "member-not-found"


@pytest.mark.parametrize("page", ["wallets", "entries"])
def test_only_keys_with_the_scope_may_read(shop_with, member, page):
    address = f"/v1/members/{member.number}/{page}"

    assert APIClient().get(address).status_code == 401
    assert shop_with(Scope.POINTS_WRITE).get(address).status_code == 403
    assert shop_with(Scope.MEMBERS_READ).post(address).status_code == 405
