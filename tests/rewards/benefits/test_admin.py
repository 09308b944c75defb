"""The pages of those who plan benefits, and of those at the counter."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.models import JobRun
from rewards import benefits
from rewards.benefits.admin import in_words
from rewards.models import Benefit, BenefitCount, BenefitGrant, BenefitUse
from tests.factories import MemberFactory
from tests.rewards.benefits.conftest import build_benefit
from tests.staff import log_in, page_of

ADD = "/admin/rewards/benefit/add/"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def golden(ladder, rise, now):
    member = MemberFactory(name="Ann", enrolled_at=now - timedelta(days=9))
    rise(member, "GOLD", at=now - timedelta(days=1))
    return member


@pytest.fixture
def tier(ladder):
    return {rung.tier.code: rung.tier for rung in ladder.rungs.all()}


def told(tiers, **fields):
    """
    What a marketer fills in, for the day after tomorrow.
    """
    begins = timezone.localtime() + timedelta(days=2)
    return {
        "code": "wash",
        "name": "Car wash",
        "description": "",
        "tier": tiers["GOLD"].pk,
        "is_for_higher": "on",
        "kind": "ENTITLEMENT",
        "quantity": 2,
        "period": "MONTH",
        "days_before": 0,
        "leap_day": "FEBRUARY",
        "starts_at_0": f"{begins:%Y-%m-%d}",
        "starts_at_1": "00:00",
        "ends_at_0": "",
        "ends_at_1": "",
    } | fields


def errors_of(response):
    return dict(response.context["adminform"].form.errors)


def test_a_marketer_adds_a_benefit(tier):
    marketer = log_in("marketer")

    marketer.post(ADD, told(tier))

    benefit = Benefit.objects.get()
    assert (benefit.code, benefit.version, benefit.quantity) == ("wash", 1, 2)
    listed = marketer.get(page_of(Benefit, "changelist")).content.decode()
    assert "2 times each month." in listed
    assert "GOLD and all higher tiers" in listed


def test_what_another_kind_would_say_is_not_kept(tier):
    log_in("marketer").post(
        ADD, told(tier, kind="EARLY_ACCESS", hours=24, points=9, from_amount="5")
    )

    benefit = Benefit.objects.get()
    assert (benefit.hours, benefit.points, benefit.quantity) == (24, None, None)
    assert (benefit.from_amount, benefit.period) == (None, "")


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"),
    [
        ({"quantity": ""}, "quantity", "Say how many times."),
        ({"quantity": 0}, "quantity", "At least 1: nobody can use it otherwise."),
        ({"period": ""}, "period", "Say how often."),
        ({"kind": "WELCOME", "points": ""}, "points", "Say how many points it gives."),
        (
            {"kind": "WELCOME", "points": 0},
            "points",
            "At least 1: a grant of nothing gives nothing.",
        ),
        (
            {"kind": "WELCOME", "points": 9, "valid_days": 0},
            "valid_days",
            "At least 1: the points would expire at once.",
        ),
        (
            {"kind": "DELIVERY"},
            "from_amount",
            "Say from which amount; 0 for always.",
        ),
        ({"kind": "DELIVERY", "from_amount": "-1"}, "from_amount", "0 or more."),
        ({"kind": "EARLY_ACCESS", "hours": 0}, "hours", "At least 1: 0 hours are no privilege."),
        ({"kind": "SERVICE"}, "description", "Say what the service is."),
        (
            {"ends_at_0": "2020-01-01", "ends_at_1": "00:00"},
            "ends_at",
            "Members have counted on it until now: end it later.",
        ),
        (
            {"kind": "BIRTHDAY", "points": 9, "starts_at_0": "2020-01-01"},
            "starts_at",
            "Nothing is given for what was before: begin in the future.",
        ),
        ({"tier": ""}, "tier", "This field is required."),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(tier, wrong, field, sentence):
    page = log_in("marketer").post(ADD, told(tier, **wrong))

    assert sentence in errors_of(page)[field]
    assert not Benefit.objects.exists()


def test_a_tier_that_is_on_no_ladder_is_refused(tier):
    loose = type(tier["GOLD"]).objects.create(code="LOOSE", name="Loose", rank=77)

    page = log_in("marketer").post(ADD, told(tier, tier=loose.pk))

    assert errors_of(page)["tier"] == [
        "The ladder of that day does not have this tier, so nobody would have it."
    ]
    assert not Benefit.objects.exists()


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("WELCOME", {"points": 9}, "the points of “Other” as well: both are given."),
        ("DELIVERY", {"from_amount": "10"}, "have “Other” as well: the better one counts."),
    ],
)
def test_overlaps_are_warned_about(tier, kind, fields, sentence):
    build_benefit(kind, code="other", name="Other", tier="SILVER")

    page = log_in("marketer").post(ADD, told(tier, kind=kind, **fields), follow=True)

    assert sentence in page.content.decode()
    assert Benefit.objects.count() == 2


@pytest.mark.parametrize("other", ["PLATINUM", "SILVER"])
def test_benefits_of_other_tiers_are_no_overlap(tier, other):
    build_benefit("DELIVERY", code="other", name="Other", tier=other, is_for_higher=False)

    page = log_in("marketer").post(
        ADD,
        {
            k: v
            for k, v in told(tier, kind="DELIVERY", from_amount=9).items()
            if k != "is_for_higher"
        },
        follow=True,
    )

    assert "as well" not in page.content.decode()
    assert Benefit.objects.count() == 2


def test_what_is_in_force_is_only_ended_and_copied(tier):
    marketer = log_in("marketer")
    benefit = build_benefit("ENTITLEMENT")
    end = timezone.localtime() + timedelta(days=9)
    marketer.post(
        page_of(benefit), {"quantity": 9, "ends_at_0": f"{end:%Y-%m-%d}", "ends_at_1": "00:00"}
    )
    benefit.refresh_from_db()
    assert benefit.quantity == 2
    assert benefit.ends_at is not None

    copy = marketer.get(f"{ADD}?version_of={benefit.pk}")
    assert copy.context["adminform"].form.initial["quantity"] == 2
    marketer.post(ADD, told(tier, code="entitlement", quantity=4))

    assert Benefit.objects.get(version=2).quantity == 4


def test_a_clerk_looks_at_benefits_and_changes_none(tier):
    clerk = log_in("clerk")
    build_benefit("ENTITLEMENT")

    assert clerk.get(page_of(Benefit, "changelist")).status_code == 200
    assert clerk.post(ADD, told(tier)).status_code == 403
    assert Benefit.objects.count() == 1


def test_the_page_of_a_member_says_what_there_is(golden):
    build_benefit("ENTITLEMENT", name="Car wash")
    build_benefit("DELIVERY", name="Delivery")

    page = log_in("clerk").get(page_of(golden)).content.decode()

    assert "Purchases earn 1.5 times the points." in page
    assert "Car wash" in page
    assert "2 of 2 left until" in page
    assert f"/admin/rewards/benefituse/{golden.pk}/use/entitlement/" in page
    assert "Free delivery from EUR 30.00." in page


def test_the_statement_names_the_benefit_that_gave_points(golden, now):
    build_benefit("WELCOME", name="Hello to Gold: points")
    benefits.derive(member_ids=[golden.pk], at=now)

    page = log_in("clerk").get(page_of(golden)).content.decode()

    assert "Hello to Gold: points" in page.partition('id="statement"')[2]
    assert "benefit:" not in page


def test_of_several_free_deliveries_the_best_is_shown(golden):
    build_benefit("DELIVERY")
    build_benefit("DELIVERY", code="better", from_amount=20, tier="SILVER")
    build_benefit("EARLY_ACCESS")
    build_benefit("EARLY_ACCESS", code="later", hours=2)

    page = log_in("clerk").get(page_of(golden)).content.decode()

    assert "Free delivery from EUR 20.00." in page
    assert "Free delivery from EUR 30.00." not in page
    assert "24 hours before others." in page
    assert "2 hours before others." not in page


def test_a_clerk_uses_a_benefit_at_the_counter_once(golden):
    build_benefit("ENTITLEMENT", name="Car wash")
    clerk = log_in("clerk")
    address = f"/admin/rewards/benefituse/{golden.pk}/use/entitlement/"
    asked = clerk.get(address).content.decode()
    assert "2 of 2 left until" in asked

    for _ in range(2):
        done = clerk.post(
            address, {"key": "k", "quantity": 1, "store": "", "note": ""}, follow=True
        )

    assert "Used: Car wash." in done.content.decode()
    use = BenefitUse.objects.get()
    assert use.used_by.username == "clerk"
    assert BenefitCount.objects.get().used == 1


def test_more_than_is_left_is_explained_in_the_form(golden):
    build_benefit("ENTITLEMENT")
    address = f"/admin/rewards/benefituse/{golden.pk}/use/entitlement/"

    page = log_in("clerk").post(address, {"key": "k", "quantity": 3, "store": "", "note": ""})

    assert "So much of this benefit is not left." in page.content.decode()
    assert not BenefitUse.objects.exists()


def test_a_courtesy_is_logged_with_what_it_was(golden):
    build_benefit("COURTESY", name="Courtesy")
    clerk = log_in("clerk")
    address = f"/admin/rewards/benefituse/{golden.pk}/use/courtesy/"
    clerk.post(address, {"key": "k", "quantity": 1, "store": "", "note": ""})
    assert not BenefitUse.objects.exists()

    done = clerk.post(
        address, {"key": "k", "quantity": 1, "store": "", "note": "A coffee"}, follow=True
    )

    assert "Logged: Courtesy." in done.content.decode()
    assert "A coffee" in done.content.decode()
    assert BenefitUse.objects.get().note == "A coffee"


def test_a_use_is_given_back_with_a_reason(golden, now):
    build_benefit("ENTITLEMENT")
    used = benefits.consume(member_id=golden.pk, code="entitlement", reference="R-1", at=now)
    clerk = log_in("clerk")
    assert page_of(used.use, "give_back") in clerk.get(page_of(golden)).content.decode()

    clerk.post(page_of(used.use, "give_back"), {"reason": "Rain"})

    used.use.refresh_from_db()
    assert used.use.given_back_because == "Rain"
    assert used.use.given_back_by.username == "clerk"
    assert BenefitCount.objects.get().used == 0
    page = clerk.get(page_of(golden)).content.decode()
    assert page_of(used.use, "give_back") not in page
    assert "Rain" in page


def test_what_a_member_has_not_leads_back_with_the_reason(golden):
    build_benefit("ENTITLEMENT", tier="PLATINUM")

    page = log_in("clerk").get(
        f"/admin/rewards/benefituse/{golden.pk}/use/entitlement/", follow=True
    )

    assert "tier does not have this benefit" in page.content.decode()


@pytest.mark.parametrize("address", ["{member}/use/entitlement/", "{use}/give-back/"])
def test_who_may_not_does_not(golden, now, address):
    build_benefit("ENTITLEMENT")
    used = benefits.consume(member_id=golden.pk, code="entitlement", reference="R-1", at=now)
    marketer = log_in("marketer")
    page = "/admin/rewards/benefituse/" + address.format(member=golden.pk, use=used.use.pk)

    answer = marketer.post(page, {"key": "k", "quantity": 1, "reason": "x"})

    assert answer.status_code == 403
    assert page not in marketer.get(page_of(golden)).content.decode()
    assert BenefitCount.objects.get().used == 1


@pytest.mark.parametrize("page", ["999999/use/entitlement/", "999999/give-back/"])
def test_what_is_not_there_is_not_found(ladder, page):
    assert log_in("owner").get(f"/admin/rewards/benefituse/{page}").status_code == 404


def test_what_was_used_and_given_is_only_looked_at(golden, now):
    build_benefit("ENTITLEMENT")
    build_benefit("WELCOME")
    used = benefits.consume(member_id=golden.pk, code="entitlement", reference="R-1", at=now)
    benefits.derive(member_ids=[golden.pk], at=now)
    owner = log_in("owner")

    for record in (used.use, BenefitGrant.objects.get()):
        assert owner.get(page_of(type(record), "changelist")).status_code == 200
        assert owner.get(page_of(record)).status_code == 200
        assert owner.post(page_of(record), {"quantity": 9}).status_code == 403

    used.use.refresh_from_db()
    assert used.use.quantity == 1


def test_the_job_of_a_day_says_whose_birthday_it_was(db, now):
    job = JobRun(key="2026-03-01", result={"granted": 2})

    assert in_words(job) == (
        "Birthdays of 1 March 2026",
        ["2 members got points for the birthday"],
        "",
    )
