"""Staff publish a ladder, give tiers, and see how far a job is."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from members import jobs, tiers
from members.models import JobRun, Ladder, StaffMember, TierPlacement
from tests.factories import LadderFactory, MemberFactory, ProgrammeFactory, RungFactory
from tests.staff import log_in, page_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner():
    return log_in("owner")


@pytest.fixture
def ladder(db):
    ProgrammeFactory()
    made = LadderFactory()
    RungFactory(ladder=made, tier__code="BASIC", tier__name="Basic", tier__rank=0)
    RungFactory(
        ladder=made, tier__code="GOLD", tier__name="Gold", tier__rank=1, points_required=100
    )
    return made


@pytest.fixture
def draft(ladder):
    made = LadderFactory(starts_at=timezone.now() + timedelta(days=2), is_draft=True)
    for rung, points in zip(ladder.rungs.order_by("tier__rank"), (0, 40), strict=True):
        RungFactory(ladder=made, tier=rung.tier, points_required=points)
    return made


@pytest.fixture
def shopper(ladder, earn):
    member = MemberFactory(name="Ann")
    earn(member, 50, at=timezone.now() - timedelta(days=1))
    return member


def test_who_moves_is_shown_before_a_ladder_is_published(owner, draft, shopper):
    page = owner.get(page_of(draft, "publish"))

    assert (page.context["found"]["up"], page.context["found"]["down"]) == (1, 0)
    assert [move.member for move in page.context["sample"]] == [shopper]
    lines = b"".join(owner.get(page_of(draft, "moves")).streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(f"{shopper.number},BASIC,GOLD,")
    draft.refresh_from_db()
    assert draft.is_draft


def test_publishing_makes_a_job_of_it(owner, draft, shopper):
    owner.get(page_of(draft, "publish"))

    owner.post(page_of(draft, "publish"), {"publish": "1"})

    draft.refresh_from_db()
    assert not draft.is_draft
    job = JobRun.objects.get(kind="members.tiers.apply")
    assert (job.status, job.due_at) == ("WAITING", draft.starts_at)
    assert job.requested_by.username == "admin"


def test_back_to_draft(owner, draft, shopper):
    owner.get(page_of(draft, "publish"))
    owner.post(page_of(draft, "publish"), {"publish": "1"})

    owner.get(page_of(draft, "unpublish"))

    draft.refresh_from_db()
    assert draft.is_draft


def test_a_clerk_publishes_nothing(draft, shopper):
    clerk = log_in("clerk")

    assert clerk.get(page_of(draft, "publish")).status_code == 403
    assert clerk.get(page_of(draft, "moves")).status_code == 403

    draft.refresh_from_db()
    assert draft.is_draft
    assert not JobRun.objects.exists()


def _given(**changes):
    day = timezone.localtime() + timedelta(days=30)
    form = {"key": "k", "tier": "GOLD", "kind": "INVITED", "reason": "A guest of honour"}
    return form | {"ends_at": f"{day:%Y-%m-%d}"} | changes


def test_a_tier_is_given_from_the_members_page(owner, shopper):
    story = owner.get(page_of(shopper)).content.decode()
    address = f"/admin/members/tierplacement/{shopper.pk}/place/"
    assert address in story

    owner.post(address, _given())

    placement = TierPlacement.objects.get()
    assert (placement.tier.code, placement.kind, placement.reason) == (
        "GOLD", "INVITED", "A guest of honour",
    )  # fmt: skip
    assert placement.placed_by.username == "admin"
    assert tiers.standing(member_id=shopper.pk, at=timezone.now()).tier.code == "GOLD"
    assert "A guest of honour" in owner.get(page_of(shopper)).content.decode()


def test_a_tier_that_ends_in_the_past_is_refused_at_the_field(owner, shopper):
    page = owner.post(
        f"/admin/members/tierplacement/{shopper.pk}/place/", _given(ends_at="2020-01-01")
    )

    assert "ends_at" in page.context["form"].errors
    assert not TierPlacement.objects.exists()


def test_a_given_tier_is_renewed_and_ended(owner, shopper):
    owner.post(f"/admin/members/tierplacement/{shopper.pk}/place/", _given())
    placement = TierPlacement.objects.get()
    later = timezone.localtime() + timedelta(days=60)

    owner.post(
        page_of(placement, "renew"),
        {"key": "r", "ends_at": f"{later:%Y-%m-%d}", "reason": "Again"},
    )
    owner.post(page_of(placement, "withdraw"), {"reason": "Moved away"})

    renewed = TierPlacement.objects.latest("id")
    placement.refresh_from_db()
    assert renewed.reason == "Again"
    assert placement.ended_because == "Moved away"
    assert placement.closed_at is not None


@pytest.mark.parametrize("role", ["clerk", "marketer"])
def test_the_counter_and_marketing_give_tiers(role, shopper):
    browser = log_in(role)
    address = f"/admin/members/tierplacement/{shopper.pk}/place/"

    assert address in browser.get(page_of(shopper)).content.decode()
    browser.post(address, _given())
    placement = TierPlacement.objects.get()
    browser.post(page_of(placement, "withdraw"), {"reason": "A mistake"})

    placement.refresh_from_db()
    assert placement.ended_because == "A mistake"


def test_nobody_gives_themselves_a_tier(owner, shopper):
    StaffMember.objects.create(user=User.objects.get(username="admin"), member=shopper)

    page = owner.post(f"/admin/members/tierplacement/{shopper.pk}/place/", _given())

    assert page.context["form"].errors
    assert not TierPlacement.objects.exists()


def test_who_only_looks_gives_no_tiers(shopper):
    clerk = log_in("clerk")
    group = Group.objects.get(name="clerk")
    group.permissions.remove(*group.permissions.filter(codename="add_tierplacement"))
    address = f"/admin/members/tierplacement/{shopper.pk}/place/"

    assert address not in clerk.get(page_of(shopper)).content.decode()
    assert clerk.post(address, _given()).status_code == 403

    assert not TierPlacement.objects.exists()


def test_the_history_of_given_tiers_is_only_looked_at(owner, shopper):
    owner.post(f"/admin/members/tierplacement/{shopper.pk}/place/", _given())
    placement = TierPlacement.objects.get()

    owner.post(page_of(placement), {"reason": "Other"})

    assert owner.get(page_of(TierPlacement, "changelist")).status_code == 200
    placement.refresh_from_db()
    assert placement.reason == "A guest of honour"


def test_the_page_of_jobs_shows_how_far_each_is(owner, draft, shopper):
    owner.get(page_of(draft, "publish"))
    job = JobRun.objects.get()

    listed = owner.get(page_of(JobRun, "changelist")).content.decode()
    shown = owner.get(page_of(job)).content.decode()

    assert "Who moves with a new ladder" in listed
    assert "1 member moves up" in shown
    assert "1 of 1, 100" in shown


def test_a_failed_job_carries_on_when_asked(owner, ladder):
    job = jobs.start(kind="members.tiers.apply", key="x", at=timezone.now())
    JobRun.objects.filter(pk=job.pk).update(status="FAILED")

    owner.get(page_of(job, "retry"))

    job.refresh_from_db()
    assert job.status == "WAITING"


def test_a_job_is_stopped(owner, ladder):
    job = jobs.start(kind="members.tiers.apply", key="x", at=timezone.now())

    owner.get(page_of(job, "cancel"))

    job.refresh_from_db()
    assert job.status == "CANCELLED"
    assert Ladder.objects.get() == ladder
