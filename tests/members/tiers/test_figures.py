"""Spend, visits, years and days of grace decide as the ladder says."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from members import tiers
from members.models import Ladder, Purchase, Return, TierPeriod
from members.tiers.words import Words
from tests.factories import (
    LONG_AGO,
    TODAY,
    ChannelFactory,
    LadderFactory,
    MemberFactory,
    ProgrammeFactory,
    RungFactory,
    StoreFactory,
)
from tests.members.tiers.conftest import history

pytestmark = pytest.mark.django_db(transaction=True)

NEW_YEAR = datetime(2026, 12, 31, 16, tzinfo=UTC)  # in Shanghai
DAY = timedelta(days=1)


@pytest.fixture
def programme(db):
    return ProgrammeFactory(time_zone="Asia/Shanghai", currency="CNY")


@pytest.fixture
def climb(programme):
    """
    Build a ladder of Bronze, Silver and Gold with these rules and thresholds.
    """

    def build(silver, gold=None, **rules):
        ladder = LadderFactory(starts_at=LONG_AGO, **rules)
        RungFactory(ladder=ladder, tier__code="BRONZE", tier__name="Bronze", tier__rank=0)
        for rank, (code, asked) in enumerate([("SILVER", silver), ("GOLD", gold)], start=1):
            if asked:
                thresholds = {"points_required": None} | asked
                tier = {"tier__code": code, "tier__name": code.title(), "tier__rank": rank}
                RungFactory(ladder=ladder, **tier, **thresholds)
        return ladder

    return build


@pytest.fixture
def buy(programme, member):
    references = iter(range(1_000))

    def record(amount, at=TODAY, member=member):
        return Purchase.objects.create(
            channel=ChannelFactory(),
            reference=f"R-{next(references)}",
            member=member,
            store=StoreFactory(),
            amount=Decimal(amount),
            purchased_at=at,
            recorded_at=at,
            digest=b"",
        )

    return record


def bring_back(purchase, amount, at=TODAY):
    Return.objects.create(
        purchase=purchase,
        reference=f"back-{amount}",
        member=purchase.member,
        amount=Decimal(amount),
        returned_at=at,
        recorded_at=at,
        digest=b"",
    )


def tier_of(member, at=TODAY):
    tiers.evaluate(member_id=member.id, at=at)
    return tiers.standing(member_id=member.id, at=at).tier.code


def test_spend_reaches_a_tier_and_is_kept_as_evidence(climb, buy, member):
    climb({"spend_required": 100})
    buy("60.00")
    assert tier_of(member) == "BRONZE"
    buy("40.00")

    assert tier_of(member) == "SILVER"

    period = TierPeriod.objects.get()
    assert (period.spend, period.visits, period.qualifying_points) == (Decimal(100), 1, 0)
    assert period.counted_until == TODAY + timedelta(hours=4)
    assert period.ladder == Ladder.objects.get()


def test_what_came_back_is_not_spend(climb, buy, member):
    climb({"spend_required": 100})
    bring_back(buy("100.00"), "0.01")

    assert tier_of(member) == "BRONZE"


def test_a_return_lowers_the_figures_at_once_and_the_tier_at_the_end(climb, buy, member):
    climb({"spend_required": 100}, window_kind="CALENDAR_YEAR")
    purchase = buy("100.00")
    assert tier_of(member) == "SILVER"

    bring_back(purchase, "50.00", at=TODAY + DAY)

    found = tiers.standing(member_id=member.id, at=TODAY + DAY)
    assert (found.tier.code, found.figures.spend, found.keep.missing.spend) == ("SILVER", 50, 50)
    tiers.review_due(at=NEW_YEAR)
    assert history(member)[-1][:2] == ("BRONZE", NEW_YEAR)


def test_visits_are_days_and_not_receipts(climb, buy, member):
    climb({"visits_required": 2})
    buy("1.00")
    buy("1.00", at=TODAY + timedelta(hours=1))
    assert tier_of(member, at=TODAY + timedelta(hours=2)) == "BRONZE"

    # In Shanghai the next day has begun.
    buy("1.00", at=TODAY + timedelta(hours=4))

    assert tier_of(member, at=TODAY + timedelta(hours=5)) == "SILVER"


def test_a_day_of_which_all_came_back_is_no_visit(climb, buy, member):
    climb({"visits_required": 1})
    bring_back(buy("10.00"), "10.00")
    assert tier_of(member) == "BRONZE"

    buy("0.01")

    assert tier_of(member) == "SILVER"


def test_any_or_all_of_what_is_asked(climb, buy, member, earn):
    climb({"points_required": 10, "visits_required": 1}, matching="ALL")
    earn(member, 10)
    assert tier_of(member) == "BRONZE"
    buy("1.00")

    assert tier_of(member) == "SILVER"


def test_any_of_what_is_asked_is_enough(climb, member, earn):
    climb({"points_required": 10, "visits_required": 1}, matching="ANY")
    earn(member, 10)

    assert tier_of(member) == "SILVER"


def test_keeping_takes_less_than_reaching(climb, member, earn):
    climb({"points_required": 100, "points_to_keep": 60}, window_kind="CALENDAR_YEAR")
    earn(member, 100)
    tier_of(member)
    earn(member, 60, at=NEW_YEAR + DAY)

    tiers.review_due(at=NEW_YEAR + 365 * DAY)

    assert [period[:4] for period in history(member)] == [
        ("SILVER", TODAY, NEW_YEAR, "REACHED"),
        ("SILVER", NEW_YEAR, NEW_YEAR + 365 * DAY, "KEPT"),
        ("SILVER", NEW_YEAR + 365 * DAY, NEW_YEAR + 731 * DAY, "KEPT"),
    ]


def test_the_year_of_a_member_begins_on_the_day_of_enrolment(climb, earn, programme):
    climb({"points_required": 100}, window_kind="ANNIVERSARY")
    early, late = (
        MemberFactory(enrolled_at=datetime(2024, month, 10, tzinfo=UTC)) for month in (2, 4)
    )
    for member in (early, late):
        earn(member, 60, at=TODAY - 30 * DAY)  # 30 January
        earn(member, 40)

    tiers.evaluate_many(member_ids=[early.id, late.id], at=TODAY)

    assert history(early) == []
    assert history(late)[0][2] == datetime(2026, 4, 9, 16, tzinfo=UTC)


def test_days_of_grace_let_a_member_make_up_for_it(climb, member, earn):
    climb({"points_required": 100}, window_kind="CALENDAR_YEAR", grace_days=31)
    earn(member, 100)
    tier_of(member)
    year = NEW_YEAR + 365 * DAY
    earn(member, 90, at=NEW_YEAR + DAY)
    tiers.review_due(at=year)
    assert history(member)[-1] == ("SILVER", year, year + 31 * DAY, "GRACE", 90)

    earn(member, 10, at=year + 5 * DAY)
    tiers.review_due(at=year + 31 * DAY)

    # The stay that follows is not longer for the days of grace.
    assert history(member)[-1] == (
        "SILVER", year + 31 * DAY, year + 366 * DAY, "KEPT", 100,
    )  # fmt: skip


def test_who_does_not_goes_down_when_the_days_of_grace_are_over(climb, member, earn):
    climb({"points_required": 100}, window_kind="CALENDAR_YEAR", grace_days=31)
    earn(member, 100)
    tier_of(member)
    year = NEW_YEAR + 365 * DAY

    tiers.review_due(at=year + 31 * DAY)

    assert [period[::3] for period in history(member)] == [
        ("SILVER", "REACHED"),
        ("SILVER", "KEPT"),
        ("SILVER", "GRACE"),
        ("BRONZE", "STEPPED_DOWN"),
    ]
    assert history(member)[-1][1] == year + 31 * DAY


@pytest.mark.parametrize(
    ("step_down", "tier"), [("ONE_STEP", "SILVER"), ("REASSESS", "BRONZE"), ("NEVER", "GOLD")]
)
def test_the_ladder_says_how_far_down(climb, member, earn, step_down, tier):
    climb(
        {"points_required": 100}, {"points_required": 200},
        window_kind="CALENDAR_YEAR", step_down=step_down,
    )  # fmt: skip
    earn(member, 200, at=NEW_YEAR - 400 * DAY)
    tiers.evaluate(member_id=member.id, at=NEW_YEAR - 400 * DAY)

    tiers.review_due(at=NEW_YEAR)

    assert history(member)[-1][0] == tier


def words(member, at=TODAY):
    found = tiers.standing(member_id=member.id, at=at)
    said = Words(ProgrammeFactory())
    return said.next(found), said.keep(found)


def test_it_is_said_in_a_sentence_what_is_missing(climb, buy, member, earn):
    climb(
        {"points_required": 100},
        {"points_required": 1_500, "spend_required": 900, "visits_required": 3},
    )
    assert words(member) == ("100 qualifying points more to reach Silver.", "")
    earn(member, 180)
    buy("12.50")
    tiers.evaluate(member_id=member.id, at=TODAY)

    assert words(member) == (
        "1,320 qualifying points, CNY 887.50 of purchases and 2 visits more to reach Gold.",
        "Silver lasts until 1 March 2027. Keeping it takes 100 qualifying points more by then.",
    )


def test_where_one_thing_is_enough_the_sentence_says_or(climb, member):
    climb({"points_required": 100, "visits_required": 1}, matching="ANY")

    assert words(member)[0] == "100 qualifying points or 1 visit more to reach Silver."


def test_the_api_tells_money_with_the_digits_of_the_programme(climb, buy, member, reader):
    climb({"spend_required": 100})
    buy("12.50", at=TODAY)

    shown = reader.get(f"/v1/members/{member.number}/tier").json()

    assert (shown["spend"], shown["visits"]) == ("12.50", 1)
    assert (shown["next"]["spend_required"], shown["next"]["spend_missing"]) == ("100.00", "87.50")
    assert shown["next"]["points_required"] is None
