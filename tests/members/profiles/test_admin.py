"""Staff find members, read their story and correct them."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from members import ledger, profiles
from members.models import Member
from tests.factories import (
    TODAY,
    LadderFactory,
    MemberFactory,
    PolicyFactory,
    ProgrammeFactory,
    RungFactory,
    StoreFactory,
)
from tests.members.profiles.conftest import events_of
from tests.staff import log_in, page_of, statements

LIST = "/admin/members/member/"
DETAILS = {"name": "Ann", "phone": "+86 138 0013 8000", "email": "ann@example.com"}


@pytest.fixture(autouse=True)
def programme(db):
    PolicyFactory()
    LadderFactory()
    with time_machine.travel(TODAY, tick=False):
        yield ProgrammeFactory()


@pytest.fixture
def clerk(db):
    return log_in("clerk")


def test_the_list_shows_the_newest_first_and_counts_nothing(clerk):
    old = MemberFactory(name="Old", enrolled_at=TODAY - timedelta(days=9))
    new = MemberFactory(name="New", enrolled_at=TODAY)

    with statements() as sent:
        page = clerk.get(LIST)

    assert [row.pk for row in page.context["cl"].result_list] == [new.pk, old.pk]
    assert not [sql for sql in sent if "COUNT(" in sql]


def test_the_list_takes_the_same_statements_however_many_there_are(clerk):
    MemberFactory(home_store=StoreFactory())
    with statements() as few:
        clerk.get(LIST)
    for _ in range(60):
        MemberFactory(home_store=StoreFactory())

    with statements() as many:
        page = clerk.get(LIST)

    assert len(page.context["cl"].result_list) == 50
    assert len(many) == len(few)


@pytest.mark.parametrize(
    "said",
    ["+8613800138000", "+86 138-0013-8000", "0086 138 0013 8000", "8000", "ann@example.com"],
)
def test_a_search_leads_straight_to_the_only_member_it_finds(clerk, ann, said):
    MemberFactory(phone="+8613900139001")

    response = clerk.get(LIST, {"q": said})

    assert response.url == page_of(ann)


def test_a_search_finds_by_card_number_and_name(clerk, ann):
    assert clerk.get(LIST, {"q": ann.number}).url == page_of(ann)
    assert clerk.get(LIST, {"q": "an"}).url == page_of(ann)


def test_a_search_that_finds_several_lists_them(clerk, ann):
    other = MemberFactory(name="Anna", enrolled_at=ann.enrolled_at - timedelta(days=1))

    page = clerk.get(LIST, {"q": "ann"})

    assert [row.pk for row in page.context["cl"].result_list] == [ann.pk, other.pk]


def test_a_search_that_finds_nobody_says_so(clerk, ann):
    assert "Nothing matches" in clerk.get(LIST, {"q": "+8613900000000"}).content.decode()


def test_details_are_corrected_by_the_service(clerk, ann):
    response = clerk.post(page_of(ann, "correct"), DETAILS | {"name": "Ann Lee"})

    assert response.url == page_of(ann)
    assert Member.objects.get(pk=ann.pk).name == "Ann Lee"
    assert events_of(ann)[-1] == ("member.corrected", {"fields": ["name"]}, TODAY)
    assert LogEntry.objects.get().change_message == "Details corrected."


def test_the_history_says_what_was_corrected_and_by_whom(clerk, ann):
    User.objects.filter(username="clerk").update(first_name="Carla", last_name="Clerk")
    clerk.post(page_of(ann, "correct"), DETAILS | {"name": "Ann Lee", "birthday": "--02-29"})

    page = clerk.get(page_of(ann))

    (history,) = [shown for shown in page.context["panels"] if shown.panel.name == "history"]
    newest, first = history.facts["rows"]
    assert newest["changes"] == [("name", "Ann", "Ann Lee"), ("birthday", "", "--02-29")]
    assert newest["who"].get_full_name() == "Carla Clerk"
    assert first["changes"] == []


def test_a_detail_that_is_another_members_is_refused_beside_its_field(clerk, ann):
    other = MemberFactory(phone="+8613900139001")

    page = clerk.post(page_of(ann, "correct"), DETAILS | {"phone": other.phone})

    assert page.context["form"].errors["phone"] == [
        f"A member with these details is enrolled already. ({other.number})"
    ]
    assert Member.objects.get(pk=ann.pk).phone == "+8613800138000"
    assert not LogEntry.objects.exists()


def test_a_membership_is_suspended_reinstated_and_closed_with_a_reason(clerk, ann):
    for verb, status in [("suspend", "SUSPENDED"), ("reinstate", "ACTIVE"), ("close", "CLOSED")]:
        clerk.post(page_of(ann, verb), {"reason": "Asked for it"})

        member = Member.objects.get(pk=ann.pk)
        assert (member.status, member.status_reason) == (status, "Asked for it")


def test_without_a_reason_nothing_happens(clerk, ann):
    page = clerk.post(page_of(ann, "suspend"), {"reason": " "})

    assert "reason" in page.context["form"].errors
    assert Member.objects.get(pk=ann.pk).status == "ACTIVE"


def test_nothing_can_be_done_with_a_closed_membership(clerk, ann):
    profiles.close(member_id=ann.pk, reason="Moved away", at=TODAY)

    page = clerk.get(page_of(ann))
    refused = clerk.post(page_of(ann, "suspend"), {"reason": "Late"})

    assert page.context["actions_detail"] == []
    assert refused.context["form"].non_field_errors() == [
        f"This membership was closed, for good. ({ann.number})"
    ]
    assert Member.objects.get(pk=ann.pk).status == "CLOSED"


def test_a_member_is_enrolled_once_however_often_the_button_is_pressed(clerk):
    form = clerk.get(f"{LIST}add/").context["form"]
    key = form.get_initial_for_field(form.fields["key"], "key")
    told = {"phone": "+86 138 0013 8000", "name": "Ann", "key": key}

    first = clerk.post(f"{LIST}add/", told)
    second = clerk.post(f"{LIST}add/", told)

    member = Member.objects.get()
    assert (member.phone, member.name) == ("+8613800138000", "Ann")
    assert first.url == second.url == page_of(member)


def test_a_person_without_phone_and_e_mail_is_not_enrolled(clerk):
    page = clerk.post(f"{LIST}add/", {"name": "Ann", "key": "k"})

    assert page.context["form"].non_field_errors()
    assert not Member.objects.exists()


def test_members_are_never_deleted(ann):
    assert log_in("owner").post(page_of(ann, "delete"), {"post": "yes"}).status_code == 403
    assert Member.objects.filter(pk=ann.pk).exists()


def test_the_form_of_the_record_itself_changes_nothing(ann):
    log_in("owner").post(page_of(ann), {"name": "Eve", "number": "1"})

    assert Member.objects.get(pk=ann.pk).name == "Ann"


def test_marketing_reads_members_and_changes_none(ann):
    marketer = log_in("marketer")

    offered = marketer.get(page_of(ann)).context["actions_detail"]
    assert [action["title"] for action in offered] == ["Adjust points", "Freeze points"]
    for verb in ["correct", "suspend", "reinstate", "close"]:
        assert marketer.post(page_of(ann, verb), {"reason": "x"}).status_code == 403
    assert marketer.get(f"{LIST}add/").status_code == 403
    assert Member.objects.get(pk=ann.pk).status == "ACTIVE"


def test_an_unknown_member_is_not_found(clerk):
    for address in ["999/change/", "999/correct/", "999/panels/statement/", "x/change/"]:
        assert clerk.get(LIST + address).status_code == 404


def test_the_story_says_what_the_member_has(clerk, ann, give):
    give(ann, 100, expires_at=TODAY + timedelta(days=30))
    give(ann, 1200, expires_at=TODAY + timedelta(days=60))
    give(ann, 50, available_at=TODAY + timedelta(days=3))
    ledger.redeem(member_id=ann.pk, points=40, key="gift", at=TODAY)

    page = clerk.get(page_of(ann)).content.decode()

    assert (
        "1,260 points can be spent now. 50 more are earned and not available yet. "
        "60 points end with 31 March 2026 unless they are spent before."
    ) in page
    assert "+86 138 0013 8000" in page
    assert "Redeemed" in page
    assert "−40" in page


def test_the_story_takes_the_same_statements_however_long_it_is(clerk, ann):
    ladder = LadderFactory(starts_at=TODAY - timedelta(days=900))
    RungFactory(ladder=ladder, tier__rank=0, points_required=0)
    # More than an explanation adds up: what is older it starts from, with one statement more.
    _earn(ann, times=2_100)
    with statements() as few:
        clerk.get(page_of(ann))
    _earn(ann, times=7_900)

    with statements() as many:
        page = clerk.get(page_of(ann))

    assert page.content.decode().count("<tr>") < 100
    assert len(many) == len(few)
    assert len(many) <= 60


def test_older_entries_follow_on_request(clerk, ann):
    _earn(ann, times=40)
    statement = page_of(ann, "panel", panel="statement")

    newest = clerk.get(statement).context["shown"].facts
    older = clerk.get(f"{statement}?{newest['older']}").context["shown"].facts
    oldest = clerk.get(f"{statement}?{older['older']}").context["shown"].facts

    seqs = [row.entry.seq for page in (newest, older, oldest) for row in page["rows"]]
    assert seqs == list(range(40, 0, -1))
    assert oldest["older"] == ""


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "1;2", "\u0661"])
def test_a_strange_place_to_go_on_from_is_ignored(clerk, ann, before):
    _earn(ann, times=3)

    page = clerk.get(page_of(ann, "panel", panel="statement"), {"statement": before})

    assert len(page.context["shown"].facts["rows"]) == 3


def test_the_story_is_told_in_chinese(clerk, ann):
    page = clerk.get(page_of(ann), headers={"accept-language": "zh-hans"})

    assert page.status_code == 200
    assert '<html lang="zh-hans"' in page.content.decode()


def _earn(member, *, times):
    key = f"{ledger.wallet_of(member_id=member.pk, at=TODAY).balance}"
    for currency in ledger.Currency:
        ledger.accrue_many(
            currency=currency,
            accruals=[
                ledger.Accrual(
                    member_id=member.pk,
                    points=1,
                    key=f"{key}:{n}",
                    occurred_at=TODAY,
                    available_at=TODAY,
                    expires_at=None,
                    reference=f"purchase:till:{n}",
                )
                for n in range(times)
            ],
            at=TODAY,
        )
