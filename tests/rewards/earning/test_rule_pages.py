"""Marketers write rules as drafts, read them back, and publish them from the pages of staff."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from rewards.models import ActivityType, EarningRule
from tests.factories import LONG_AGO, EarningRuleFactory
from tests.staff import log_in, page_of

PARIS = ZoneInfo("Europe/Paris")
LIST = "/admin/rewards/earningrule/"
ADD = f"{LIST}add/"


@pytest.fixture
def marketer(programme):
    return log_in("marketer")


@pytest.fixture
def clerk(programme):
    return log_in("clerk")


@pytest.fixture
def base(programme) -> EarningRule:
    return EarningRule.objects.get(code="base-points")


@pytest.fixture
def draft(programme) -> EarningRule:
    return EarningRuleFactory(code="promo", starts_at=in_days(7), is_draft=True)


def in_days(days: int) -> datetime:
    return (timezone.now() + timedelta(days=days)).replace(microsecond=0)


def form(**told):
    day = timezone.now().date() + timedelta(days=2)
    return {
        "name": "Points",
        "code": "points",
        "kind": "BASE",
        "currency": "REDEEMABLE",
        "measure": "MONEY",
        "points_per_unit": "1",
        "rounding": "FLOOR",
        "cap_period": "MONTH",
        "priority": "0",
        "on_return": "RECOMPUTE",
        "starts_at_0": f"{day:%Y-%m-%d}",
        "starts_at_1": "00:00:00",
    } | told


def verb_of(rule: EarningRule, verb: str) -> str:
    return f"{LIST}{rule.pk}/{verb}/"


def refused(response) -> dict[str, list[str]]:
    return dict(response.context["adminform"].form.errors)


def test_a_rule_is_added_as_a_draft_and_its_page_reads_it_back(marketer):
    response = marketer.post(ADD, form(points_per_unit="2.5"), follow=True)

    rule = EarningRule.objects.get(code="points")
    assert (rule.version, rule.is_draft, rule.points_per_unit) == (1, True, Decimal("2.5"))
    assert response.redirect_chain == [(page_of(rule), 302)]
    assert "2.5 points for each EUR 1." in response.content.decode()


def test_everything_that_a_rule_can_say_is_written_in_the_form(marketer):
    condition = {
        "condition.0.kind": "all",
        "condition.0.0.kind": "test",
        "condition.0.0.field": "member.tier",
        "condition.0.0.operator": "at_least",
        "condition.0.0.value": "GOLD",
    }
    told = form(
        kind="MULTIPLIER",
        factor="2",
        weekdays=["3"],
        hours_from="14:00",
        hours_until="17:30",
        cap_per_purchase="100",
        cap_per_member="500",
        cap_in_all="10000",
        pending_days="14",
        expiry="MONTHS",
        expiry_after="3",
        on_return="PRO_RATA",
    )

    marketer.post(ADD, told | condition)

    rule = EarningRule.objects.get(code="points")
    assert rule.condition == {
        "all": [{"field": "member.tier", "operator": "at_least", "value": "GOLD"}]
    }
    assert (rule.kind, rule.factor, rule.points_per_unit) == ("MULTIPLIER", 2, 0)
    assert (rule.weekdays, f"{rule.hours_from}") == ([3], "14:00:00")
    assert (rule.cap_per_purchase, rule.cap_per_member, rule.cap_in_all) == (100, 500, 10_000)
    assert (rule.cap_period, rule.is_stackable) == ("MONTH", False)
    assert (rule.pending_days, rule.expiry, rule.expiry_after) == (14, "MONTHS", 3)
    assert rule.on_return == "PRO_RATA"


def test_what_does_not_apply_is_left_out_whatever_was_filled_in(marketer):
    review = ActivityType.objects.create(code="review", name="Review")

    marketer.post(
        ADD,
        form(
            activity_type=str(review.pk),
            factor="3",
            is_multiplied_by_tier="on",
            cap_per_purchase="5",
            expiry_after="3",
        ),
    )

    rule = EarningRule.objects.get(code="points")
    assert (rule.activity_type, rule.measure, rule.factor) == (review, "FIXED", None)
    assert (rule.is_multiplied_by_tier, rule.cap_per_purchase) == (False, None)
    assert rule.expiry_after is None


def test_the_row_of_an_empty_condition_is_no_condition(marketer):
    empty = {"condition.0.kind": "all", "condition.0.0.kind": "test", "condition.0.0.field": ""}

    marketer.post(ADD, form(**empty))

    assert EarningRule.objects.get(code="points").condition is None


def test_a_code_is_made_up_from_the_name_where_that_has_letters(marketer):
    for name in ("Double Wednesday", "Double Wednesday", "周三双倍积分"):
        marketer.post(ADD, form(name=name, code=""))

    codes = EarningRule.objects.filter(is_draft=True).order_by("pk")
    assert list(codes.values_list("code", flat=True)) == [
        "double-wednesday",
        "double-wednesday-2",
        "rule",
    ]


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(marketer):
    response = marketer.post(ADD, form(cap_per_member="0", hours_from="14:00"))

    assert refused(response).keys() == {"cap_per_member", "hours_until"}
    assert not EarningRule.objects.filter(code="points").exists()


def test_the_code_of_another_rule_is_refused(marketer):
    assert refused(marketer.post(ADD, form(code="base-points"))).keys() == {"code"}
    assert not EarningRule.objects.filter(is_draft=True).exists()


def test_an_activity_does_not_ask_what_was_bought(marketer):
    review = ActivityType.objects.create(code="review", name="Review")
    told = form(activity_type=str(review.pk))
    told |= {
        "condition.0.kind": "all",
        "condition.0.0.kind": "test",
        "condition.0.0.field": "purchase.amount",
        "condition.0.0.operator": "at_least",
        "condition.0.0.value": "50",
    }

    response = marketer.post(ADD, told)

    assert refused(response).keys() == {"condition"}
    assert "This field is not known here." in response.content.decode()


def test_a_published_rule_is_only_looked_at(marketer, base):
    page = marketer.get(page_of(base))
    answer = marketer.post(page_of(base), form(code="base-points", points_per_unit="9"))

    assert page.status_code == 200
    assert answer.status_code == 403
    base.refresh_from_db()
    assert base.points_per_unit == 1


def test_editing_it_makes_a_draft_of_the_next_version(marketer, base):
    add = marketer.get(verb_of(base, "edit")).url
    initial = marketer.get(add).context["adminform"].form.initial
    assert EarningRule.objects.filter(code="base-points").count() == 1

    marketer.post(add, form(code="other", points_per_unit="2", currency="QUALIFYING"))

    assert (initial["code"], initial["points_per_unit"]) == ("base-points", "1")
    draft = EarningRule.objects.get(version=2)
    assert (draft.code, draft.currency, draft.is_draft) == ("base-points", "REDEEMABLE", True)
    assert draft.points_per_unit == 2
    assert marketer.get(verb_of(base, "edit")).url == page_of(draft)
    assert marketer.get(add).url == page_of(draft)


def test_a_draft_is_changed_and_stays_one(marketer, draft):
    response = marketer.post(page_of(draft), form(code="promo", points_per_unit="3"))

    assert response.url == page_of(draft)
    draft.refresh_from_db()
    assert (draft.points_per_unit, draft.is_draft) == (3, True)


def test_publishing_asks_first_and_says_what_changes_when(marketer, base):
    draft = EarningRuleFactory(
        code="base-points",
        version=2,
        points_per_unit=2,
        starts_at=datetime(2099, 1, 1, tzinfo=PARIS),
        ends_at=datetime(2099, 2, 1, tzinfo=PARIS),
        is_draft=True,
    )

    page = marketer.get(verb_of(draft, "publish")).content.decode()

    assert "On 2099-01-01 00:00 version 2 takes the place of version 1." in page
    assert "On 2099-02-01 00:00 it ends, and version 1 holds." in page
    assert "2 points for each EUR 1." in page
    assert "1 point for each EUR 1, times the tier&#x27;s multiplier." in page
    draft.refresh_from_db()
    assert draft.is_draft


def test_publishing_does_it_and_the_page_remembers_who(marketer, draft):
    response = marketer.post(verb_of(draft, "publish"), follow=True)

    draft.refresh_from_db()
    assert not draft.is_draft
    page = response.content.decode()
    assert "Published: it holds from" in page
    (note,) = response.context["rule_facts"]["notes"]
    assert (note.user.username, note.get_change_message()) == ("marketer", "Published.")


def test_what_cannot_be_published_says_why_and_has_no_button(marketer, draft):
    EarningRule.objects.filter(pk=draft.pk).update(starts_at=LONG_AGO)
    EarningRuleFactory(code="promo", version=2, starts_at=in_days(1))

    page = marketer.get(verb_of(draft, "publish")).content.decode()
    marketer.post(verb_of(draft, "publish"))

    assert "What is in force is not changed: begin in the future." in page
    assert '<button type="submit" class="button button-primary">' not in page
    draft.refresh_from_db()
    assert draft.is_draft


def test_a_draft_is_discarded_once_that_is_confirmed(marketer, draft):
    marketer.get(verb_of(draft, "discard"))
    assert EarningRule.objects.filter(pk=draft.pk).exists()

    response = marketer.post(verb_of(draft, "discard"))

    assert response.url == LIST
    assert not EarningRule.objects.filter(pk=draft.pk).exists()


def test_what_has_not_begun_is_withdrawn(marketer):
    rule = EarningRuleFactory(code="promo", starts_at=in_days(7))

    response = marketer.post(verb_of(rule, "withdraw"), follow=True)

    rule.refresh_from_db()
    assert rule.ends_at == rule.starts_at
    assert response.context["rule_facts"]["stage"] == "withdrawn"


def test_a_rule_ends_when_it_is_told_to_and_not_in_the_past(marketer, base):
    past = marketer.post(verb_of(base, "end"), {"ends_at_0": "2021-01-01", "ends_at_1": "00:00"})
    assert "ends_at" in past.context["form"].errors
    day = timezone.now().date() + timedelta(days=3)

    marketer.post(verb_of(base, "end"), {"ends_at_0": f"{day:%Y-%m-%d}", "ends_at_1": "00:00"})

    base.refresh_from_db()
    assert base.ends_at == datetime(day.year, day.month, day.day, tzinfo=PARIS)


@pytest.mark.parametrize("verb", ["publish", "discard"])
def test_verbs_of_drafts_are_not_for_what_is_published(marketer, base, verb):
    assert marketer.post(verb_of(base, verb)).status_code == 403
    assert EarningRule.objects.filter(pk=base.pk, is_draft=False).exists()


@pytest.mark.parametrize("verb", ["withdraw", "end", "edit"])
def test_verbs_of_what_is_published_are_not_for_drafts(marketer, draft, verb):
    assert marketer.post(verb_of(draft, verb), {}).status_code == 403
    draft.refresh_from_db()
    assert (draft.is_draft, draft.ends_at) == (True, None)


def test_the_list_has_a_row_for_each_rule(marketer, base, draft):
    to_come = EarningRuleFactory(code="base-points", version=2, starts_at=in_days(3))
    EarningRuleFactory(code="base-points", version=3, starts_at=in_days(9), is_draft=True)

    rows = list(marketer.get(LIST).context["cl"].result_list)

    assert [row.code for row in rows] == ["base-points", "base-qualifying", "promo"]
    series = rows[0].series
    assert (series.now, series.to_come, series.shown) == (base, [to_come], base)
    assert series.draft.version == 3
    assert (rows[2].series.now, rows[2].series.shown) == (None, draft)


def test_the_list_is_told_in_sentences(marketer, draft):
    page = marketer.get(LIST).content.decode()

    assert "1 point for each EUR 1, times the tier&#x27;s multiplier." in page
    assert f'<a href="{page_of(draft)}">' in page


def test_the_timeline_shows_what_counts_when(marketer, base):
    EarningRuleFactory(code="base-points", version=2, starts_at=in_days(3), ends_at=in_days(5))

    timeline = marketer.get(page_of(base)).context["rule_facts"]["timeline"]

    assert [(row.rule.version, row.stage[0]) for row in timeline.rows] == [
        (2, "to come"),
        (1, "in force"),
    ]
    assert [bar.name for bar in timeline.rows[0].bars] == ["planned", "counts"]
    assert [bar.name for bar in timeline.rows[1].bars] == ["planned", "counts", "counts"]


def test_the_form_is_read_back_while_it_is_filled_in(marketer):
    preview = f"{LIST}preview/"

    assert marketer.post(preview, form()).json() == {
        "sentence": "1 point for each EUR 1.",
        "warnings": [],
    }
    wrong = marketer.post(preview, form(points_per_unit="0")).json()
    assert wrong == {"problem": "Not complete yet: Points: More than zero."}
    assert not EarningRule.objects.filter(code="points").exists()


def test_a_draft_is_read_back_without_being_saved(marketer, draft):
    told = form(code="promo", kind="MULTIPLIER", factor="3")

    answer = marketer.post(f"{LIST}preview/?rule={draft.pk}", told).json()

    assert answer["sentence"] == ("3 times the usual points. Not together with other multipliers.")
    draft.refresh_from_db()
    assert draft.kind == "BASE"


def test_clerks_read_rules_and_change_nothing(clerk, base, draft):
    assert clerk.get(LIST).status_code == 200
    assert clerk.get(page_of(base)).status_code == 200
    assert clerk.get(page_of(draft)).status_code == 200
    assert clerk.get(ADD).status_code == 403
    assert clerk.post(page_of(draft), form(code="promo")).status_code == 403
    assert clerk.post(f"{LIST}preview/", form()).status_code == 403
    for verb in ("publish", "discard"):
        assert clerk.post(verb_of(draft, verb)).status_code == 403
    for verb in ("end", "edit"):
        assert clerk.post(verb_of(base, verb)).status_code == 403

    draft.refresh_from_db()
    assert draft.is_draft
