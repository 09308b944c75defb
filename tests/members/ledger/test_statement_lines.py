"""Every kind of entry reads well, and says what it is about."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members import ledger
from members.ledger.lines import lines_of
from members.models import Entry
from tests.factories import TODAY, YESTERDAY, MemberFactory

LATER = TODAY + timedelta(days=1)


@pytest.fixture
def lines(member):
    """
    Return the statement, the oldest first, as it is read.
    """

    def read():
        entries = list(Entry.objects.filter(member=member, currency="REDEEMABLE").order_by("seq"))
        with timezone.override("Europe/Paris"):
            return [
                (line.sentence, line.points, line.balance)
                for line in lines_of(entries, member_id=member.pk, currency="REDEEMABLE")
            ]

    return read


def test_a_hold_is_told_from_beginning_to_end(member, give, lines):
    give(member, 100)
    first = ledger.open_hold(
        member_id=member.pk,
        points=60,
        key="h",
        at=TODAY,
        lapses_at=LATER,
        reference="order:1",
    )
    ledger.capture_hold(member_id=member.pk, number=first.seq, points=45, key="c", at=TODAY)
    ledger.open_hold(member_id=member.pk, points=10, key="h2", at=TODAY, lapses_at=LATER)
    ledger.settle(member_id=member.pk, currency="REDEEMABLE", at=LATER)

    assert lines() == [
        ("Earned", 100, 100),
        ("Held: order:1", 60, 100),
        ("Held points spent: set aside on 2026-03-01 · order:1", -45, 55),
        ("Hold given back: set aside on 2026-03-01 · order:1", 15, 55),
        ("Held", 10, 55),
        ("Hold lapsed: set aside on 2026-03-01", 10, 55),
    ]


def test_what_is_undone_names_what_it_undoes(member, give, lines):
    give(member, 100, at=YESTERDAY)
    ledger.redeem(member_id=member.pk, points=80, key="r", at=YESTERDAY, reference="order:1")
    ledger.reverse_redemption(
        member_id=member.pk, redemption_key="r", points=30, key="gb", at=TODAY, courtesy_until=None
    )
    ledger.reverse_accrual(
        member_id=member.pk, accrual_key="given:0", points=70, key="cb", at=TODAY
    )
    give(member, 15)

    assert lines()[2:] == [
        ("Given back: of 80 spent on 2026-02-28 · order:1", 30, 50),
        ("Taken back: of 100 earned on 2026-02-28", -50, 0),
        ("Taken back: of 100 earned on 2026-02-28; spent already, so owed", -20, -20),
        ("Earned", 15, -5),
        ("Debt repaid", 15, -5),
    ]


def test_what_time_did_says_when_the_points_were_earned(member, give, lines):
    give(member, 10, at=YESTERDAY, expires_at=LATER)
    give(member, 20, at=TODAY, expires_at=LATER)
    give(member, 5, at=TODAY, available_at=LATER)
    ledger.settle(member_id=member.pk, currency="REDEEMABLE", at=LATER)

    assert lines()[2:] == [
        ("Earned", 5, 30),
        ("Became available: earned on 2026-03-01", 5, 35),
        ("Expired: earned from 2026-02-28 to 2026-03-01", -30, 5),
    ]


def test_points_that_were_given_back_late_have_a_new_expiry(member, give, lines):
    give(member, 10, at=YESTERDAY, expires_at=TODAY)
    ledger.redeem(member_id=member.pk, points=10, key="r", at=YESTERDAY)
    ledger.reverse_redemption(
        member_id=member.pk,
        redemption_key="r",
        key="gb",
        at=TODAY,
        courtesy_until=TODAY + timedelta(days=30),
    )

    assert lines()[-1] == (
        "Given back, with a new expiry: of 10 spent on 2026-02-28",
        10,
        10,
    )


def test_what_staff_and_other_members_did_is_told_without_their_marks(member, give, lines):
    give(member, 10)
    ledger.adjust(
        member_id=member.pk,
        currency="REDEEMABLE",
        points=5,
        key="a",
        at=TODAY,
        reference="adjustment:goodwill",
    )
    ledger.transfer(
        from_member=member.pk,
        to_member=MemberFactory().pk,
        points=4,
        key="t",
        at=TODAY,
        daily_limit=10,
        day_start=YESTERDAY,
        reference="transfer:1111:2222",
    )

    assert lines()[1:] == [
        ("Adjusted by staff", 5, 15),
        ("Given to another member: to the card that ends in 2222", -4, 11),
    ]


def test_pending_points_that_are_taken_back_were_never_in_the_balance(member, give, lines):
    give(member, 10, available_at=LATER)
    ledger.reverse_accrual(
        member_id=member.pk, accrual_key="given:0", points=4, key="cb", at=TODAY
    )

    assert lines() == [("Earned", 10, 0), ("Taken back: of 10 earned on 2026-03-01", -4, 0)]


def test_the_length_of_a_page_changes_no_number_of_queries(
    member, give, django_assert_max_num_queries
):
    for n in range(1, 9):
        hold = (
            give(member, 10),
            ledger.open_hold(
                member_id=member.pk, points=5, key=f"h{n}", at=TODAY, lapses_at=LATER
            ),
        )
        ledger.void_hold(member_id=member.pk, number=hold[1].seq, key=f"v{n}", at=TODAY)
    entries = ledger.statement(member_id=member.pk, limit=5)

    with django_assert_max_num_queries(2):
        lines_of(entries, member_id=member.pk, currency="REDEEMABLE")
