"""What a tier entitles to is worked out anew, and given once."""

from datetime import UTC, datetime, timedelta

import pytest

from members import events, ledger, profiles, tiers
from members.models import Event, Ladder, TierPeriod, Work
from rewards import benefits
from rewards.models import BenefitGrant, BenefitRecheck
from tests.factories import LONG_AGO, TODAY, TOMORROW, YESTERDAY, MemberFactory, PolicyFactory
from tests.members.tiers.conftest import build_ladder
from tests.rewards.benefits.conftest import build_benefit, points_of

YEAR = timedelta(days=366)


def derive(member, *, at=TODAY):
    return benefits.derive(member_ids=[member.id], at=at)


def granted(member):
    grants = BenefitGrant.objects.filter(member=member).order_by("occurred_at", "code")
    return list(grants.values_list("code", "points", "occurred_at"))


def test_who_reaches_a_tier_is_welcomed_with_points(ladder, member, rise):
    build_benefit("WELCOME")
    rise(member, "GOLD")

    assert derive(member) == 1

    assert granted(member) == [("welcome", 200, TODAY)]
    assert points_of(member) == 200
    event = Event.objects.get(type="benefit.granted")
    assert event.payload == {
        "benefit": "welcome",
        "kind": "WELCOME",
        "occasion": "2026-03-01T12:00:00.000000Z",
        "points": 200,
    }


def test_only_redeemable_points_are_given(ladder, member, rise):
    build_benefit("WELCOME")
    rise(member, "GOLD")
    derive(member)

    wallet = ledger.wallet_of(member_id=member.id, currency=ledger.Currency.QUALIFYING, at=TODAY)
    assert wallet.available == 3_000


def test_again_and_late_it_gives_nothing_twice(ladder, member, rise):
    build_benefit("WELCOME")
    rise(member, "GOLD")

    assert [derive(member, at=TODAY + timedelta(days=n)) for n in (3, 0, 9)] == [1, 0, 0]

    assert points_of(member, at=TODAY + timedelta(days=9)) == 200


def test_a_tier_below_is_not_welcomed(ladder, member, rise):
    build_benefit("WELCOME")
    rise(member, "SILVER")

    assert derive(member) == 0

    assert granted(member) == []
    assert points_of(member) == 0


def test_who_jumps_over_a_tier_is_welcomed_to_what_is_for_all_above(ladder, member, rise):
    build_benefit("WELCOME", code="gold-and-up")
    build_benefit("WELCOME", code="just-gold", is_for_higher=False)
    rise(member, "PLATINUM")
    derive(member)

    assert [code for code, _points, _at in granted(member)] == ["gold-and-up"]


def test_moving_between_tiers_that_have_it_is_no_second_welcome(ladder, member, rise, earn):
    build_benefit("WELCOME")
    rise(member, "GOLD", at=YESTERDAY)
    derive(member, at=YESTERDAY)
    earn(member, 3_000)
    assert tiers.evaluate(member_id=member.id, at=TODAY)

    assert derive(member) == 0
    assert points_of(member) == 200


def test_who_falls_to_a_tier_is_not_welcomed_there(ladder, member, rise):
    build_benefit("WELCOME", tier="SILVER", is_for_higher=False)
    rise(member, "GOLD")
    over = TierPeriod.objects.get().ends_at
    tiers.review_due(at=over)
    assert tiers.current_period(member_id=member.id, at=over).tier.code == "SILVER"

    assert derive(member, at=over) == 0


@pytest.mark.parametrize(("is_once", "points"), [(False, 400), (True, 200)])
def test_who_comes_back_up_is_welcomed_again_unless_it_is_once(
    ladder, member, rise, is_once, points
):
    build_benefit("WELCOME", is_once=is_once, valid_days=5_000)
    rise(member, "GOLD")
    derive(member)
    later = TODAY + 2 * YEAR
    tiers.review_due(at=later)
    rise(member, "GOLD", at=later)

    derive(member, at=later)

    assert points_of(member, at=later) == points


def test_who_keeps_a_tier_gets_points_for_it(ladder, member, rise, earn):
    build_benefit("RENEWAL")
    rise(member, "GOLD")
    end = TierPeriod.objects.get().ends_at
    earn(member, 3_000, at=end - timedelta(days=1))
    assert derive(member, at=end) == 0

    tiers.review_due(at=end)

    assert Event.objects.filter(type="tier.renewed").count() == 1
    assert Work.objects.filter(task="rewards.benefits.derive").count() == 2
    assert derive(member, at=end) == 1
    assert granted(member) == [("renewal", 300, end)]
    assert derive(member, at=end) == 0


def test_days_of_grace_are_no_renewal(programme, member, rise):
    PolicyFactory()
    build_ladder(upgrade=Ladder.Upgrade.AT_ONCE, grace_days=10)
    build_benefit("RENEWAL")
    build_benefit("WELCOME")
    rise(member, "GOLD")
    end = TierPeriod.objects.get().ends_at
    tiers.review_due(at=end)
    assert TierPeriod.objects.filter(reason="GRACE").exists()

    derive(member, at=end)

    assert [code for code, _points, _at in granted(member)] == ["welcome"]


def test_a_renewed_paid_tier_is_a_renewal_when_it_begins(ladder, member, placed):
    build_benefit("RENEWAL")
    first = placed(member, "GOLD", ends_at=TOMORROW, kind="PAID")
    tiers.renew(placement_id=first.pk, ends_at=TOMORROW + YEAR, key="again", at=TODAY)
    assert Event.objects.filter(type="tier.renewed").count() == 1

    assert derive(member) == 0
    assert benefits.derive_due(at=TOMORROW - timedelta(seconds=1)) == 0
    assert benefits.derive_due(at=TOMORROW) == 1

    assert granted(member) == [("renewal", 300, TOMORROW)]


def test_who_earns_the_tier_they_were_given_is_not_welcomed_again(ladder, member, placed, earn):
    build_benefit("WELCOME")
    placed(member, "GOLD", ends_at=TODAY + YEAR, at=YESTERDAY)
    derive(member, at=YESTERDAY)
    earn(member, 3_000)
    tiers.evaluate(member_id=member.id, at=TODAY)

    assert derive(member) == 0
    assert granted(member) == [("welcome", 200, YESTERDAY)]


def test_a_tier_that_begins_tomorrow_gives_its_points_tomorrow(programme, member, rise):
    PolicyFactory()
    build_ladder(upgrade=Ladder.Upgrade.NEXT_DAY)
    build_benefit("WELCOME", tier="SILVER", is_for_higher=False)
    build_benefit("WELCOME", code="welcome-gold")
    rise(member, "SILVER")
    assert derive(member) == 0
    rise(member, "PLATINUM")  # outdoes what has not begun
    assert derive(member) == 0
    midnight = datetime(2026, 3, 1, 16, tzinfo=UTC)
    assert list(BenefitRecheck.objects.values_list("due_at", flat=True)) == [midnight]

    assert benefits.derive_due(at=midnight) == 1

    assert granted(member) == [("welcome-gold", 200, midnight)]
    assert not BenefitRecheck.objects.exists()
    assert benefits.derive_due(at=midnight) == 0


def test_new_members_are_welcomed_to_the_lowest_tier(ladder):
    build_benefit("WELCOME", tier="BRONZE", points=50)
    member, _repeat = profiles.enrol(
        key="k", scope="s", at=TODAY, phone="+8613800138000", name="Ann"
    )

    derive(member)

    assert granted(member) == [("welcome", 50, TODAY)]
    assert Work.objects.filter(task="rewards.benefits.derive").count() == 1


def test_a_benefit_is_for_those_who_come_while_it_is_in_force(ladder, member, rise):
    build_benefit("WELCOME", starts_at=TOMORROW)
    build_benefit("WELCOME", code="over", ends_at=YESTERDAY)
    rise(member, "GOLD")

    assert derive(member, at=TODAY + timedelta(days=3)) == 0


def test_the_version_of_the_moment_counts_however_late_it_is_asked(ladder, member, rise):
    build_benefit("WELCOME")
    build_benefit("WELCOME", version=2, points=999, starts_at=TOMORROW)
    rise(member, "GOLD")

    derive(member, at=TODAY + timedelta(days=3))

    assert granted(member) == [("welcome", 200, TODAY)]


def test_points_given_late_are_good_from_then_on(ladder, member, rise):
    build_benefit("WELCOME", valid_days=30)
    rise(member, "GOLD")
    late = TODAY + timedelta(days=100)

    derive(member, at=late)

    grant = BenefitGrant.objects.get()
    assert (grant.occurred_at, grant.granted_at) == (TODAY, late)
    assert grant.expires_at == datetime(2026, 7, 9, 16, tzinfo=UTC)
    assert points_of(member, at=late) == 200
    assert points_of(member, at=grant.expires_at) == 0


def test_who_is_suspended_gets_theirs_when_reinstated(ladder, member, rise):
    build_benefit("WELCOME")
    rise(member, "GOLD")
    profiles.suspend(member_id=member.id, reason="A doubt", at=TODAY)
    assert derive(member) == 0

    profiles.reinstate(member_id=member.id, reason="None left", at=TODAY)

    assert derive(member) == 1
    assert Work.objects.filter(task="rewards.benefits.derive").count() == 2


def test_without_a_ladder_nothing_is_given(programme, member):
    PolicyFactory()

    assert derive(member) == 0
    assert not BenefitGrant.objects.exists()


def test_many_members_are_worked_out_in_as_many_statements_as_one(
    ladder, rise, django_assert_max_num_queries
):
    build_benefit("WELCOME")
    members = MemberFactory.create_batch(30)
    for member in members:
        rise(member, "GOLD")

    with django_assert_max_num_queries(14):
        assert benefits.derive(member_ids=[m.id for m in members], at=TODAY) == 30


def test_the_event_brings_the_points(ladder, member, rise):
    build_benefit("WELCOME")
    rise(member, "GOLD")
    work = Work.objects.get(task="rewards.benefits.derive")

    with events.claim([work.pk], at=TODAY) as claimed:
        benefits.derive(member_ids={piece.member_id for piece in claimed}, at=TODAY)

    assert points_of(member) == 200
    assert Work.objects.get(pk=work.pk).done_at == TODAY


def test_a_benefit_that_began_before_the_member_counts(ladder, rise):
    build_benefit("WELCOME", starts_at=LONG_AGO)
    member = MemberFactory(enrolled_at=TODAY)
    rise(member, "GOLD", at=TODAY)

    assert derive(member) == 1
