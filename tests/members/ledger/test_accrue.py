from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Event, Lot, Wallet, Work
from tests.database import acting_as
from tests.factories import TODAY, TOMORROW, YESTERDAY

DAY = timedelta(days=1)


def accrue(member, points=100, **changes):
    request = {
        "member_id": member.id,
        "currency": ledger.Currency.REDEEMABLE,
        "points": points,
        "key": "purchase:1",
        "expires_at": None,
        "at": TODAY,
    }
    return ledger.accrue(**request | changes)


def wallet(member, at=TODAY):
    return ledger.wallet_of(member_id=member.id, at=at)


def test_adds_points_as_a_lot(member):
    posting = accrue(member, 100, expires_at=TOMORROW, reference="purchase till:1")

    assert (posting.seq, posting.available, posting.is_replay) == (1, 100, False)
    lot = Lot.objects.get(member=member)
    assert (lot.number, lot.amount, lot.remaining, lot.state) == (1, 100, 100, "OPEN")
    assert (lot.available_at, lot.expires_at) == (TODAY, TOMORROW)
    entry = Entry.objects.get(member=member)
    assert (entry.kind, entry.source, entry.destination) == ("ACCRUE", "ISSUANCE", "AVAILABLE")
    assert (entry.amount, entry.available_after) == (100, 100)
    assert entry.reference == "purchase till:1"


def test_numbers_entries_without_gaps(member):
    postings = [accrue(member, points, key=f"k{points}") for points in (10, 20, 30)]

    assert [posting.seq for posting in postings] == [1, 2, 3]
    assert [posting.available for posting in postings] == [10, 30, 60]


def test_tells_what_happened(member):
    accrue(member, 100)

    event = Event.objects.get(member=member)
    assert event.type == "points.accrued"
    assert event.payload == {"currency": "REDEEMABLE", "points": 100, "seq": 1}
    assert not Work.objects.exists()


def test_gives_the_subscribers_of_qualifying_points_their_work(member):
    accrue(member, 100, currency=ledger.Currency.QUALIFYING)

    event = Event.objects.get(member=member)
    work = Work.objects.get()
    assert event.type == "qualifying.accrued"
    assert (work.task, work.member_id, work.event_id) == (
        "members.tiers.evaluate",
        member.id,
        event.id,
    )


def test_repeated_changes_nothing(member):
    first = accrue(member, 100)
    accrue(member, 50, key="purchase:2")

    again = accrue(member, 100, at=TOMORROW)

    assert (again.seq, again.available, again.is_replay) == (first.seq, 100, True)
    assert wallet(member).available == 150
    assert Entry.objects.count() == Event.objects.count() == 2


def test_repeated_leaves_the_wallet_in_each_column_as_it_was(member):
    accrue(member, 100, expires_at=TODAY + 90 * DAY)
    accrue(member, 50, key="purchase:2", expires_at=TODAY + 60 * DAY)
    before = Wallet.objects.values().get()

    accrue(member, 100, expires_at=TODAY + 30 * DAY, at=TOMORROW)

    assert Wallet.objects.values().get() == before


def test_refuses_another_request_under_the_same_key(member):
    accrue(member, 100)

    with pytest.raises(KeyReused), transaction.atomic():
        accrue(member, 101)

    assert wallet(member).available == 100
    assert Entry.objects.count() == 1


def test_keeps_the_wallets_of_two_currencies_apart(member):
    accrue(member, 100)
    accrue(member, 7, currency=ledger.Currency.QUALIFYING)

    redeemable, qualifying = ledger.wallets_of(member_id=member.id, at=TODAY)
    assert (redeemable.currency, redeemable.available) == ("REDEEMABLE", 100)
    assert (qualifying.currency, qualifying.available) == ("QUALIFYING", 7)


def test_is_pending_until_it_is_available(member):
    accrue(member, 100, available_at=TOMORROW)

    today, tomorrow = wallet(member), wallet(member, at=TOMORROW)
    assert (today.available, today.pending) == (0, 100)
    assert (tomorrow.available, tomorrow.pending) == (100, 0)
    with pytest.raises(ledger.InsufficientPoints):
        ledger.redeem(member_id=member.id, points=1, key="early", at=TODAY)
    assert ledger.redeem(member_id=member.id, points=100, key="late", at=TOMORROW).available == 0


def test_never_books_before_the_last_entry(member):
    accrue(member, 1, key="k1", at=TODAY)
    accrue(member, 1, key="k2", at=YESTERDAY)

    assert {entry.booked_at for entry in Entry.objects.all()} == {TODAY}


def test_keeps_the_moment_in_business_apart_from_that_of_booking(member):
    accrue(member, 1, occurred_at=YESTERDAY)

    entry = Entry.objects.get()
    assert (entry.occurred_at, entry.booked_at) == (YESTERDAY, TODAY)
    assert Lot.objects.get().available_at == YESTERDAY


@pytest.mark.parametrize("points", [0, -5])
def test_only_adds_a_positive_number(member, points):
    with pytest.raises(ValueError, match="positive"):
        accrue(member, points)

    assert not Entry.objects.exists()


def test_the_database_refuses_points_that_expire_before_they_are_available(member):
    with pytest.raises(IntegrityError), transaction.atomic():
        accrue(member, 1, available_at=TOMORROW, expires_at=TODAY)

    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE members_entry SET amount = 1000000",
        "DELETE FROM members_entry",
        "TRUNCATE members_entry",
    ],
)
def test_an_entry_is_never_changed_not_even_by_the_owner(member, statement):
    accrue(member, 100)

    with (
        pytest.raises(Exception, match="Cannot"),
        transaction.atomic(),
        acting_as("owner"),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert Entry.objects.get().amount == 100


def test_settles_first_what_is_due(member):
    accrue(member, 100, key="k1", expires_at=TOMORROW)

    accrue(member, 5, key="k2", at=TOMORROW + timedelta(hours=1))

    kinds = [entry.kind for entry in Entry.objects.order_by("seq")]
    assert kinds == ["ACCRUE", "EXPIRE", "ACCRUE"]
    assert wallet(member).available == 5


def test_refuses_a_key_under_which_a_redemption_was_refused(member):
    accrue(member, 10)
    with pytest.raises(ledger.InsufficientPoints):
        ledger.redeem(member_id=member.id, points=50, key="order:1", at=TODAY)

    with pytest.raises(KeyReused), transaction.atomic():
        accrue(member, 50, key="order:1")
    with pytest.raises(KeyReused), transaction.atomic():
        ledger.accrue_many(
            currency="REDEEMABLE", accruals=[ledger.Accrual(member.id, 50, "order:1")], at=TODAY
        )

    assert wallet(member).available == 10


def test_points_that_are_over_already_expire_at_once(member):
    posting = accrue(member, 100, occurred_at=YESTERDAY - DAY, expires_at=YESTERDAY)

    assert (posting.seq, posting.available) == (1, 100)
    assert movements(member) == [("ACCRUE", 100), ("EXPIRE", 0)]
    assert wallet(member).available == 0
    assert Wallet.objects.get(member=member).due_at is None
    lot = Lot.objects.get()
    assert (lot.state, lot.remaining, lot.expired) == ("CLOSED", 0, 100)
    assert (lot.available_at, lot.expires_at) == (YESTERDAY - DAY, YESTERDAY)
    assert [event.type for event in Event.objects.order_by("id")] == [
        "points.accrued",
        "points.expired",
    ]


@pytest.mark.parametrize("expires_at", [YESTERDAY, TODAY])
def test_also_where_nothing_says_since_when_they_were_available(member, expires_at):
    accrue(member, 100, expires_at=expires_at)

    assert movements(member) == [("ACCRUE", 100), ("EXPIRE", 0)]
    assert Lot.objects.get().expires_at == expires_at


def test_also_where_the_clock_was_set_back(member):
    accrue(member, 1, key="k1", at=TOMORROW)

    accrue(member, 100, key="k2", at=TODAY, expires_at=TODAY + timedelta(hours=1))

    assert movements(member) == [("ACCRUE", 1), ("ACCRUE", 101), ("EXPIRE", 1)]
    assert wallet(member, at=TOMORROW).available == 1


def test_repeated_they_are_not_given_again(member):
    first = accrue(member, 100, expires_at=YESTERDAY)

    again = accrue(member, 100, expires_at=YESTERDAY, at=TOMORROW)

    assert again == replace(first, is_replay=True)
    assert movements(member) == [("ACCRUE", 100), ("EXPIRE", 0)]


def test_points_that_are_over_repay_no_debt(member):
    owe(member, 30)

    accrue(member, 100, key="late", occurred_at=YESTERDAY - DAY, expires_at=YESTERDAY)

    assert movements(member)[-2:] == [("ACCRUE", 100), ("EXPIRE", 0)]
    assert wallet(member).debt == 30


def owe(member, points):
    accrue(member, points, key="returned")
    ledger.redeem(member_id=member.id, points=points, key="spent", at=TODAY)
    ledger.reverse_accrual(
        member_id=member.id, accrual_key="returned", points=points, key="return", at=TODAY
    )


def movements(member):
    """
    Return what was booked, with the points available after it.
    """
    entries = Entry.objects.filter(member=member).order_by("seq")
    return list(entries.values_list("kind", "available_after"))
