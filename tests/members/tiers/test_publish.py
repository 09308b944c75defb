"""A changed ladder: who moves is found out, then it is published and applied."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members import jobs, tiers
from members.models import JobRun, Ladder, LadderMove, Member, TierPeriod
from members.tiers.services import previewing
from tests.factories import TODAY, TOMORROW, MemberFactory
from tests.members.tiers.conftest import build_ladder, history

pytestmark = pytest.mark.django_db(transaction=True)

EASIER = [("BRONZE", 0, "1"), ("SILVER", 500, "1"), ("GOLD", 5_000, "1")]
END = TODAY + timedelta(days=365, hours=4)


@pytest.fixture
def shoppers(at_once, earn):
    """
    Four members with 100, 600, 1,200 and 3,500 points: two in Bronze, one in Silver, one in Gold.
    """
    members = MemberFactory.create_batch(4)
    for member, points in zip(members, [100, 600, 1_200, 3_500], strict=True):
        earn(member, points)
    tiers.evaluate_many(member_ids=[member.id for member in members], at=TODAY)
    return members


@pytest.fixture
def draft(at_once, shoppers):
    """
    Silver is nearer, Gold is farther, Platinum is gone.
    """
    return build_ladder(starts_at=TOMORROW, rungs=EASIER, tiers=at_once, is_draft=True)


def preview(ladder, at=TODAY):
    job = tiers.start_preview(ladder_id=ladder.pk, at=at)
    return jobs.run(job_id=job.pk, at=at)


def moves():
    rows = LadderMove.objects.order_by("member_id")
    return list(rows.values_list("member_id", "old__code", "new__code", "moves_at", "is_anyway"))


def test_a_draft_has_no_effect(at_once, draft, shoppers):
    assert tiers.ladder_in_force(at=TOMORROW) == at_once
    assert tiers.evaluate(member_id=shoppers[1].id, at=TOMORROW) is False


def test_a_preview_finds_who_moves_and_moves_nobody(draft, shoppers):
    before = TierPeriod.objects.count()

    job = preview(draft)

    assert job.status == "DONE"
    assert (job.total, job.done) == (4, 4)
    assert job.result == {
        "members": 4,
        "up": 1,
        "down": 1,
        "anyway": 0,
        "matrix": {
            "BRONZE": {"BRONZE": 1, "SILVER": 1},
            "SILVER": {"SILVER": 1},
            "GOLD": {"SILVER": 1},
        },
    }
    assert moves() == [
        (shoppers[1].id, "BRONZE", "SILVER", TOMORROW, False),
        (shoppers[3].id, "GOLD", "SILVER", END, False),
    ]
    assert TierPeriod.objects.count() == before


def test_who_would_go_down_anyway_is_told_apart(draft, shoppers):
    # A year later nothing of what they earned counts any more.
    late = TODAY + timedelta(days=365)
    Ladder.objects.filter(pk=draft.pk).update(starts_at=late + timedelta(days=1))

    job = preview(draft, at=late)

    assert (job.result["up"], job.result["down"], job.result["anyway"]) == (0, 2, 2)


def test_a_preview_goes_on_where_it_was_interrupted(draft, shoppers, monkeypatch):
    monkeypatch.setattr(previewing, "BATCH", 3)
    job = tiers.start_preview(ladder_id=draft.pk, at=TODAY)

    halfway = jobs.run(job_id=job.pk, at=TODAY, goes_on=lambda: False)
    assert (halfway.status, halfway.done, halfway.percent) == ("RUNNING", 3, 75)
    done = jobs.run(job_id=job.pk, at=TODAY)

    assert (done.status, done.done, done.percent) == ("DONE", 4, 100)
    assert done.result["up"] + done.result["down"] == 2


def test_who_left_is_not_looked_at(draft, shoppers):
    Member.objects.filter(id=shoppers[0].id).update(status="CLOSED")

    assert preview(draft).result["members"] == 3


def test_nothing_is_published_before_somebody_looked(draft):
    with pytest.raises(tiers.PreviewMissing):
        tiers.publish(ladder_id=draft.pk, at=TODAY)

    draft.refresh_from_db()
    assert draft.is_draft
    assert not JobRun.objects.exists()


def test_nothing_is_published_that_changed_since_somebody_looked(draft):
    preview(draft)
    draft.rungs.filter(tier__code="SILVER").update(points_required=400)

    with pytest.raises(tiers.PreviewMissing):
        tiers.publish(ladder_id=draft.pk, at=TODAY)

    draft.refresh_from_db()
    assert draft.is_draft


def test_a_look_is_good_for_a_day(draft):
    preview(draft)
    Ladder.objects.filter(pk=draft.pk).update(starts_at=TODAY + timedelta(days=9))

    with pytest.raises(tiers.PreviewMissing):
        tiers.publish(ladder_id=draft.pk, at=TODAY + timedelta(days=1))


def test_a_published_ladder_is_applied_when_it_begins(draft, shoppers):
    preview(draft)

    job = tiers.publish(ladder_id=draft.pk, at=TODAY)
    early = jobs.run_due(at=TOMORROW - timedelta(seconds=1))
    before = TierPeriod.objects.count()
    jobs.run_due(at=TOMORROW)

    assert (early, before) == (0, 2)
    job.refresh_from_db()
    assert (job.status, job.result) == ("DONE", {"moved": 1})
    assert history(shoppers[1])[0][0] == "SILVER"
    # Nobody goes down before the period ends.
    assert history(shoppers[3])[-1][0] == "GOLD"
    tiers.review_due(at=END)
    assert history(shoppers[3])[-1][:2] == ("SILVER", END)


def test_publishing_twice_is_refused(draft):
    preview(draft)
    tiers.publish(ladder_id=draft.pk, at=TODAY)

    with pytest.raises(tiers.LadderNotDraft):
        tiers.publish(ladder_id=draft.pk, at=TODAY)

    assert JobRun.objects.filter(kind="members.tiers.apply").count() == 1


def test_a_draft_that_begins_too_early_is_refused(draft):
    preview(draft, at=TOMORROW)

    with pytest.raises(tiers.LadderStartsTooEarly):
        tiers.publish(ladder_id=draft.pk, at=TOMORROW)

    draft.refresh_from_db()
    assert draft.is_draft


def test_the_first_ladder_of_a_programme_may_begin_in_the_past(programme, earn):
    member = MemberFactory()
    earn(member, 1_000)
    first = build_ladder(is_draft=True)
    preview(first)

    tiers.publish(ladder_id=first.pk, at=TODAY)
    jobs.run_due(at=TODAY)

    assert history(member)[0][0] == "SILVER"


def test_a_ladder_to_come_is_taken_back(at_once, shoppers):
    # By the clock of the database, which keeps what has begun.
    now = timezone.now()
    draft = build_ladder(
        starts_at=now + timedelta(days=1), rungs=EASIER, tiers=at_once, is_draft=True
    )
    preview(draft, at=now)
    job = tiers.publish(ladder_id=draft.pk, at=now)

    tiers.unpublish(ladder_id=draft.pk, at=now)
    jobs.run_due(at=draft.starts_at)

    job.refresh_from_db()
    draft.refresh_from_db()
    assert (job.status, draft.is_draft) == ("CANCELLED", True)
    assert history(shoppers[1]) == []


def test_a_ladder_that_began_is_not_taken_back(at_once):
    with pytest.raises(tiers.LadderInForce):
        tiers.unpublish(ladder_id=at_once.pk, at=TODAY)

    at_once.refresh_from_db()
    assert not at_once.is_draft
