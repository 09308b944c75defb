"""The inbox: what waits is read and decided there, by two people."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from members import approvals
from members.models import Approval, Event, Member, StaffMember
from tests.factories import MemberFactory, ProgrammeFactory
from tests.staff import log_in, page_of

LIST = "/admin/members/approval/"


@pytest.fixture
def marketer(db):
    ProgrammeFactory()
    return log_in("marketer")


@pytest.fixture
def request_by(db):
    """
    Ask for points for a member in the name of one of the staff, a moment ago.
    """

    def ask(username, *, key="k-1", points=500, age=timedelta(0), member=None) -> Approval:
        member = member or Member.objects.first() or MemberFactory(name="Ann")
        at = timezone.now() - age
        approval, _is_replay = approvals.request(
            kind="ADJUSTMENT",
            payload={
                "member_id": member.pk,
                "currency": "REDEEMABLE",
                "points": points,
                "category": "OTHER",
                "fields": ["name"],
            },
            concerns=[member.pk],
            reason="Lost receipt",
            requested_by=approvals.Actor.staff(User.objects.get(username=username).pk),
            key=key,
            at=at,
            expires_at=at + timedelta(days=7),
        )
        return approval

    return ask


def digest_of(page):
    return page.context["form"]["digest"].value()


def test_the_inbox_says_what_for_whom_by_whom_and_why(marketer, request_by):
    request_by("clerk")

    page = marketer.get(LIST).content.decode()

    for told in ("+500 points", "Ann", "clerk", "Lost receipt", "Open"):
        assert told.lower() in page.lower()


def test_the_inbox_offers_to_decide_what_one_may(marketer, request_by):
    theirs, own = request_by("clerk"), request_by("marketer")
    over = request_by("clerk", key="k-2", age=timedelta(days=8))

    page = marketer.get(LIST).content.decode()
    for_the_clerk = log_in("clerk").get(LIST).content.decode()

    assert page_of(theirs, "approve") in page
    assert page_of(theirs, "reject") in page
    assert "your own request" in page
    assert page_of(own, "approve") not in page
    assert page_of(over, "approve") not in page
    assert page_of(own, "approve") not in for_the_clerk


def test_what_is_open_comes_first(marketer, request_by):
    over = request_by("clerk", key="1", age=timedelta(days=8))
    older = request_by("clerk", key="2", age=timedelta(days=3))
    newer = request_by("clerk", key="3", age=timedelta(days=2))
    rejected = request_by("clerk", key="4")
    approvals.reject(
        approval_id=rejected.pk,
        decided_by=User.objects.get(username="admin").pk,
        note="No",
        at=timezone.now(),
    )

    rows = marketer.get(LIST).context["cl"].result_list

    assert [row.pk for row in rows] == [newer.pk, older.pk, rejected.pk, over.pk]


def test_the_navigation_counts_what_waits(marketer, request_by):
    assert waiting(marketer) is None

    request_by("clerk", key="1")
    request_by("clerk", key="2")
    request_by("clerk", key="3", age=timedelta(days=8))

    assert waiting(marketer) == "2"


def waiting(person):
    page = person.get("/admin/").context
    items = [item for group in page["sidebar_navigation"] for item in group["items"]]
    (badge,) = [item["badge"] for item in items if "badge" in item]
    return str(badge) if badge else None


def test_something_is_approved_after_it_was_looked_at(marketer, request_by):
    approval = request_by("clerk")

    asked = marketer.get(page_of(approval, "approve"))
    assert Approval.objects.get().decision == ""
    response = marketer.post(
        page_of(approval, "approve"), {"digest": digest_of(asked), "note": "Seen the receipt"}
    )

    assert response.url == LIST
    decided = Approval.objects.get()
    assert (decided.decision, decided.decided_by.username, decided.note) == (
        "APPROVED",
        "marketer",
        "Seen the receipt",
    )
    assert Event.objects.count() == 1


@pytest.mark.parametrize("digest", ["", "00", "no digest", "00" * 32])
def test_nothing_else_than_what_was_looked_at_is_approved(marketer, request_by, digest):
    approval = request_by("clerk")

    page = marketer.post(page_of(approval, "approve"), {"digest": digest, "note": ""})

    assert page.context["form"].errors
    assert Approval.objects.get().decision == ""
    assert not Event.objects.exists()


def test_something_is_rejected_with_a_reason(marketer, request_by):
    approval = request_by("clerk")

    marketer.post(page_of(approval, "reject"), {"reason": ""})
    assert Approval.objects.get().decision == ""
    marketer.post(page_of(approval, "reject"), {"reason": "No proof"})

    decided = Approval.objects.get()
    assert (decided.decision, decided.note) == ("REJECTED", "No proof")
    assert not Event.objects.exists()


def test_ones_own_request_cannot_be_decided_and_says_so(marketer, request_by):
    approval = request_by("marketer")

    page = marketer.get(page_of(approval)).content.decode()
    asked = marketer.get(page_of(approval, "approve"))
    refused = marketer.post(page_of(approval, "approve"), {"digest": digest_of(asked), "note": ""})

    assert "somebody else has to decide" in page
    assert page_of(approval, "approve") not in page
    assert page_of(approval, "withdraw") in page
    assert refused.context["form"].non_field_errors()
    assert Approval.objects.get().decision == ""


def test_what_concerns_ones_own_membership_says_so(marketer, request_by):
    approval = request_by("clerk")
    StaffMember.objects.create(
        user=User.objects.get(username="marketer"), member=Member.objects.get()
    )

    page = marketer.get(page_of(approval)).content.decode()
    asked = marketer.get(page_of(approval, "approve"))
    marketer.post(page_of(approval, "approve"), {"digest": digest_of(asked), "note": ""})

    assert "a membership of yours" in page
    assert page_of(approval, "approve") not in page
    assert Approval.objects.get().decision == ""


def test_who_asked_withdraws(marketer, request_by):
    approval = request_by("marketer")

    assert marketer.get(page_of(approval, "withdraw")).status_code == 200
    assert Approval.objects.get().decision == ""
    marketer.post(page_of(approval, "withdraw"))

    assert Approval.objects.get().decision == "WITHDRAWN"


def test_nobody_withdraws_for_another(marketer, request_by):
    approval = request_by("clerk")

    marketer.post(page_of(approval, "withdraw"))

    assert Approval.objects.get().decision == ""


def test_a_clerk_reads_and_does_not_decide(marketer, request_by):
    approval = request_by("marketer")
    clerk = log_in("clerk")

    assert clerk.get(page_of(approval)).status_code == 200
    for verb in ("approve", "reject"):
        assert page_of(approval, verb) not in clerk.get(page_of(approval)).content.decode()
        told = {"reason": "No", "digest": bytes(approval.digest).hex()}
        assert clerk.post(page_of(approval, verb), told).status_code == 403
    assert Approval.objects.get().decision == ""


def test_what_is_over_offers_nothing(marketer, request_by):
    approval = request_by("clerk", age=timedelta(days=8))

    page = marketer.get(page_of(approval)).content.decode()

    assert "label-expired" in page
    assert page_of(approval, "approve") not in page


def test_approvals_are_never_written_by_hand(marketer, request_by):
    approval = request_by("clerk")
    owner = log_in("owner")

    assert owner.get(f"{LIST}add/").status_code == 403
    owner.post(page_of(approval), {"decision": "APPROVED"})
    assert owner.post(page_of(approval, "delete"), {"post": "yes"}).status_code == 403
    assert Approval.objects.get().decision == ""


@pytest.mark.parametrize("role", ["clerk", "marketer"])
def test_only_the_owner_says_who_of_the_staff_is_a_member(db, role):
    link = StaffMember.objects.create(user=User.objects.create_user("x"), member=MemberFactory())
    person = log_in(role)

    assert person.get("/admin/members/staffmember/").status_code == 403
    assert person.get("/admin/members/staffmember/add/").status_code == 403
    assert person.post(page_of(link, "delete"), {"post": "yes"}).status_code == 403
    assert StaffMember.objects.count() == 1


def test_the_owner_links_a_member_and_takes_it_back_but_not_their_own(db):
    owner = log_in("owner")
    clerk, boss = User.objects.get(username="clerk"), User.objects.get(username="admin")
    mine, theirs = MemberFactory(), MemberFactory()
    for user, member in ((clerk, theirs), (boss, mine)):
        told = {"user": user.pk, "member": member.pk}
        owner.post("/admin/members/staffmember/add/", told)

    for link in StaffMember.objects.all():
        owner.post(page_of(link, "delete"), {"post": "yes"})

    assert StaffMember.objects.get().user == boss
