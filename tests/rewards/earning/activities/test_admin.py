"""Staff keep the catalogue, look at activities, and record what happens at the counter."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override

from members import ledger
from members.models import Member, StaffMember
from rewards.models import Activity, ActivityType
from tests.factories import MemberFactory
from tests.staff import log_in, page_of


@pytest.fixture
def clerk(programme):
    return log_in("clerk")


@pytest.fixture
def marketer(programme):
    return log_in("marketer")


def page_to_record(member):
    return reverse("admin:rewards_activity_record", args=[member.pk])


def told(asked, **values):
    """
    Return what the browser sends: the hidden fields as they were asked, and these values.
    """
    form = asked.context["form"]
    hidden = {field.name: field.value() for field in form.hidden_fields()}
    return hidden | {"type": "check_in", "store": ""} | values


def points(member):
    return ledger.wallet_of(member_id=member.pk, at=timezone.now()).available


def test_a_clerk_records_a_check_in_from_the_member_s_page(clerk, check_in, member, reward):
    reward(check_in, 5)
    assert page_to_record(member) in clerk.get(page_of(member)).content.decode()

    asked = clerk.get(page_to_record(member))
    response = clerk.post(page_to_record(member), told(asked, store="S1"))

    assert response.url == page_of(member)
    activity = Activity.objects.get()
    assert (activity.member, activity.type, activity.store.code) == (member, check_in, "S1")
    assert activity.reference.startswith("staff-")
    assert points(member) == 5
    shown = clerk.get(page_of(member)).content.decode()
    assert "Recorded: Check-in. It earned 5 points." in shown
    assert "For Check-in" in shown


def test_two_clicks_are_one_activity(clerk, check_in, member, reward):
    reward(check_in, 5)
    sent = told(clerk.get(page_to_record(member)))

    clerk.post(page_to_record(member), sent)
    clerk.post(page_to_record(member), sent)

    assert Activity.objects.count() == 1
    assert points(member) == 5


def test_what_earns_nothing_is_said_to_be_recorded(clerk, check_in, member):
    asked = clerk.get(page_to_record(member))
    clerk.post(page_to_record(member), told(asked))

    shown = clerk.get(page_of(member)).content.decode()
    assert "Recorded: Check-in." in shown
    assert "It earned" not in shown


def test_the_panel_says_what_a_cap_trimmed_and_goes_back_in_time(clerk, check_in, member, reward):
    reward(check_in, 5, cap_per_member=3)
    for _ in range(10):
        clerk.post(page_to_record(member), told(clerk.get(page_to_record(member))))

    page = clerk.get(page_of(member)).content.decode()

    assert page.count("of 5, trimmed by a cap") == 8
    older = Activity.objects.order_by("-occurred_at", "-id")[7]
    address = f"{page_of(member).removesuffix('change/')}panels/activities/"
    panel = clerk.get(address, {"activities": older.pk}).content.decode()
    assert panel.count("For Check-in") == 2
    assert "+3" in panel


def test_what_the_engine_finds_or_is_off_is_not_offered(clerk, check_in, member):
    ActivityType.objects.create(code="off", name="Off", is_active=False)
    ActivityType.objects.create(code="own", name="Own", is_reported_by_engine=True)

    form = clerk.get(page_to_record(member)).context["form"]
    assert [code for code, _name in form.fields["type"].choices] == ["check_in"]
    asked = clerk.get(page_to_record(member))
    page = clerk.post(page_to_record(member), told(asked, type="own"))

    assert page.context["form"].errors["type"]
    assert not Activity.objects.exists()


@pytest.mark.parametrize("change", [{"moment": "1"}, {"moment": "9" * 30}, {"store": "S9"}])
def test_what_cannot_be_recorded_is_explained(clerk, check_in, member, change):
    asked = clerk.get(page_to_record(member))

    page = clerk.post(page_to_record(member), told(asked, **change))

    assert page.status_code == 200
    assert page.context["form"].errors
    assert not Activity.objects.exists()


def test_nobody_records_for_themselves(clerk, check_in, member):
    StaffMember.objects.create(user=User.objects.get(username="clerk"), member=member)
    asked = clerk.get(page_to_record(member))

    page = clerk.post(page_to_record(member), told(asked))

    assert page.context["form"].non_field_errors()
    assert not Activity.objects.exists()


def test_it_takes_the_permission_and_an_active_member(clerk, check_in, member):
    Member.objects.update(status=Member.Status.SUSPENDED)
    assert page_to_record(member) not in clerk.get(page_of(member)).content.decode()
    asked = clerk.get(page_to_record(member))
    page = clerk.post(page_to_record(member), told(asked))
    assert "suspended or closed" in page.content.decode()

    User.objects.get(username="clerk").groups.clear()
    assert clerk.get(page_to_record(member)).status_code == 403
    assert clerk.post(page_to_record(member), told(asked)).status_code == 403
    assert not Activity.objects.exists()


def test_a_member_who_is_not_there_has_no_page(clerk, check_in):
    assert clerk.get("/admin/rewards/activity/999999/record/").status_code == 404


def test_activities_are_found_and_only_looked_at(clerk, check_in, member, record):
    mine, other = MemberFactory(), record(reference="C-2").activity
    found = record(reference="C-1", member=mine.number).activity

    def search(text):
        page = clerk.get("/admin/rewards/activity/", {"q": text})
        return list(page.context["cl"].result_list)

    assert search("") == [found, other]
    assert search("C-1") == search(mine.number) == [found]
    assert search("C") == []
    assert clerk.get("/admin/rewards/activity/add/").status_code == 403
    page = clerk.get(page_of(found))
    assert page.status_code == 200
    assert b'name="_save"' not in page.content


def test_a_marketer_adds_a_type_whose_code_stays(marketer):
    added = {"name": "Review", "code": "review", "is_active": "on"}
    assert marketer.post("/admin/rewards/activitytype/add/", added).status_code == 302
    review = ActivityType.objects.get(code="review")
    assert (review.name, review.is_reported_by_engine) == ("Review", False)

    changed = {"name": "Opinion", "code": "opinion", "is_reported_by_engine": "on"}
    assert marketer.post(page_of(review), changed).status_code == 302

    review.refresh_from_db()
    assert (review.name, review.code, review.is_active) == ("Opinion", "review", False)
    assert not review.is_reported_by_engine
    assert marketer.post(page_of(review, "delete"), {"post": "yes"}).status_code == 403


def test_a_code_that_is_taken_is_refused(marketer, check_in):
    added = {"name": "Another", "code": "check_in", "is_active": "on"}

    page = marketer.post("/admin/rewards/activitytype/add/", added)

    assert page.context["adminform"].form.errors["code"]
    assert ActivityType.objects.get(code="check_in").name == "Check-in"


def test_the_catalogue_says_what_is_rewarded_now(marketer, check_in, reward):
    reward(check_in)
    idle = ActivityType.objects.create(code="idle", name="Idle")
    reward(idle, is_draft=True)

    page = marketer.get("/admin/rewards/activitytype/")

    rewarded = {kind.code: kind.rewarded for kind in page.context["cl"].result_list}
    assert (rewarded["check_in"], rewarded["idle"]) == (True, False)


def test_clerks_do_not_change_the_catalogue(clerk, check_in):
    assert clerk.get("/admin/rewards/activitytype/add/").status_code == 403
    assert clerk.post(page_of(check_in), {"name": "Mine"}).status_code == 403
    check_in.refresh_from_db()
    assert check_in.name == "Check-in"


def test_the_engine_s_own_types_have_names_in_each_language_until_they_are_renamed():
    # A message that the catalogue surely has.
    own = ActivityType(name="Purchases", is_reported_by_engine=True)
    of_the_shop = ActivityType(name="Purchases")

    with override("zh-hans"):
        assert str(own) == gettext("Purchases") != "Purchases"
        assert str(of_the_shop) == "Purchases"
        own.name = "Buy, and be rewarded"
        assert str(own) == "Buy, and be rewarded"
