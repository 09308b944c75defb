from datetime import timedelta

import pytest

from loyalty_program.errors import KeyReused
from members import ledger
from members.models import Entry, Event, Lot
from tests.factories import TODAY, TOMORROW

ACCRUAL = "given:0"


def reverse(member, points, *, key="return:1", at=TODAY, shortfall="DEBT", accrual_key=ACCRUAL):
    return ledger.reverse_accrual(
        member_id=member.id,
        accrual_key=accrual_key,
        points=points,
        key=key,
        at=at,
        shortfall=shortfall,
    )


def spend(member, points, *, key="order:1", at=TODAY):
    return ledger.redeem(member_id=member.id, points=points, key=key, at=at)


def balances(member, at=TODAY):
    view = ledger.wallet_of(member_id=member.id, at=at)
    return view.available, view.pending, view.debt


def clawbacks(member):
    rows = Entry.objects.filter(member=member, kind="CLAWBACK").order_by("seq")
    return list(rows.values_list("source", "amount", "lots", "takes"))


def outcome(reversal):
    return reversal.taken, reversal.owed, reversal.waived


def test_takes_from_its_own_lot_first(member, give):
    give(member, 100)
    give(member, 50, expires_at=TOMORROW)

    reversal = reverse(member, 60)

    assert outcome(reversal) == (60, 0, 0)
    assert (reversal.seq, reversal.available, reversal.is_replay) == (3, 90, False)
    assert clawbacks(member) == [("AVAILABLE", 60, [1], [-60])]
    entry = Entry.objects.get(kind="CLAWBACK")
    assert (entry.destination, entry.refers_to) == ("ISSUANCE", 1)
    assert Event.objects.get(type="points.taken_back").payload == {
        "currency": "REDEEMABLE",
        "points": 60,
        "owed": 0,
        "seq": 3,
        "accrual": 1,
    }


def test_takes_from_its_own_pending_lot(member, give):
    give(member, 100, available_at=TOMORROW)

    reversal = reverse(member, 60)

    assert outcome(reversal) == (60, 0, 0)
    assert clawbacks(member) == [("PENDING", 60, [1], [-60])]
    assert balances(member) == (0, 40, 0)
    assert balances(member, at=TOMORROW) == (40, 0, 0)


def test_takes_then_from_the_others_in_spending_order(member, give):
    give(member, 100, expires_at=TOMORROW)
    spend(member, 70)
    give(member, 50)
    give(member, 20, expires_at=TOMORROW + timedelta(days=1))

    reversal = reverse(member, 60)

    assert outcome(reversal) == (60, 0, 0)
    assert clawbacks(member) == [
        ("AVAILABLE", 30, [1], [-30]),
        ("AVAILABLE", 30, [4, 3], [-20, -10]),
    ]
    assert balances(member) == (40, 0, 0)


def test_owes_what_is_missing(member, give):
    give(member, 100)
    spend(member, 70)

    reversal = reverse(member, 100)

    assert outcome(reversal) == (30, 70, 0)
    assert (reversal.seq, reversal.available) == (3, 0)
    assert clawbacks(member) == [("AVAILABLE", 30, [1], [-30]), ("DEBT", 70, None, None)]
    assert balances(member) == (0, 0, 70)


def test_a_debt_is_repaid_first_by_the_next_earning(member, give):
    give(member, 100)
    spend(member, 100)
    reverse(member, 100)

    give(member, 60)
    assert balances(member) == (0, 0, 40)
    give(member, 60)

    assert balances(member) == (20, 0, 0)
    offsets = Entry.objects.filter(kind="OFFSET").values_list("amount", "lots", "takes")
    assert list(offsets) == [(60, [4], [-60]), (40, [6], [-40])]


def test_a_debt_waits_for_pending_points(member, give):
    give(member, 100)
    spend(member, 100)
    reverse(member, 100)
    give(member, 60, available_at=TOMORROW)

    assert balances(member) == (0, 60, 100)
    assert balances(member, at=TOMORROW) == (0, 0, 40)
    ledger.settle_due(at=TOMORROW)
    assert balances(member, at=TOMORROW) == (0, 0, 40)


def test_who_owes_can_spend_nothing(member, give, refused):
    give(member, 100)
    spend(member, 100)
    reverse(member, 100)

    with refused(ledger.InsufficientPoints, remembered=1, available=0, requested=1, short_by=1):
        spend(member, 1, key="order:2")


@pytest.mark.parametrize(
    ("shortfall", "expected", "left"),
    [
        ("DEBT", (40, 60, 0), (0, 0, 60)),
        ("FORGIVE", (40, 0, 60), (0, 0, 0)),
        ("UNSPENT", (30, 0, 70), (10, 0, 0)),
    ],
)
def test_how_far_it_goes_says_the_shortfall(member, give, shortfall, expected, left):
    give(member, 100, expires_at=TOMORROW)
    spend(member, 70)
    give(member, 10)

    reversal = reverse(member, 100, shortfall=shortfall)

    assert outcome(reversal) == expected
    assert balances(member) == left


def test_refuse_takes_all_or_nothing(member, give, refused):
    give(member, 100)
    spend(member, 70)
    give(member, 10)

    for n in range(2):
        with refused(
            ledger.InsufficientPoints,
            remembered=1 - n,
            available=40,
            requested=41,
            short_by=1,
        ):
            reverse(member, 41, shortfall="REFUSE")

    assert outcome(reverse(member, 40, key="return:2", shortfall="REFUSE")) == (40, 0, 0)


def test_never_takes_more_than_was_earned(member, give):
    give(member, 100)
    give(member, 500)

    assert outcome(reverse(member, 70, key="return:1")) == (70, 0, 0)
    assert outcome(reverse(member, 70, key="return:2")) == (30, 0, 40)
    last = reverse(member, 70, key="return:3")

    assert outcome(last) == (0, 0, 70)
    assert (last.seq, last.available, last.is_replay) == (None, 500, False)
    assert reverse(member, 70, key="return:3").is_replay
    assert balances(member) == (500, 0, 0)


def test_what_expired_counts_as_taken_back(member, give):
    give(member, 100, expires_at=TOMORROW)
    spend(member, 70)
    give(member, 500)

    reversal = reverse(member, 100, at=TOMORROW)

    assert outcome(reversal) == (70, 0, 30)
    assert balances(member, at=TOMORROW) == (430, 0, 0)


def test_takes_nothing_twice_that_came_back_and_expired(member, give):
    give(member, 100, expires_at=TOMORROW)
    spend(member, 60)
    reverse(member, 100)
    ledger.reverse_redemption(
        member_id=member.id,
        redemption_key="order:1",
        key="return:2",
        at=TOMORROW,
        courtesy_until=None,
    )
    give(member, 40, at=TOMORROW)

    reversal = reverse(member, 10, key="return:3", at=TOMORROW)

    assert outcome(reversal) == (0, 0, 10)
    assert balances(member, at=TOMORROW) == (0, 0, 20)


def test_goes_on_while_the_wallet_is_frozen(member, give):
    give(member, 100)
    ledger.freeze(member_id=member.id, currency="REDEEMABLE", because="So.", at=TODAY)

    assert outcome(reverse(member, 60)) == (60, 0, 0)


def test_held_points_are_out_of_reach(member, give):
    give(member, 100)
    ledger.open_hold(member_id=member.id, points=80, key="o", at=TODAY, lapses_at=TOMORROW)

    assert outcome(reverse(member, 100)) == (20, 80, 0)
    ledger.settle_due(at=TOMORROW)

    assert balances(member, at=TOMORROW) == (0, 0, 0)


def test_repeated_takes_once(member, give, nothing_changes):
    give(member, 100)
    spend(member, 70)
    first = reverse(member, 60)

    with nothing_changes():
        again = reverse(member, 60, at=TOMORROW)

    assert outcome(again) == outcome(first) == (30, 30, 0)
    assert (again.seq, again.available, again.is_replay) == (first.seq, 0, True)


def test_refuses_another_request_under_the_same_key(member, give, refused):
    give(member, 100)
    give(member, 100)
    reverse(member, 60)

    with refused(KeyReused):
        reverse(member, 61)
    with refused(KeyReused):
        reverse(member, 60, shortfall="FORGIVE")
    with refused(KeyReused):
        reverse(member, 60, accrual_key="given:1")
    with refused(KeyReused):
        reverse(member, 60, key="given:1")


def test_what_was_never_accrued_is_not_found(member, give, refused):
    give(member, 100)
    spend(member, 10, key="order:1")

    with refused(ledger.AccrualNotFound, key="purchase:9"):
        reverse(member, 10, accrual_key="purchase:9")
    with refused(ledger.AccrualNotFound, key="order:1"):
        reverse(member, 10, accrual_key="order:1")


@pytest.mark.parametrize("points", [0, -1])
def test_only_takes_a_positive_number(member, give, refused, points):
    give(member, 100)

    with refused(ValueError):
        reverse(member, points)


def test_takes_qualifying_points_back_under_their_own_event(member, give):
    give(member, 100, currency="QUALIFYING")

    ledger.reverse_accrual(
        member_id=member.id,
        accrual_key=ACCRUAL,
        points=30,
        key="return:1",
        at=TODAY,
        currency="QUALIFYING",
    )

    assert Event.objects.filter(type="qualifying.taken_back").count() == 1
    assert Lot.objects.get().remaining == 70
