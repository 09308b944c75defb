"""Tiers that members are given for a while, beside those they earn."""

from datetime import timedelta
from decimal import Decimal

import pytest

from members import jobs, profiles, tiers
from members.models import Event, Member, TierPlacement
from tests.factories import TODAY, TOMORROW, MemberFactory
from tests.members.tiers.conftest import history, told

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)
END = TODAY + timedelta(days=30)


@pytest.fixture
def give_tier(at_once, member):
    def place(tier="GOLD", *, at=TODAY, ends_at=END, kind="TRIAL", key="once", reason="Fair"):
        return tiers.place(
            member_id=member.id,
            tier=tier,
            kind=kind,
            ends_at=ends_at,
            reason=reason,
            key=key,
            at=at,
        )

    return place


def standing(member, at):
    found = tiers.standing(member_id=member.id, at=at)
    return found.tier.code


def test_a_given_tier_holds_from_now_to_its_end(member, give_tier):
    give_tier()

    found = tiers.standing(member_id=member.id, at=TODAY)
    assert (found.tier.code, found.multiplier) == ("GOLD", Decimal("1.50"))
    assert (found.placement.kind, found.period.ends_at) == ("TRIAL", END)
    assert (found.next.tier.code, found.next.missing.points) == ("PLATINUM", 6_000)
    # What keeps it is to earn it meanwhile.
    assert (found.keep.tier.code, found.keep.missing.points, found.keep.until) == (
        "GOLD", 3_000, END,
    )  # fmt: skip
    assert standing(member, END - SECOND) == "GOLD"
    assert standing(member, END) == "BRONZE"
    moments = [(member.id, at) for at in (TODAY - SECOND, TODAY, END - SECOND, END)]
    assert tiers.multipliers(moments=moments) == [1, Decimal("1.5"), Decimal("1.5"), 1]
    assert history(member) == []


def test_it_is_told_when_it_begins_and_when_it_is_over(member, give_tier):
    give_tier()
    tiers.evaluate(member_id=member.id, at=END + SECOND)

    assert told(member) == [
        {"from": "BRONZE", "to": "GOLD", "starts_at": "2026-03-01T12:00:00Z"},
        {"from": "GOLD", "to": "BRONZE", "starts_at": "2026-03-31T12:00:00Z"},
    ]
    assert TierPlacement.objects.get().closed_at == END + SECOND


def test_afterwards_the_member_is_in_the_tier_earned_meanwhile(member, give_tier, earn):
    give_tier()
    earn(member, 1_000, at=TOMORROW)

    moved = tiers.evaluate(member_id=member.id, at=TOMORROW)

    # Silver is earned, and shows when the trial of Gold is over.
    assert moved is False
    assert history(member)[0][0] == "SILVER"
    assert standing(member, TOMORROW) == "GOLD"
    assert standing(member, END) == "SILVER"
    tiers.evaluate(member_id=member.id, at=END)
    assert [(move["from"], move["to"]) for move in told(member)] == [
        ("BRONZE", "GOLD"),
        ("GOLD", "SILVER"),
    ]


def test_a_higher_tier_that_is_earned_holds_at_once(member, give_tier, earn):
    give_tier()
    earn(member, 6_000, at=TOMORROW)

    assert tiers.evaluate(member_id=member.id, at=TOMORROW) is True

    assert standing(member, TOMORROW) == "PLATINUM"
    assert told(member)[-1]["from"] == "GOLD"
    tiers.evaluate(member_id=member.id, at=END)
    assert len(told(member)) == 2


def test_an_earned_tier_that_ends_meanwhile_does_not_show(member, give_tier, earn):
    earn(member, 1_000)
    tiers.evaluate(member_id=member.id, at=TODAY)
    give_tier(ends_at=TODAY + timedelta(days=500))

    tiers.review_due(at=TODAY + timedelta(days=366))

    assert history(member)[-1][0] == "BRONZE"
    assert standing(member, TODAY + timedelta(days=366)) == "GOLD"
    assert [move["to"] for move in told(member)] == ["SILVER", "GOLD"]


def test_repeating_returns_the_first(member, give_tier):
    first = give_tier()

    assert give_tier() == first
    assert TierPlacement.objects.count() == 1
    assert len(told(member)) == 1


def test_what_would_change_nothing_is_refused(member, give_tier, earn):
    earn(member, 3_000)
    tiers.evaluate(member_id=member.id, at=TODAY)

    with pytest.raises(tiers.TierAlreadyHeld) as refusal:
        give_tier("SILVER")

    assert refusal.value.facts["tier"] == "GOLD"
    assert not TierPlacement.objects.exists()
    # For longer than it is earned it makes sense.
    give_tier("GOLD", kind="PAID", ends_at=TODAY + timedelta(days=800))


@pytest.mark.parametrize("tier", ["BRONZE", "DIAMOND"])
def test_only_a_tier_above_the_lowest_is_given(give_tier, tier):
    with pytest.raises(tiers.TierNotOnLadder):
        give_tier(tier)

    assert not TierPlacement.objects.exists()


def test_it_has_to_end_later(give_tier):
    with pytest.raises(tiers.PlacementEndInvalid) as refusal:
        give_tier(ends_at=TODAY)

    assert refusal.value.pointer == "/ends_at"
    assert not TierPlacement.objects.exists()


def test_it_needs_a_reason(give_tier):
    with pytest.raises(tiers.ReasonMissing):
        give_tier(reason="  ")

    assert not TierPlacement.objects.exists()


def test_who_left_is_given_nothing(member, give_tier):
    Member.objects.filter(id=member.id).update(status="CLOSED")

    with pytest.raises(profiles.MemberClosed):
        give_tier()

    assert not TierPlacement.objects.exists()


def test_a_withdrawn_tier_ends_at_once(member, give_tier):
    placement = give_tier()

    tiers.withdraw(placement_id=placement.pk, reason="Mistake", at=TOMORROW)

    placement.refresh_from_db()
    assert (placement.ends_at, placement.closed_at) == (TOMORROW, TOMORROW)
    assert placement.ended_because == "Mistake"
    assert standing(member, TOMORROW) == "BRONZE"
    assert told(member)[-1]["to"] == "BRONZE"
    with pytest.raises(tiers.PlacementOver):
        tiers.withdraw(placement_id=placement.pk, reason="Again", at=TOMORROW)


def test_a_renewed_tier_goes_on_without_a_gap(member, give_tier):
    placement = give_tier(kind="PAID")

    renewed = tiers.renew(
        placement_id=placement.pk, ends_at=END + timedelta(days=30), key="more", at=TOMORROW
    )

    assert (renewed.starts_at, renewed.kind) == (END, "PAID")
    tiers.evaluate(member_id=member.id, at=END)
    assert standing(member, END) == "GOLD"
    assert len(told(member)) == 1
    assert (
        tiers.renew(
            placement_id=placement.pk, ends_at=END + timedelta(days=30), key="more", at=TOMORROW
        )
        == renewed
    )


def test_of_a_paid_tier_an_event_tells_before_its_end(member, give_tier):
    give_tier(kind="PAID")
    other = MemberFactory()
    tiers.place(
        member_id=other.id, tier="GOLD", kind="TRIAL", ends_at=END, reason="x", key="x", at=TODAY
    )
    notice_at = END - timedelta(days=14)

    assert tiers.start_review(at=notice_at - SECOND) is None
    for at in (notice_at, notice_at + SECOND):
        if job := tiers.start_review(at=at):
            jobs.run(job_id=job.pk, at=at)

    events = Event.objects.filter(type="tier.renewal_due")
    assert [(event.member_id, event.payload["tier"]) for event in events] == [(member.id, "GOLD")]


def test_members_in_given_tiers_are_counted_there(member, give_tier):
    give_tier()
    counts = {count.tier.code: count.members for count in tiers.members_by_tier(at=TODAY)}

    assert counts == {"BRONZE": 0, "SILVER": 0, "GOLD": 1, "PLATINUM": 0}
