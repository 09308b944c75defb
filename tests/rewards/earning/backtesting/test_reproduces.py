"""Judged again by the rules that were live, every purchase comes to what was booked."""

import pytest

from members.ledger import Currency
from members.models import Purchase
from rewards.earning.backtesting import reading
from rewards.models import EarningReceipt
from tests.rewards.earning.backtesting.conftest import (
    MIDDLE,
    SPRING,
    SUMMER,
    back_test,
    booked,
    go_shopping,
)

pytestmark = pytest.mark.django_db


def assert_as_booked(report):
    assert report.is_as_booked
    assert report.purchases == report.job.done or report.job.done == 2 * report.purchases
    for currency in Currency:
        points = booked(currency, since=report.since, until=report.until)
        assert report.total(currency) == (points, points)
    assert all(row.points.difference == 0 for row in report.rules)
    assert (report.gaining, report.losing, report.affected()) == (0, 0, [])


@pytest.mark.parametrize("seed", range(3))
def test_rules_of_all_kinds_come_to_what_was_booked(rules_of_all_kinds, monkeypatch, seed):
    monkeypatch.setattr(reading, "PURCHASES", 40)
    go_shopping(seed)

    report = back_test()

    assert report.purchases == Purchase.objects.count() > 60
    assert_as_booked(report)
    # The caps of whole rules were used up, so the order of all members counted.
    last = {row.code: row.points.after for row in report.rules}
    assert (last["while-it-lasts"], last["qualifying-day"]) == (100, 180)


def test_what_was_given_before_the_span_counts_towards_caps(rules_of_all_kinds, monkeypatch):
    monkeypatch.setattr(reading, "PURCHASES", 30)
    go_shopping(7, latest=0)

    report = back_test(since=MIDDLE, until=SUMMER)

    assert 0 < report.purchases < Purchase.objects.count()
    assert_as_booked(report)


def test_several_versions_each_in_its_time(plain_rules, rules_of_all_kinds):
    go_shopping(3)

    report = back_test()

    [base] = [row for row in report.rules if row.code == "base"]
    versions = EarningReceipt.objects.filter(rule__code="base").values_list("rule__version")
    assert {version for (version,) in versions} == {1, 2}
    assert base.points.before == base.points.after


def test_a_span_without_purchases_has_an_empty_report(plain_rules):
    report = back_test(since=SPRING, until=MIDDLE)

    assert (report.purchases, report.members, report.rules) == (0, 0, [])
    assert report.is_as_booked
    assert report.months(Currency.REDEEMABLE) == []
