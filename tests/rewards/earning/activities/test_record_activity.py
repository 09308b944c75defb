from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import DatabaseError, transaction

from loyalty_program.errors import KeyReused
from members import ledger, profiles
from members.ledger import Currency
from members.models import Event, Lot, Member, Policy, Store
from members.profiles import MemberNotActive, MemberNotFound
from members.programme import StoreNotFound
from rewards.earning.errors import (
    ActivityInTheFuture,
    ActivityReportedByEngine,
    ActivityTooOld,
    ActivityTypeNotActive,
    ActivityTypeNotFound,
)
from rewards.models import Activity, ActivityReceipt, ActivityType, CapUse
from tests.factories import TODAY, TOMORROW, YESTERDAY, MemberFactory, StoreFactory

MINUTE = timedelta(minutes=1)
END_OF_MARCH_2027 = datetime(2027, 3, 31, 22, tzinfo=UTC)


def balance(member, currency=Currency.REDEEMABLE, at=TODAY):
    return ledger.wallet_of(member_id=member.id, currency=currency, at=at).balance


def nothing_happened():
    return not (
        Activity.objects.exists()
        or ActivityReceipt.objects.exists()
        or CapUse.objects.exists()
        or Lot.objects.exists()
        or Event.objects.exists()
    )


def lots():
    rows = Lot.objects.order_by("member", "currency", "number")
    return list(rows.values_list("currency", "amount", "available_at", "expires_at"))


def test_an_activity_earns_what_its_rules_give(record, check_in, member, reward):
    rule = reward(check_in, 5)
    reward(check_in, 2, code="growth", currency=Currency.QUALIFYING, kind="BONUS")

    recorded = record(store="S1")

    assert not recorded.is_replay
    assert [(part.rule.code, part.points) for part in recorded.receipts] == [
        ("for-check_in", 5),
        ("growth", 2),
    ]
    assert recorded.points(Currency.REDEEMABLE) == balance(member) == 5
    assert recorded.points(Currency.QUALIFYING) == balance(member, Currency.QUALIFYING) == 2
    activity = Activity.objects.get()
    assert (activity.type, activity.reference, activity.member) == (check_in, "C-1", member)
    assert (activity.store.code, activity.occurred_at, activity.recorded_at) == (
        "S1",
        TODAY,
        TODAY,
    )
    receipt = ActivityReceipt.objects.get(rule=rule)
    assert (receipt.points, receipt.uncapped, receipt.capped_by) == (5, None, "")


def test_all_rules_add_up_whatever_their_kind(record, check_in, member, reward):
    reward(check_in, 5, code="a", kind="BASE")
    reward(check_in, 7, code="b", kind="BASE")
    reward(check_in, 3, code="c", kind="BONUS")

    assert record().points(Currency.REDEEMABLE) == balance(member) == 15


def test_without_a_rule_it_is_recorded_and_earns_nothing(record, member, reward, check_in):
    reward(check_in, is_draft=True)
    reward(check_in, code="over", ends_at=TODAY)
    reward(check_in, code="to-come", starts_at=TOMORROW)
    reward(ActivityType.objects.create(code="review", name="Review"), code="other")

    recorded = record()

    assert recorded.receipts == []
    assert Activity.objects.count() == 1
    assert balance(member) == 0
    assert Event.objects.get().type == "activity.recorded"


def test_it_is_judged_by_the_version_in_force_when_it_happened(record, check_in, reward):
    reward(check_in, 5)
    reward(check_in, 9, version=2, starts_at=TODAY)

    before = record(occurred_at=YESTERDAY)
    after = record(reference="C-2")

    assert [before.points(Currency.REDEEMABLE), after.points(Currency.REDEEMABLE)] == [5, 9]


def test_a_condition_asks_for_the_member(record, check_in, reward):
    friends = {"field": "member.tags", "operator": "has_any", "value": ["friend"]}
    reward(check_in, condition=friends)
    friend = MemberFactory(tags=["friend"])

    assert record().receipts == []
    assert record(reference="C-2", member=friend.number).points(Currency.REDEEMABLE) == 5


def test_weekdays_and_hours_are_those_of_the_store(record, check_in, reward):
    Store.objects.create(code="S8", name="Tokyo", time_zone="Asia/Tokyo")
    reward(check_in, weekdays=[7], hours_from=time(21), hours_until=time(22))

    # Sunday, 13:00 in Paris, 21:00 in Tokyo.
    assert record(reference="here", store="S1").receipts == []
    assert record(reference="nowhere").receipts == []
    assert record(reference="there", store="S8").points(Currency.REDEEMABLE) == 5


def test_caps_count_per_member_and_day_of_the_programme(record, check_in, reward):
    reward(check_in, 5, cap_per_member=8, cap_period="DAY")
    # 23:30 in Paris, and then 00:30.
    late = datetime(2026, 2, 28, 22, 30, tzinfo=UTC)
    early = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)

    points = [
        record(reference=f"C-{n}", occurred_at=moment).receipts[0]
        for n, moment in enumerate([late, late, late, early])
    ]

    assert [(part.points, part.uncapped, part.capped_by) for part in points] == [
        (5, None, ""),
        (3, 5, "MEMBER"),
        (0, 5, "MEMBER"),
        (5, None, ""),
    ]
    assert sorted(CapUse.objects.values_list("points", flat=True)) == [5, 8]


def test_the_cap_of_a_whole_rule_is_shared_by_all_members(record, check_in, reward):
    reward(check_in, 5, cap_in_all=7)

    first = record()
    second = record(reference="C-2", member=MemberFactory().number)

    assert (first.receipts[0].points, second.receipts[0].points) == (5, 2)
    assert second.receipts[0].capped_by == "RULE"


def test_its_points_expire_by_the_policy_and_do_not_wait(record, check_in, reward):
    Policy.objects.create(starts_at=TODAY - timedelta(hours=1), pending_days=14)
    reward(check_in)
    reward(check_in, 2, code="growth", currency=Currency.QUALIFYING)

    record()

    assert lots() == [
        ("QUALIFYING", 2, TODAY, None),
        ("REDEEMABLE", 5, TODAY, END_OF_MARCH_2027),
    ]


def test_rules_with_terms_of_their_own_give_lots_of_their_own(record, check_in, member, reward):
    reward(check_in, 5, code="a")
    reward(check_in, 7, code="b", pending_days=3, expiry="NEVER")
    reward(check_in, 3, code="c")
    reward(check_in, 2, code="d", expiry="MONTHS", expiry_after=1)

    record()

    end_of_april = datetime(2026, 4, 30, 22, tzinfo=UTC)
    three_days_later = TODAY + timedelta(days=3)
    assert sorted(lots()) == [
        ("REDEEMABLE", 2, TODAY, end_of_april),
        ("REDEEMABLE", 7, three_days_later, None),
        ("REDEEMABLE", 8, TODAY, END_OF_MARCH_2027),
    ]
    entries = ledger.statement(member_id=member.id, currency=Currency.REDEEMABLE, limit=9)
    assert {entry.key for entry in entries if entry.key} == {
        "activity:check_in:C-1",
        "activity:check_in:C-1:b",
        "activity:check_in:C-1:d",
    }
    assert {entry.reference for entry in entries} == {"activity:check_in:C-1"}


def test_the_longest_names_make_a_key_as_well(record, member, reward):
    kind = ActivityType.objects.create(code="t" * 32, name="Long")
    reward(kind, code="r" * 32, expiry="NEVER")

    recorded = record(type="t" * 32, reference="x" * 64)

    assert recorded.points(Currency.REDEEMABLE) == balance(member) == 5


def test_points_last_as_long_as_the_member_comes(record, check_in, member, reward, give):
    Policy.objects.create(
        starts_at=TODAY - timedelta(days=300), expiry="INACTIVITY", expiry_months=6
    )
    reward(check_in)
    long_ago = TODAY - timedelta(days=100)
    give(member, 50, at=long_ago)
    ledger.keep_alive(member_id=member.id, until=TODAY + MINUTE, at=long_ago)

    record()

    assert balance(member, at=TODAY + timedelta(days=180)) == 55
    assert balance(member, at=TODAY + timedelta(days=190)) == 0


def test_it_is_an_event_about_the_member(record, check_in, member, reward):
    reward(check_in)

    record(store="S1", occurred_at=YESTERDAY)

    event = Event.objects.get(type="activity.recorded")
    assert (event.member_id, event.occurred_at) == (member.id, YESTERDAY)
    assert event.payload == {
        "type": "check_in",
        "reference": "C-1",
        "store": "S1",
        "points": {"REDEEMABLE": 5, "QUALIFYING": 0},
    }


def test_telling_it_again_answers_the_first_result_whatever_the_rules_are_then(
    record, check_in, member, reward
):
    rule = reward(check_in, 5)
    first = record(store="S1", occurred_at=YESTERDAY)
    rule.ends_at = TODAY
    rule.save()
    reward(check_in, 50, code="later", starts_at=YESTERDAY)
    ActivityType.objects.update(is_active=False)
    profiles.close(member_id=member.id, reason="moved", at=TODAY)

    again = record(store="S1", occurred_at=YESTERDAY, at=TODAY + timedelta(days=400))

    assert again.is_replay
    assert again.activity == first.activity
    assert [(part.rule, part.points) for part in again.receipts] == [(rule, 5)]
    assert balance(member) == 5
    assert Event.objects.filter(type="activity.recorded").count() == 1


@pytest.mark.parametrize(
    "change", [{"occurred_at": YESTERDAY}, {"store": "S1"}, {"member": "another"}]
)
def test_another_activity_under_the_same_reference_is_refused(
    record, check_in, member, reward, change
):
    reward(check_in)
    record()
    if "member" in change:
        change = {"member": MemberFactory().number}

    with pytest.raises(KeyReused) as refusal:
        record(**change)

    assert refusal.value.pointer == "/reference"
    assert Activity.objects.count() == 1
    assert Lot.objects.count() == 1


def test_the_same_reference_of_another_type_is_another_activity(record):
    ActivityType.objects.create(code="review", name="Review")

    assert not record().is_replay
    assert not record(type="review").is_replay


@pytest.mark.parametrize(
    ("change", "error", "pointer"),
    [
        ({"type": "dance"}, ActivityTypeNotFound, "/type"),
        ({"store": "S9"}, StoreNotFound, "/store"),
        ({"member": "90000000099"}, MemberNotFound, None),
        ({"occurred_at": TODAY + 6 * MINUTE}, ActivityInTheFuture, "/occurred_at"),
        ({"occurred_at": TODAY - timedelta(days=31)}, ActivityTooOld, "/occurred_at"),
    ],
)
def test_what_cannot_be_recorded_changes_nothing(record, check_in, reward, change, error, pointer):
    reward(check_in)

    with pytest.raises(error) as refusal:
        record(**change)

    assert refusal.value.pointer == pointer
    assert nothing_happened()


def test_a_clock_that_runs_a_little_ahead_makes_nobody_wait(record, check_in, member, reward):
    reward(check_in)

    record(occurred_at=TODAY + 4 * MINUTE)

    assert ledger.wallet_of(member_id=member.id, at=TODAY).available == 5


def test_types_that_are_off_or_the_engines_own_are_not_reported(record, check_in, reward):
    reward(check_in)
    ActivityType.objects.update(is_active=False)
    with pytest.raises(ActivityTypeNotActive):
        record()

    ActivityType.objects.update(is_active=True, is_reported_by_engine=True)
    with pytest.raises(ActivityReportedByEngine):
        record()

    assert nothing_happened()


@pytest.mark.parametrize("status", [Member.Status.SUSPENDED, Member.Status.CLOSED])
def test_nothing_happens_to_members_who_are_not_active(record, check_in, member, reward, status):
    reward(check_in)
    Member.objects.update(status=status)

    with pytest.raises(MemberNotActive) as refusal:
        record()

    assert refusal.value.facts == {"number": member.number, "membership": status}
    assert nothing_happened()


def test_a_key_of_some_stores_reports_from_these_only(record):
    here = Store.objects.get(code="S1")
    there = StoreFactory(code="S2")

    with pytest.raises(StoreNotFound):
        record(store="S2", stores=[here.pk])
    assert nothing_happened()

    assert record(reference="C-1", stores=[here.pk]).activity.store == here
    assert record(reference="C-2", stores=[here.pk, there.pk]).activity.store is None
    assert record(reference="C-3", stores=[here.pk], store="S1").activity.store == here


def test_what_was_recorded_stays_as_it_is(record, check_in, reward):
    reward(check_in)
    record()

    for model in (Activity, ActivityReceipt):
        with pytest.raises(DatabaseError), transaction.atomic():
            model.objects.all().delete()
