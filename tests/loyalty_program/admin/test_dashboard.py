"""The dashboard tells each person what they may know, and works it out now and then."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache

from members import ledger
from members.models import Event, Purchase, Tier, TierPeriod, Work
from tests.factories import (
    TODAY,
    YESTERDAY,
    ChannelFactory,
    LadderFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    RungFactory,
    StoreFactory,
)
from tests.staff import log_in, statements

PAGE = "/admin/"


@pytest.fixture(autouse=True)
def today():
    cache.clear()
    with time_machine.travel(TODAY, tick=False):
        yield
    cache.clear()


@pytest.fixture
def year(db, give):
    """
    Two members, one in gold; 150 points, 40 of them redeemed; purchases in two months.
    """
    ProgrammeFactory(time_zone="Europe/Paris")
    PolicyFactory()
    ladder = LadderFactory()
    RungFactory(ladder=ladder, tier__name="Basic", tier__rank=0, points_required=0)
    RungFactory(ladder=ladder, tier__name="Gold", tier__rank=1, points_required=100)
    ann, bob = MemberFactory(), MemberFactory()
    _in_gold(ann)
    give(ann, 100)
    give(bob, 50)
    ledger.redeem(member_id=ann.pk, points=40, key="gift", at=TODAY)
    ledger.roll_up(at=TODAY, since=TODAY.date())
    for member, at, amount in [
        (ann, TODAY, "10.00"),
        (ann, TODAY, "20.50"),
        (bob, TODAY - timedelta(days=14), "5.00"),
        # In Paris this was the first minute of March.
        (bob, datetime(2026, 3, 1, 0, 1, tzinfo=ZoneInfo("Europe/Paris")), "1.00"),
    ]:
        _buy(member, at, amount)


def test_before_anything_is_set_up_it_says_what_to_do(db):
    page = log_in("owner").get(PAGE).content.decode()

    assert "There is nothing to show yet" in page
    assert "Set the programme up" in page


def test_a_set_up_programme_without_members_has_nothing_to_tell(db):
    ProgrammeFactory()
    RungFactory(tier__rank=0)

    page = log_in("clerk").get(PAGE).content.decode()

    assert "There is nothing to show yet" in page


def test_members_are_counted_by_tier(year):
    tiers = _told(log_in("clerk"), "tiers")

    assert tiers["rows"] == [("Basic", 1, 50), ("Gold", 1, 50)]


def test_points_are_told_by_month(year):
    points = _told(log_in("clerk"), "points")

    heights = {bar.series.name: bar.value for bar in points["moved"].bars if bar.label == "Mar"}
    assert heights == {"issued": 150, "redeemed": 40}
    assert points["outstanding"].dots[-1].value == 110


def test_purchases_are_told_by_the_months_of_the_programme(year):
    months = _told(log_in("clerk"), "purchases")["months"]

    assert len(months) == 12
    assert months[0]["month"] == date(2025, 4, 1)
    february, march = months[-2:]
    assert (february["purchases"], february["members"], february["amount"]) == (1, 1, 5)
    assert (march["purchases"], march["members"]) == (3, 2)
    assert march["amount"] == Decimal("31.50")


def test_what_was_worked_out_is_kept_for_a_while(year):
    clerk = log_in("clerk")
    clerk.get(PAGE)
    _buy(MemberFactory(), TODAY, "100.00")

    with statements() as sent:
        kept = _told(clerk, "purchases")["months"][-1]["purchases"]
    with time_machine.travel(TODAY + timedelta(minutes=10)):
        anew = _told(log_in("clerk"), "purchases")["months"][-1]["purchases"]

    assert (kept, anew) == (3, 4)
    assert not [sql for sql in sent if "members_purchase" in sql]


def test_months_that_are_over_are_kept_for_longer(year):
    log_in("clerk").get(PAGE)
    _buy(MemberFactory(), TODAY - timedelta(days=14), "100.00")

    with time_machine.travel(TODAY + timedelta(minutes=10)):
        after_minutes = _told(log_in("clerk"), "purchases")["months"][-2]["purchases"]
    with time_machine.travel(TODAY + timedelta(days=2)):
        after_days = _told(log_in("clerk"), "purchases")["months"][-2]["purchases"]

    assert (after_minutes, after_days) == (1, 2)


def test_without_a_cache_it_is_worked_out_each_time(year, settings):
    nobody_there = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
    settings.CACHES = {"default": nobody_there | {"LOCATION": "redis://127.0.0.1:1/0"}}
    clerk = log_in("clerk")
    before = _told(clerk, "purchases")["months"][-1]["purchases"]
    _buy(MemberFactory(), TODAY, "100.00")

    assert _told(clerk, "purchases")["months"][-1]["purchases"] == before + 1


def test_parked_work_alarms_the_owner_and_nobody_else(year):
    member = MemberFactory()
    event = Event.objects.create(member=member, type="member.enrolled", occurred_at=TODAY)
    Work.objects.create(
        task="members.tiers.evaluate",
        member_id=member.pk,
        event_id=event.pk,
        due_at=TODAY,
        parked_at=TODAY,
        problem="OperationalError",
    )

    page = log_in("owner").get(PAGE)
    (headline,) = [line for line in page.context["headlines"] if line.title == "Parked work"]
    others = log_in("clerk").get(PAGE).content.decode()

    assert (headline.value, headline.is_alarming) == ("1", True)
    assert "OperationalError" in page.content.decode()
    assert "Parked work" not in others


def test_it_is_told_in_chinese(year):
    page = log_in("owner").get(PAGE, headers={"accept-language": "zh-hans"}).content.decode()

    assert '<html lang="zh-hans"' in page
    assert "3月" in page


def _told(client, name):
    page = client.get(PAGE)
    (told,) = [told for figures, told in page.context["figures"] if figures.name == name]
    return told


def _in_gold(member):
    TierPeriod.objects.create(
        member=member,
        tier=Tier.objects.get(name="Gold"),
        starts_at=YESTERDAY,
        reason="REACHED",
        qualifying_points=100,
        decided_at=YESTERDAY,
    )


def _buy(member, at, amount):
    Purchase.objects.create(
        channel=ChannelFactory(),
        reference=f"R-{Purchase.objects.count()}",
        member=member,
        store=StoreFactory(),
        amount=amount,
        purchased_at=at,
        recorded_at=TODAY,
        digest=b"",
    )
