from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError, connection, transaction

from loyalty_program.errors import KeyReused
from members import access, adjustments, approvals, ledger, profiles
from members.approvals import Actor
from members.models import Adjustment, AdjustmentLimit, Approval, Entry, Event, StaffMember
from tests.factories import TODAY, TOMORROW, MemberFactory
from tests.members.adjustments.conftest import staff


def test_points_are_added_and_expire_by_the_policy(adjust, available, clerk, member):
    outcome = adjust(100, reason="  Lost receipt ", category="MISSING_PURCHASE")

    adjustment = Adjustment.objects.get()
    assert (outcome.adjustment, outcome.approval, outcome.is_replay) == (adjustment, None, False)
    assert (adjustment.points, adjustment.reason, adjustment.category) == (
        100,
        "Lost receipt",
        "MISSING_PURCHASE",
    )
    assert (adjustment.requested_by, adjustment.approval) == (clerk, None)
    assert (adjustment.seq, adjustment.available) == (1, 100)
    entry = Entry.objects.get()
    assert (entry.kind, entry.amount, entry.reference) == (
        "ADJUST",
        100,
        "adjustment:missing_purchase",
    )
    (lot,) = ledger.open_lots(member_id=member.pk, at=TODAY)
    assert lot.expires_at == datetime(2027, 3, 31, 22, tzinfo=UTC)
    assert available() == 100
    assert Event.objects.get().type == "points.adjusted"


def test_points_are_taken(adjust, available, give, member):
    give(member, 150)

    adjust(-100)

    assert available() == 50
    assert Adjustment.objects.get().points == -100


def test_qualifying_points_do_not_expire(adjust, member):
    adjust(100, currency="QUALIFYING")

    (lot,) = ledger.open_lots(member_id=member.pk, at=TODAY, currency="QUALIFYING")
    assert lot.expires_at is None
    assert Event.objects.get().type == "qualifying.adjusted"


def test_more_than_there_are_is_not_taken(adjust, available, give, member):
    give(member, 40)

    with pytest.raises(ledger.InsufficientPoints) as refusal:
        adjust(-60)

    assert refusal.value.facts == {"available": 40, "requested": 60, "short_by": 20}
    assert not Adjustment.objects.exists()
    assert available() == 40


def test_a_frozen_wallet_is_added_to_and_not_taken_from(adjust, available, give, member):
    give(member, 40)
    ledger.freeze(member_id=member.pk, currency="REDEEMABLE", because="Check", at=TODAY)

    adjust(10)
    with pytest.raises(ledger.WalletFrozen):
        adjust(-10)

    assert available() == 50


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 251, "a\x00b"])
def test_a_reason_is_needed(adjust, available, reason):
    with pytest.raises(profiles.ReasonInvalid):
        adjust(10, reason=reason)

    assert not Adjustment.objects.exists()
    assert available() == 0


def test_a_closed_membership_is_left_alone(adjust, available, member):
    profiles.close(member_id=member.pk, reason="Asked for it", at=TODAY)

    with pytest.raises(profiles.MemberClosed):
        adjust(10)

    assert available() == 0


def test_a_repeat_gets_the_first_outcome(adjust, available):
    first, again = adjust(10, key="k"), adjust(10, key="k", at=TOMORROW)

    assert (again.adjustment, again.is_replay) == (first.adjustment, True)
    assert available() == 10


@pytest.mark.parametrize(
    "other",
    [{"points": 20}, {"reason": "Another"}, {"currency": "QUALIFYING"}, {"category": "ABUSE"}],
)
def test_another_request_under_the_key_is_refused(adjust, available, other):
    adjust(10, key="k")

    with pytest.raises(KeyReused):
        adjust(**{"points": 10, "key": "k"} | other)

    assert available() == 10


def test_another_member_under_the_key_is_refused(adjust, available):
    adjust(10, key="k")

    with pytest.raises(KeyReused):
        adjust(10, key="k", member=MemberFactory())

    assert Adjustment.objects.count() == 1


def test_two_people_may_use_the_same_key(adjust, available, manager):
    adjust(10, key="k")
    adjust(10, key="k", by=manager)

    assert available() == 20


@pytest.mark.parametrize("points", [101, -101])
def test_beyond_the_limit_nothing_moves_until_somebody_approves(
    adjust, available, give, member, clerk, points
):
    give(member, 500)

    outcome = adjust(points, key="k")

    assert (outcome.adjustment, outcome.is_replay) == (None, False)
    assert (outcome.approval.requested_by, outcome.approval.concerns) == (clerk, [member.pk])
    assert outcome.approval.expires_at == TODAY + timedelta(days=7)
    assert available() == 500
    assert not Adjustment.objects.exists()
    again = adjust(points, key="k")
    assert (again.approval, again.is_replay) == (outcome.approval, True)
    with pytest.raises(KeyReused):
        adjust(1, key="k")


def test_a_day_has_a_limit_for_added_and_taken_points_together(adjust, available):
    adjust(100)
    adjust(-80)
    adjust(70)

    assert adjust(1).approval
    assert available() == 90
    assert Adjustment.objects.count() == 3


def test_the_day_is_that_of_the_programme(adjust):
    last_minute = datetime(2026, 3, 1, 22, 59, tzinfo=UTC)
    for _ in range(5):
        adjust(50, at=last_minute)

    assert adjust(50, at=last_minute).approval
    assert adjust(50, at=last_minute + timedelta(minutes=1)).adjustment


def test_without_a_limit_everything_waits(adjust, available):
    assert adjust(1, by=staff("visitor")).approval

    assert available() == 0


def test_the_best_limit_of_somebodys_groups_counts(adjust, clerk):
    more = Group.objects.create(name="more at a time")
    AdjustmentLimit.objects.create(group=more, per_adjustment=200, per_day=200)
    clerk.groups.add(more)

    assert adjust(200).adjustment
    assert adjust(50).adjustment
    assert adjust(1).approval


def test_a_shop_has_the_limit_of_its_key(adjust, till):
    shop = Actor.shop(till)

    assert adjust(51, by=shop).approval
    assert adjust(50, by=shop).adjustment
    assert adjust(-30, by=shop).adjustment.requested_with == till
    assert adjust(1, by=shop).approval


def test_a_key_that_replaces_another_has_what_is_left_of_its_limit(adjust, till):
    adjust(50, by=Actor.shop(till))
    following, _secret = access.rotate_key(key_id=till.pk, grace=timedelta(days=1), at=TODAY)

    assert adjust(31, by=Actor.shop(following)).approval
    assert adjust(30, by=Actor.shop(following)).adjustment


def test_nobody_adjusts_their_own_account(adjust, available, clerk, member):
    StaffMember.objects.create(user=clerk, member=member)

    for points in (1, 101):
        with pytest.raises(approvals.OwnAccount):
            adjust(points)

    assert not Approval.objects.exists()
    assert available() == 0


def test_nobody_adjusts_an_account_with_their_e_mail(adjust, available, clerk, member):
    profiles.correct(member_id=member.pk, email="clerk@example.com", at=TODAY)
    clerk.email = "clerk@example.com"
    clerk.save()

    with pytest.raises(approvals.OwnAccount):
        adjust(1)

    assert available() == 0


def execute(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def insert(**other):
    """
    Write a copy of the adjustment past the verb.
    """
    adjustment = Adjustment.objects.get()
    values = {
        field.attname: getattr(adjustment, field.attname)
        for field in Adjustment._meta.concrete_fields
    }
    with transaction.atomic():
        Adjustment.objects.create(**values | {"id": None, "seq": 99, "key": "another"} | other)


def test_the_database_refuses_an_adjustment_of_ones_own(adjust, clerk, member):
    adjust(10)
    StaffMember.objects.create(user=clerk, member=member)

    with pytest.raises(DatabaseError, match="their own account"):
        insert()

    assert Adjustment.objects.count() == 1


def test_the_database_refuses_more_than_the_limit_without_an_approval(adjust, till):
    adjust(10)

    for other in (
        {"points": 101},
        {"points": -101},
        {"requested_by_id": staff("visitor").pk},
        {"requested_by_id": None, "requested_with_id": till.pk, "points": 51},
    ):
        with pytest.raises(DatabaseError, match="need an approval"):
            insert(**other)
    insert(points=100)

    assert Adjustment.objects.count() == 2


def test_the_database_refuses_what_was_not_approved(adjust, approve):
    adjust(10)
    outcome = adjust(500, key="k")

    with pytest.raises(DatabaseError, match="not what was approved"):
        insert(points=500, approval_id=outcome.approval.pk, key="k")

    assert Adjustment.objects.count() == 1


@pytest.mark.parametrize(
    ("other", "guard"),
    [
        ({"points": 0}, "adjustment_moves_points"),
        ({"reason": " "}, "adjustment_has_a_reason"),
        ({"key": "k-0"}, "adjustment_is_made_once"),
        ({"seq": 1}, "adjustment_has_its_own_entry"),
    ],
)
def test_the_database_refuses_nonsense(adjust, other, guard):
    adjust(10)

    with pytest.raises(IntegrityError, match=guard):
        insert(**other)

    assert Adjustment.objects.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE members_adjustment SET points = 5",
        "DELETE FROM members_adjustment",
        "TRUNCATE members_adjustment",
    ],
)
def test_what_was_adjusted_stays_on_record(adjust, statement):
    adjust(10)

    with pytest.raises(DatabaseError, match=r"[Cc]annot|denied"), transaction.atomic():
        execute("SET CONSTRAINTS ALL IMMEDIATE", statement)

    assert Adjustment.objects.get().points == 10


def test_what_was_adjusted_is_told_the_newest_first(adjust, member):
    for points in (1, 2, 3):
        adjust(points)
    adjust(9, member=MemberFactory())

    told = adjustments.adjustments_of(member_id=member.pk, limit=2)
    assert [adjustment.points for adjustment in told] == [3, 2]
    rest = adjustments.adjustments_of(member_id=member.pk, limit=2, before=told[-1].pk)
    assert [adjustment.points for adjustment in rest] == [1]
