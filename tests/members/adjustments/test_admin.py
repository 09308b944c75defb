"""Points are adjusted from the member's page, and by nobody who may not."""

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils import timezone

from members import ledger
from members.models import Adjustment, AdjustmentLimit, Approval, StaffMember
from tests.factories import MemberFactory
from tests.staff import log_in, page_of

LIMITS = "/admin/members/adjustmentlimit/"


def limited(role, *, per_adjustment=100, per_day=250):
    """
    Log in as somebody whose group has this limit.
    """
    client = log_in(role)
    AdjustmentLimit.objects.update_or_create(
        group=Group.objects.get(name=role),
        defaults={"per_adjustment": per_adjustment, "per_day": per_day},
    )
    return client


@pytest.fixture
def clerk(db):
    return limited("clerk")


@pytest.fixture
def member(db):
    return MemberFactory(name="Ann")


def page(member, verb="adjust"):
    return reverse(f"admin:members_adjustment_{verb}", args=[member.pk])


def told(points, **other):
    return {
        "key": "form-1",
        "currency": "REDEEMABLE",
        "points": points,
        "category": "COMPENSATION",
        "reason": "Lost receipt",
    } | other


def available(member):
    return ledger.wallet_of(member_id=member.pk, at=timezone.now()).available


def test_a_clerk_adjusts_points_from_the_members_page(clerk, member):
    assert page(member) in clerk.get(page_of(member)).content.decode()

    response = clerk.post(page(member), told(80))

    assert response.url == page_of(member)
    adjustment = Adjustment.objects.get()
    assert (adjustment.points, adjustment.requested_by.username) == (80, "clerk")
    assert available(member) == 80
    shown = clerk.get(page_of(member)).content.decode()
    assert "Adjusted: +80 points." in shown
    assert "Lost receipt" in shown


def test_the_form_says_how_far_one_may_go(clerk, member):
    clerk.post(page(member), told(80))

    asked = clerk.get(page(member))

    text = asked.content.decode()
    assert "80 points can be spent now." in text
    assert "up to 100 points at a time, and 170 more today" in text
    assert 'data-most="100"' in text


def test_two_clicks_adjust_once(clerk, member):
    clerk.post(page(member), told(80))
    clerk.post(page(member), told(80))

    assert available(member) == 80


def test_beyond_the_limit_it_is_asked_for(clerk, member):
    clerk.post(page(member), told(500))

    shown = clerk.get(page_of(member)).content.decode()
    assert "A colleague has to approve this" in shown
    assert page_of(Approval.objects.get()) in shown
    assert available(member) == 0


def test_the_approver_sees_the_wallet_before_and_after(clerk, member, give):
    give(member, 300, at=timezone.now())
    clerk.post(page(member), told(-250))
    approval = Approval.objects.get()
    marketer = limited("marketer", per_adjustment=1_000, per_day=1_000)

    asked = marketer.get(page_of(approval, "approve"))
    text = asked.content.decode()
    assert 'data-name="before">300<' in text
    assert 'data-name="after">50<' in text
    digest = asked.context["form"]["digest"].value()
    marketer.post(page_of(approval, "approve"), {"digest": digest, "note": ""})

    assert available(member) == 50
    assert "clerk, approved by marketer" in marketer.get(page_of(member)).content.decode()
    assert "Booked as entry 2" in marketer.get(page_of(approval)).content.decode()


def test_the_approver_is_told_why_it_cannot_be_approved(clerk, member):
    clerk.post(page(member), told(-250))
    approval = Approval.objects.get()
    marketer = limited("marketer", per_adjustment=200, per_day=200)

    asked = marketer.get(page_of(approval, "approve"))
    digest = asked.context["form"]["digest"].value()
    refused = marketer.post(page_of(approval, "approve"), {"digest": digest, "note": ""})

    assert "250 points short" in asked.content.decode()
    assert "more than you may approve: 200 points at a time" in asked.content.decode()
    assert refused.context["form"].non_field_errors()
    assert Approval.objects.get().decision == ""
    assert available(member) == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"points": 0}, "points"),
        ({"points": ""}, "points"),
        ({"points": "many"}, "points"),
        ({"points": 10**12}, "points"),
        ({"reason": "  "}, "reason"),
        ({"currency": "GOLD"}, "currency"),
        ({"category": "FUN"}, "category"),
    ],
)
def test_nonsense_is_told(clerk, member, wrong, field):
    response = clerk.post(page(member), told(10) | wrong)

    assert field in response.context["form"].errors
    assert not Adjustment.objects.exists()


def test_a_refusal_is_told(clerk, member):
    response = clerk.post(page(member), told(-10))

    (error,) = response.context["form"].non_field_errors()
    assert "not hold enough" in error
    assert not Adjustment.objects.exists()


def test_ones_own_account_is_refused(clerk, member):
    StaffMember.objects.create(user=User.objects.get(username="clerk"), member=member)

    for verb, form in (("adjust", told(10)), ("adjust", told(500))):
        response = clerk.post(page(member, verb), form)
        assert response.context["form"].non_field_errors()

    assert available(member) == 0
    assert not Approval.objects.exists()


def test_points_are_frozen_and_unfrozen_with_a_reason(member, give):
    give(member, 100, at=timezone.now())
    marketer = log_in("marketer")

    assert page(member, "freeze") in marketer.get(page_of(member)).content.decode()
    marketer.post(page(member, "freeze"), {"reason": ""})
    assert status(member) == "ACTIVE"
    marketer.post(page(member, "freeze"), {"reason": "Odd returns"})
    assert status(member) == "FROZEN"

    assert page(member, "unfreeze") in marketer.get(page_of(member)).content.decode()
    marketer.post(page(member, "unfreeze"), {"reason": "Explained"})
    assert status(member) == "ACTIVE"


def status(member):
    return ledger.wallet_of(member_id=member.pk, at=timezone.now()).status


def test_a_clerk_freezes_nothing(clerk, member, give):
    give(member, 100, at=timezone.now())

    assert page(member, "freeze") not in clerk.get(page_of(member)).content.decode()
    for verb in ("freeze", "unfreeze"):
        assert clerk.get(page(member, verb)).status_code == 403
        assert clerk.post(page(member, verb), {"reason": "Why not"}).status_code == 403

    assert status(member) == "ACTIVE"


def test_who_may_only_look_adjusts_nothing(member):
    log_in("clerk")
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(
        Group.objects.get(name="clerk").permissions.filter(codename__startswith="view_")
    )
    client = log_in("clerk")
    client.force_login(viewer)

    assert page(member) not in client.get(page_of(member)).content.decode()
    assert client.post(page(member), told(10)).status_code == 403
    assert available(member) == 0


def test_a_closed_membership_offers_nothing(clerk, member):
    member.status = "CLOSED"
    member.save()

    assert page(member) not in clerk.get(page_of(member)).content.decode()
    assert clerk.post(page(member), told(10)).context["form"].non_field_errors()
    assert available(member) == 0


def test_an_unknown_member_has_no_page(clerk):
    address = reverse("admin:members_adjustment_adjust", args=[999_999])

    assert clerk.get(address).status_code == 404


def test_the_history_is_only_looked_at(clerk, member):
    clerk.post(page(member), told(80))
    adjustment = Adjustment.objects.get()
    owner = log_in("owner")

    assert "Lost receipt" in owner.get("/admin/members/adjustment/").content.decode()
    assert "Lost receipt" in owner.get(page_of(adjustment)).content.decode()
    assert owner.get("/admin/members/adjustment/add/").status_code == 403
    owner.post(page_of(adjustment), {"points": "9"})
    assert owner.post(page_of(adjustment, "delete"), {"post": "yes"}).status_code == 403
    assert Adjustment.objects.get().points == 80


def test_the_owner_sets_limits_and_sees_what_they_were(db):
    owner = log_in("owner")
    group = Group.objects.get(name="clerk")
    AdjustmentLimit.objects.all().delete()

    owner.post(f"{LIMITS}add/", limit(group=group.pk))
    made = AdjustmentLimit.objects.get()
    owner.post(page_of(made), limit(group=group.pk, per_adjustment=200))

    shown = owner.get(page_of(made)).content.decode()
    assert "200 / 1,000 · admin" in shown
    assert "100 / 1,000 · admin" in shown
    owner.post(page_of(made, "delete"), {"post": "yes"})
    assert not AdjustmentLimit.objects.exists()


def limit(**told):
    return {"group": "", "api_key": "", "per_adjustment": 100, "per_day": 1000} | told


@pytest.mark.parametrize("wrong", [{}, {"per_adjustment": 2000}, {"per_day": -1}])
def test_a_limit_that_makes_no_sense_is_not_made(db, wrong):
    owner = log_in("owner")
    AdjustmentLimit.objects.all().delete()
    group = {"group": Group.objects.get(name="clerk").pk} if wrong else {}

    response = owner.post(f"{LIMITS}add/", limit(**group) | wrong)

    assert response.context["adminform"].form.errors
    assert not AdjustmentLimit.objects.exists()


@pytest.mark.parametrize("role", ["clerk", "marketer"])
def test_only_the_owner_sets_limits(db, role):
    person = limited(role)
    mine = AdjustmentLimit.objects.get(group__name=role)

    assert person.get(f"{LIMITS}add/").status_code == 403
    person.post(page_of(mine), limit(group=mine.group_id, per_adjustment=1000))
    assert person.post(page_of(mine, "delete"), {"post": "yes"}).status_code == 403

    mine.refresh_from_db()
    assert mine.per_adjustment == 100
