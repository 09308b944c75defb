"""Staff try a draft on what was bought, and read what it would have done."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from members import jobs
from members.models import JobRun
from members.purchases import NewLine
from rewards import earning
from rewards.earning.backtesting import reading
from tests.factories import EarningRuleFactory, MemberFactory
from tests.rewards.earning.backtesting.conftest import purchase
from tests.staff import log_in, page_of

pytestmark = pytest.mark.django_db

ASK = "admin:earning_back_test"


@pytest.fixture
def marketer():
    return log_in("marketer")


@pytest.fixture
def members(plain_rules):
    """
    Ann and Ben, who bought for 10.00 each this week.
    """
    week = timezone.now() - timedelta(days=3)
    people = [MemberFactory(name=name, enrolled_at=week) for name in ("Ann", "Ben")]
    for member in people:
        lines = [NewLine(number=1, amount=Decimal("10.00"))]
        earning.record_purchase(
            purchase=purchase(member, f"{member.id}", week, lines), at=timezone.now()
        )
    return people


@pytest.fixture
def draft(plain_rules):
    return EarningRuleFactory(
        code="base",
        version=2,
        name="Double base",
        is_draft=True,
        points_per_unit=2,
        starts_at=timezone.now() + timedelta(days=7),
    )


def asked(draft=None, **changes):
    today = timezone.now().date()
    days = {"since": today - timedelta(days=30), "until": today - timedelta(days=1)} | changes
    return {"draft": draft.pk if draft else "", **days}


def begin(client, draft=None, **changes):
    return client.post(reverse(ASK), asked(draft, **changes))


def test_one_begins_on_the_page_of_a_draft(marketer, draft):
    rule = marketer.get(page_of(draft))
    assert page_of(draft).replace("change/", "back-test") in rule.content.decode()

    page = marketer.get(page_of(draft).replace("change/", "back-test"), follow=True)

    assert page.redirect_chain[-1][0] == f"{reverse(ASK)}?draft={draft.pk}"
    form = page.context["form"]
    assert form.fields["draft"].clean(form["draft"].value()) == draft
    assert "Double base, version 2 (draft)" in page.content.decode()


def test_a_report_says_what_a_draft_would_have_done(marketer, members, draft):
    answer = begin(marketer, draft)

    page = marketer.get(answer.url)
    text = page.content.decode()
    report = page.context["report"]
    assert report.total("REDEEMABLE") == (20, 40)
    assert "+20" in text
    assert "0.40 EUR" in text.replace("&nbsp;", " ")
    for member in members:
        assert page_of(member) in text
    assert "Double base" in text
    assert page.context["movers"] == 0


def test_the_live_rules_come_to_what_was_booked(marketer, members):
    page = marketer.get(begin(marketer).url)

    assert "Every purchase comes to the points that were booked." in page.content.decode()


def test_earlier_reports_are_listed(marketer, members, draft):
    begin(marketer, draft)
    begin(marketer)

    page = marketer.get(reverse(ASK))

    assert [(row["title"], row["found"]) for row in page.context["reports"]] == [
        ("Back-test of the rules that were live", "as booked, to the point"),
        ("Back-test of “Double base”, version 2", "+20 points"),
    ]


def test_the_list_of_jobs_leads_to_the_report(marketer, members, draft):
    answer = begin(marketer, draft)
    job = JobRun.objects.get()

    assert answer.url in marketer.get(page_of(job)).content.decode()
    assert "Back-test of “Double base”" in marketer.get(reverse(ASK)).content.decode()


def test_progress_is_shown_and_it_can_be_stopped(marketer, members, draft, monkeypatch):
    monkeypatch.setattr(reading, "PURCHASES", 1)
    monkeypatch.setattr("rewards.earning.admin.back_tests.STEPS_AT_ONCE", 0)
    address = begin(marketer, draft).url
    page = marketer.get(address)
    assert "1 of 2, 50 %" in page.content.decode()
    assert 'http-equiv="refresh"' in page.content.decode()

    marketer.post(address)

    job = jobs.run(job_id=JobRun.objects.get().pk, at=timezone.now())
    assert (job.status, job.done) == ("CANCELLED", 1)
    assert "It was stopped" in marketer.get(address).content.decode()


def test_the_figures_are_there_as_files(marketer, members, draft):
    address = begin(marketer, draft).url

    def lines(name):
        answer = marketer.get(f"{address.removesuffix('/')}/{name}.csv")
        return b"".join(answer.streaming_content).decode().splitlines()[1:]

    month = f"{timezone.now() - timedelta(days=3):%Y-%m}"
    assert lines("months") == [
        f"{month},QUALIFYING,base-qualifying,20,20,0,2,2",
        f"{month},REDEEMABLE,base,20,40,20,2,2",
    ]
    assert lines("members") == [f"{member.number},10,20,10" for member in members]
    assert marketer.get(f"{address.removesuffix('/')}/others.csv").status_code == 404


def test_days_that_run_backwards_are_refused_at_the_field(marketer, members):
    days = {"since": "2026-03-02", "until": "2026-03-01"}

    page = begin(marketer, **days)

    assert "The end is not after the beginning." in str(page.context["form"].errors["until"])
    assert not JobRun.objects.exists()


def test_who_may_not_change_rules_only_reads(members, draft, marketer):
    address = begin(marketer, draft).url
    clerk = log_in("clerk")

    assert begin(clerk, draft).status_code == 403
    assert JobRun.objects.count() == 1
    assert clerk.get(address).status_code == 200
    assert clerk.get(reverse(ASK)).context["form"] is None


@pytest.mark.parametrize("draft_id", ["", "x", "٣", "0", "9" * 30])
def test_strange_numbers_of_drafts_are_nobodys(marketer, members, draft_id):
    page = marketer.get(reverse(ASK), {"draft": draft_id})

    assert page.status_code == 200


def test_a_report_that_is_not_there_is_not_found(marketer, plain_rules):
    assert marketer.get(reverse("admin:earning_back_test_report", args=[999])).status_code == 404
