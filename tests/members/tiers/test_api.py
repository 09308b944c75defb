from datetime import timedelta

from django.utils import timezone
from rest_framework.test import APIClient

from members import tiers
from members.access import Scope
from members.models import TierPeriod
from tests.factories import MemberFactory


def address(member):
    return f"/v1/members/{member.number}/tier"


def stamp(moment):
    return moment.isoformat().replace("+00:00", "Z")


def test_a_newcomer_sees_what_is_missing(reader, at_once, member):
    response = reader.get(address(member))

    assert response.status_code == 200
    assert response.json() == {
        "tier": "BRONZE",
        "tier_name": "BRONZE",
        "multiplier": "1.00",
        "period": None,
        "qualifying_points": 0,
        "spend": None,
        "visits": None,
        "pending": None,
        "next": {
            "tier": "SILVER",
            "tier_name": "SILVER",
            "matching": "ALL",
            "points_required": 1000,
            "points_missing": 1000,
            "spend_required": None,
            "spend_missing": None,
            "visits_required": None,
            "visits_missing": None,
            "words": "1,000 qualifying points more to reach SILVER.",
        },
        "keep": None,
    }


def test_a_tier_comes_with_its_period_and_what_keeps_it(reader, at_once, member, earn):
    earlier = timezone.now() - timedelta(days=100)
    earn(member, 3_600, at=earlier)
    tiers.evaluate(member_id=member.id, at=earlier)
    period = TierPeriod.objects.get()

    shown = reader.get(address(member)).json()

    assert (shown["tier"], shown["multiplier"]) == ("GOLD", "1.50")
    assert shown["period"] == {
        "since": stamp(period.starts_at),
        "until": stamp(period.ends_at),
        "reason": "REACHED",
    }
    assert shown["qualifying_points"] == 3600
    assert (shown["next"]["tier"], shown["next"]["points_missing"]) == ("PLATINUM", 2400)
    assert shown["keep"]["tier"] == "GOLD"
    assert shown["keep"]["until"] == stamp(period.ends_at)


def test_an_upgrade_that_has_not_begun_is_pending(reader, ladder, member, earn):
    now = timezone.now()
    earn(member, 6_000, at=now)
    tiers.evaluate(member_id=member.id, at=now)
    period = TierPeriod.objects.get()

    shown = reader.get(address(member)).json()

    assert (shown["tier"], shown["multiplier"]) == ("BRONZE", "1.00")
    assert shown["pending"] == {
        "tier": "PLATINUM",
        "tier_name": "PLATINUM",
        "starts_at": stamp(period.starts_at),
    }
    assert shown["next"] is None


def test_the_history_does_not_change_the_number_of_queries(
    reader, at_once, earn, django_assert_num_queries
):
    newcomer, regular = MemberFactory.create_batch(2)
    for days in (1_500, 1_100, 700, 300, 1):
        at = timezone.now() - timedelta(days=days)
        earn(regular, 1_000 * (5 - days // 400), at=at)
        tiers.evaluate(member_id=regular.id, at=at)
    assert TierPeriod.objects.filter(member=regular).count() > 4

    # The key, the member, the ladder and its rungs, the period, an upgrade, a given tier, the
    # zone, the points, the money.
    with django_assert_num_queries(10):
        reader.get(address(newcomer))
    # … and the points again, for what keeps the tier.
    with django_assert_num_queries(11):
        reader.get(address(regular))


def test_an_unknown_member_is_not_found(reader, at_once):
    response = reader.get("/v1/members/123456789012/tier")

    assert response.status_code == 404
    assert response.json()["code"] == "member-not-found"


def test_without_a_ladder_it_says_so(reader, member):
    response = reader.get(address(member))

    assert response.status_code == 409
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "ladder-not-set-up"


def test_a_key_without_the_scope_is_refused(shop_with, member):
    response = shop_with(Scope.PURCHASES_WRITE).get(address(member))

    assert response.status_code == 403
    assert response.json()["code"] == "missing-scope"


def test_a_stranger_is_turned_away(member):
    assert APIClient().get(address(member)).status_code == 401
