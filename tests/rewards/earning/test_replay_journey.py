"""The year of shopping, replayed through the verbs that everything else uses."""

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import groupby
from math import floor
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.models import Sum
from django.utils import timezone

from members import ledger
from members.ledger import Currency
from members.models import (
    DailyTotal,
    Entry,
    Member,
    Purchase,
    PurchaseLine,
    Store,
    TierPeriod,
    Work,
)
from rewards.management.journey import Journey
from rewards.models import EarningReceipt
from tests.database import acting_as

NEW_YORK = ZoneInfo("America/New_York")
BASKETS = {"2017-01-01": 382, "2017-01-02": 394, "2017-01-03": 412}

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def year():
    return Journey.load()


@pytest.fixture
def replay(year, tmp_path, monkeypatch):
    """
    Replay days into a programme that is set up; the data are read once for all tests.
    """
    monkeypatch.setattr(Journey, "load", lambda: year)
    call_command("setup_demo", secrets=tmp_path / "secrets.json")
    return lambda **options: call_command("replay_journey", **options)


def days():
    """
    The local days that were replayed, each with the number of its purchases.
    """
    moments = Purchase.objects.order_by("purchased_at").values_list("purchased_at", flat=True)
    local = groupby(moment.astimezone(NEW_YORK).date() for moment in moments)
    return {day.isoformat(): len(list(purchases)) for day, purchases in local}


def points_spent():
    spent = Entry.objects.filter(kind="REDEEM").values_list("member_id")
    return dict(spent.annotate(Sum("amount")))


def points_of(rule):
    given = EarningReceipt.objects.filter(rule__code=rule).values_list("purchase__member_id")
    return dict(given.annotate(Sum("points")))


def wallets_of(member_id):
    now = Purchase.objects.latest("purchased_at").purchased_at
    return ledger.wallets_of(member_id=member_id, at=now)


def everything():
    """
    A fingerprint of each table that the replay may write.
    """
    models = [m for app in ("members", "rewards") for m in apps.get_app_config(app).get_models()]
    found = {}
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(
                "SELECT count(*), sum(hashtextextended(line::text, 0))"
                f" FROM {model._meta.db_table} AS line"
            )
            found[model._meta.label] = cursor.fetchone()
    return found


def yesterday():
    return timezone.now().astimezone(NEW_YORK).date() - timedelta(days=1)


def test_it_records_each_day_of_the_year(replay):
    replay(keep_dates=True, limit_days=2)

    assert days() == {day: BASKETS[day] for day in ("2017-01-01", "2017-01-02")}
    assert PurchaseLine.objects.count() == 7973
    assert Store.objects.count() == 457


def test_members_hold_what_their_purchases_earned(replay):
    replay(keep_dates=True, limit_days=2)

    earned: Counter[int] = Counter()
    for member_id, amount in Purchase.objects.values_list("member_id", "amount"):
        earned[member_id] += floor(amount)
    early_bird = Counter(points_of("early-bird"))
    spent = points_spent()
    for member_id, points in earned.items():
        held = {wallet.currency: wallet.available for wallet in wallets_of(member_id)}
        left = points + early_bird[member_id] - spent.get(member_id, 0)
        assert held == {"QUALIFYING": points, "REDEEMABLE": left}
    assert sum(earned.values()) == 22_821
    assert early_bird.total() > 0


def test_who_has_saved_enough_pays_a_part_of_the_next_basket_with_points(replay):
    replay(keep_dates=True, limit_days=1)
    now = Purchase.objects.latest("purchased_at").purchased_at
    for member in Member.objects.all():
        ledger.accrue(
            member_id=member.id,
            currency=Currency.REDEEMABLE,
            points=1050,
            key="present",
            expires_at=None,
            at=now,
        )

    replay(keep_dates=True, limit_days=2)

    redemptions = Entry.objects.filter(kind="REDEEM").order_by("member_id")
    assert redemptions.count() == 42
    first = {}
    for purchase in Purchase.objects.filter(purchased_at__gt=now).order_by("-purchased_at"):
        first[purchase.member_id] = purchase
    for redemption in redemptions:
        basket = first[redemption.member_id]
        assert redemption.reference == f"purchase:journey:{basket.reference}"
        assert redemption.occurred_at == basket.purchased_at
        assert redemption.amount % 100 == 0
        assert redemption.amount <= basket.amount * 100
    assert list(ledger.violations()) == []


def test_households_become_members_on_the_morning_they_were_first_seen(replay):
    replay(keep_dates=True, limit_days=1)

    [member] = Member.objects.filter(identities__external_id="900")
    assert member.enrolled_at == datetime(2017, 1, 1, tzinfo=NEW_YORK)
    assert str(member.identities.get()) == "journey:household:900"
    assert member.phone.startswith("+1")
    assert member.name
    assert member.channel.code == "journey"
    assert member.home_store.code == "330"


def test_the_ledgers_days_are_summed_up(replay):
    replay(limit_days=2)

    earned = Entry.objects.filter(kind="ACCRUE", currency=Currency.REDEEMABLE)
    summed_up = DailyTotal.objects.filter(kind="ACCRUE", currency=Currency.REDEEMABLE)
    assert summed_up.count() == 2
    assert (
        summed_up.aggregate(points=Sum("points"))["points"]
        == earned.aggregate(points=Sum("amount"))["points"]
    )


def test_again_it_changes_nothing(replay):
    replay(keep_dates=True, limit_days=2)
    before = everything()

    replay(keep_dates=True, limit_days=2)

    assert everything() == before


def test_interrupted_it_goes_on_where_it_was(replay):
    replay(keep_dates=True, limit_days=1)

    replay(keep_dates=True, limit_days=3)

    assert days() == BASKETS


def test_a_day_that_was_not_finished_did_not_happen(replay, year):
    with acting_as("owner"), connection.cursor() as cursor:
        # Half of the second day's baskets cannot be recorded.
        cursor.execute(
            "ALTER TABLE members_purchase ADD CONSTRAINT broken"
            " CHECK (purchased_at < '2017-01-02 20:00Z')"
        )
    with pytest.raises(Exception, match="broken"):
        replay(keep_dates=True, limit_days=2)

    assert days() == {"2017-01-01": BASKETS["2017-01-01"]}


def test_the_year_ends_yesterday(replay):
    replay(months=1, limit_days=1)

    [day] = days()
    assert date.fromisoformat(day) == yesterday() - timedelta(days=30)


def test_by_how_many_days_it_is_moved_is_decided_once(replay):
    replay(months=1, limit_days=1)
    [first] = days()

    with time_machine.travel(timezone.now() + timedelta(days=7)):
        before = everything()
        replay(months=1, limit_days=1)
        assert everything() == before
        replay(months=1, limit_days=2)

    second = date.fromisoformat(first) + timedelta(days=1)
    assert list(days()) == [first, second.isoformat()]


def test_a_year_that_is_moved_cannot_be_kept(replay):
    replay(months=1, limit_days=1)
    before = everything()

    with pytest.raises(CommandError, match="moved"):
        replay(months=1, limit_days=2, keep_dates=True)

    assert everything() == before


def test_months_before_those_that_were_replayed_are_not_added(replay):
    replay(keep_dates=True, months=1, limit_days=1)

    replay(keep_dates=True, limit_days=1)

    assert list(days()) == ["2017-12-01"]


def test_purchases_of_others_in_its_channel_do_not_lead_it_astray(replay):
    replay(keep_dates=True, limit_days=1)
    newest = Purchase.objects.latest("purchased_at")
    newest.pk, newest.reference = None, "benchmark"
    newest.purchased_at = timezone.now()
    newest.save()

    replay(keep_dates=True, limit_days=2)

    assert Purchase.objects.exclude(reference="benchmark").count() == 382 + 394


def test_tiers_are_evaluated_and_no_work_of_theirs_is_left(replay):
    replay(keep_dates=True, limit_days=3)

    # What newcomers are given for their profiles is left to the workers.
    left = Work.objects.filter(done_at=None).exclude(task="rewards.earning.complete_profiles")
    assert not left.exists()
    assert TierPeriod.objects.count() == 0


def test_two_at_once_are_one_too_many(replay):
    other = connections.create_connection("default")
    with other.cursor() as cursor, connection.cursor() as impatient:
        cursor.execute("SELECT pg_advisory_lock(20170101)")
        impatient.execute("SET LOCAL lock_timeout = '10ms'")
        with pytest.raises(CommandError, match="running"), transaction.atomic():
            replay(limit_days=1)
    other.close()

    assert not Purchase.objects.exists()


def test_without_a_programme_it_says_what_to_do(year, monkeypatch):
    monkeypatch.setattr(Journey, "load", lambda: year)

    with pytest.raises(CommandError, match="setup_demo"):
        call_command("replay_journey", limit_days=1)
