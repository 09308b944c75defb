"""Caps: what a rule gives at most to a purchase, to a member in a period, and in all."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError

from members.ledger import Currency, HoldNotFound
from members.models import Entry, Purchase
from rewards import earning
from rewards.earning.deciding import CapKey
from rewards.earning.locks import lock_caps
from rewards.earning.services.capping import count_caps
from rewards.models import CapUse, EarningReceipt, EarningRule
from tests.factories import TODAY, YESTERDAY, EarningRuleFactory, MemberFactory
from tests.rewards.earning.conftest import money

FOR_EVER = date.min


def bonus(points=30, **fields):
    defaults = {"kind": "BONUS", "measure": "FIXED", "points_per_unit": Decimal(points)}
    return EarningRuleFactory(**{"code": "bonus", **defaults, **fields})


def part(recorded, code="bonus"):
    found = next(part for part in recorded.receipts if part.rule.code == code)
    return found.points, found.uncapped, found.capped_by


def used():
    return {
        (use.rule_code, use.member_id, use.period_start): use.points
        for use in CapUse.objects.all()
    }


def test_a_cap_per_purchase_trims_and_counts_nothing(record):
    bonus(cap_per_purchase=20)

    assert part(record(reference="1")) == part(record(reference="2")) == (20, 30, "PURCHASE")
    assert used() == {}


def test_a_cap_per_member_trims_what_is_too_much_and_then_everything(record, member):
    bonus(cap_per_member=50, cap_period="EVER")

    assert part(record(reference="1")) == (30, None, "")
    assert part(record(reference="2")) == (20, 30, "MEMBER")
    assert part(record(reference="3")) == (0, 30, "MEMBER")
    assert used() == {("bonus", member.pk, FOR_EVER): 50}
    assert EarningReceipt.objects.filter(rule__code="bonus").count() == 3


def test_each_member_has_a_cap_of_their_own(record, member):
    other = MemberFactory()
    bonus(cap_per_member=30, cap_period="EVER")

    record(reference="1")

    assert part(record(reference="2", member=other.number)) == (30, None, "")


@pytest.mark.parametrize(
    ("period", "before", "after", "starts"),
    [
        # The programme is in Paris: midnight is 23:00 UTC.
        ("DAY", datetime(2026, 2, 27, 22, 59, tzinfo=UTC), datetime(2026, 2, 27, 23, tzinfo=UTC),
         (date(2026, 2, 27), date(2026, 2, 28))),
        ("WEEK", datetime(2026, 2, 22, 22, 59, tzinfo=UTC), datetime(2026, 2, 22, 23, tzinfo=UTC),
         (date(2026, 2, 16), date(2026, 2, 23))),
        ("MONTH", datetime(2026, 2, 28, 22, 59, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC),
         (date(2026, 2, 1), date(2026, 3, 1))),
    ],
)  # fmt: skip
def test_periods_begin_at_midnight_where_the_programme_runs(
    record, member, period, before, after, starts
):
    bonus(cap_per_member=30, cap_period=period)

    assert part(record(reference="1", purchased_at=before)) == (30, None, "")
    assert part(record(reference="2", purchased_at=before)) == (0, 30, "MEMBER")
    assert part(record(reference="3", purchased_at=after)) == (30, None, "")
    assert used() == {("bonus", member.pk, start): 30 for start in starts}


def test_a_cap_for_the_whole_rule_is_reached_exactly_and_never_exceeded(record):
    bonus(cap_in_all=70)

    outcomes = [part(record(reference=str(n), member=MemberFactory().number)) for n in range(4)]

    assert outcomes == [(30, None, ""), (30, None, ""), (10, 30, "RULE"), (0, 30, "RULE")]
    assert used() == {("bonus", None, FOR_EVER): 70}


def test_the_last_cap_that_trims_is_told(record):
    bonus(cap_per_purchase=25, cap_per_member=20, cap_in_all=30)

    assert part(record(reference="1")) == (20, 30, "MEMBER")
    assert part(record(reference="2", member=MemberFactory().number)) == (10, 30, "RULE")


def test_a_visit_counts_once_a_day(record, member):
    bonus(10, measure="VISIT")

    assert part(record(reference="1", purchased_at=YESTERDAY)) == (10, None, "")
    assert part(record(reference="2")) == (10, None, "")
    assert part(record(reference="3", purchased_at=TODAY - timedelta(hours=1))) == (
        0, 10, "MEMBER",
    )  # fmt: skip


def test_versions_of_a_rule_share_a_cap(record):
    bonus(cap_per_member=50, cap_period="EVER")
    record(reference="1", purchased_at=YESTERDAY)
    EarningRule.objects.filter(code="bonus").update(ends_at=TODAY)
    bonus(40, version=2, starts_at=TODAY, cap_per_member=60, cap_period="EVER")

    assert part(record(reference="2")) == (30, 40, "MEMBER")


def test_a_capped_base_rule_and_multiplier_are_trimmed_as_well(record):
    EarningRule.objects.filter(code="base-points").update(ends_at=TODAY - timedelta(days=9))
    EarningRuleFactory(code="base-2", cap_per_member=45, cap_period="DAY")
    EarningRuleFactory(
        code="double", kind="MULTIPLIER", points_per_unit=0, factor=2, cap_per_member=60
    )

    record(reference="1")
    recorded = record(reference="2")

    assert part(recorded, "base-2") == (5, 40, "MEMBER")
    assert part(recorded, "double") == (20, 40, "MEMBER")
    assert recorded.points(Currency.REDEEMABLE) == 25


def test_what_was_told_before_counts_once(record, member):
    bonus(cap_per_member=50, cap_period="EVER")
    record()

    assert record().is_replay
    assert used() == {("bonus", member.pk, FOR_EVER): 30}


def test_a_refused_purchase_uses_nothing(record, member):
    bonus(cap_per_member=50, cap_period="EVER")

    with pytest.raises(HoldNotFound):
        record(hold=f"{member.number}-99")

    assert used() == {}
    assert not Purchase.objects.exists()
    assert not Entry.objects.exists()


def test_a_return_gives_back_to_the_cap_of_the_day_of_the_purchase(record, bring_back, member):
    EarningRule.objects.filter(code="base-points").update(ends_at=TODAY - timedelta(days=9))
    EarningRuleFactory(code="daily", cap_per_member=50, cap_period="DAY", cap_in_all=1000)
    record(reference="R-1", purchased_at=YESTERDAY)
    record(reference="R-2", purchased_at=YESTERDAY)

    bring_back(money(2, "28.45"), purchase="R-1")

    saturday = TODAY.date() - timedelta(days=1)
    assert used() == {("daily", member.pk, saturday): 22, ("daily", None, FOR_EVER): 22}
    assert part(record(reference="R-3", purchased_at=YESTERDAY), "daily") == (28, 40, "MEMBER")
    assert part(record(reference="R-4"), "daily") == (40, None, "")


def test_what_was_told_to_come_back_before_gives_back_to_the_cap(record, bring_back, member):
    bonus(measure="MONEY", points_per_unit=Decimal(1), cap_per_member=35, cap_in_all=1000)
    bring_back(money(2, "28.45"))

    assert part(record()) == (35, 40, "MEMBER")

    assert used() == {
        ("bonus", member.pk, TODAY.date().replace(day=1)): 12,
        ("bonus", None, FOR_EVER): 12,
    }


def test_a_visit_that_comes_back_can_be_made_again(record, bring_back):
    bonus(10, measure="VISIT")
    record()
    assert part(record(reference="R-2")) == (0, 10, "MEMBER")

    bring_back(money(1, "12.30"), money(2, "28.45"))

    assert part(record(reference="R-3")) == (10, None, "")


def test_the_purchases_of_a_batch_meet_a_cap_one_after_the_other(purchase, member):
    bonus(cap_per_member=70, cap_period="DAY")
    batch = [replace(purchase, reference=str(n)) for n in range(4)]

    verdicts = earning.record_purchases(purchases=batch, at=TODAY)

    assert [part(verdict)[0] for verdict in verdicts] == [30, 30, 10, 0]
    assert used() == {("bonus", member.pk, TODAY.date()): 70}


def test_rules_that_do_not_match_lock_nothing(record, django_assert_num_queries):
    bonus(
        cap_per_member=70,
        condition={"field": "purchase.amount", "operator": "at_least", "value": "500"},
    )
    record(reference="warm")

    with django_assert_num_queries(2):
        record()

    assert used() == {}


def test_a_counter_that_does_not_stand_as_it_was_seen_is_left_alone(member):
    key = CapKey("bonus", member.pk, FOR_EVER)
    caps = lock_caps([key])
    caps.used[key] += 30
    CapUse.objects.update(points=25)

    with pytest.raises(OperationalError):
        count_caps(caps)

    assert used() == {("bonus", member.pk, FOR_EVER): 25}
