"""Segments are put together in a form, without a line of JSON."""

import re

import pytest
from django.utils import translation

from members import segments
from members.models import Segment
from members.segments.forms.values import written
from members.segments.forms.widget import ConditionWidget
from tests.factories import TODAY, MemberFactory, StoreFactory
from tests.members.segments.conftest import over, test_of
from tests.staff import log_in, page_of

pytestmark = pytest.mark.usefixtures("programme")
VIP = test_of("member.tags", "has_any", ["vip"])
FORM = {
    "name": "Vips",
    "code": "vips",
    "condition.0.kind": "all",
    "condition.0.0.kind": "test",
    "condition.0.0.field": "member.tags",
    "condition.0.0.operator": "has_any",
    "condition.0.0.value": "vip, press",
}


def define(code, condition):
    parsed = segments.parse(condition)
    return segments.define(code=code, name=code, condition=parsed, at=TODAY)


def problems(answer):
    html = answer.content.decode()
    return re.findall(r'<p class="conditions-problem" role="alert">(.*?)</p>', html)


def test_a_form_makes_a_segment():
    answer = log_in("marketer").post(page_of(Segment, "add"), FORM)

    assert answer.status_code == 302
    segment = Segment.objects.get()
    assert (segment.code, segment.name) == ("vips", "Vips")
    assert segment.condition == {"all": [test_of("member.tags", "has_any", ["vip", "press"])]}


def test_a_form_changes_a_segment_but_not_its_code():
    segment = define("vips", VIP)

    log_in("marketer").post(page_of(segment), FORM | {"code": "other", "name": "Guests"})

    segment.refresh_from_db()
    assert (segment.code, segment.name) == ("vips", "Guests")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"condition.0.0.field": ""}, "Choose what is tested."),
        ({"condition.0.0.value": ""}, "Choose at least one."),
        ({"condition.0.0.field": "member.joined_on", "condition.0.0.operator": "at_least",
          "condition.0.0.value": "soon"}, "Write a date such as 2026-03-31."),
        ({"condition.0.1.kind": "any"}, "This group is empty: add a condition."),
        ({"condition.0.1.kind": "none", "condition.0.1.0.kind": "test",
          "condition.0.1.0.field": "member.tags", "condition.0.1.0.operator": "has_all",
          "condition.0.1.0.value": "vip", "condition.0.0.value": "vip"},
         "Nothing ever meets this and the other test of the same field."),
        ({"condition.0.0.field": "member.segment", "condition.0.0.operator": "one_of",
          "condition.0.0.value": "gone"}, "There is no such one: gone."),
        ({"condition.0.0.field": "purchase.amount"}, "This field is not known here."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_the_row_and_nothing_is_saved(changes, problem):
    answer = log_in("marketer").post(page_of(Segment, "add"), FORM | changes)

    assert answer.status_code == 200
    assert problems(answer) == [problem]
    assert not Segment.objects.exists()


def test_a_circle_is_refused_at_its_row():
    first = define("vips", VIP)
    define("others", test_of("member.segment", "none_of", ["vips"]))
    names_the_other = {
        "condition.0.0.field": "member.segment",
        "condition.0.0.operator": "one_of",
        "condition.0.0.value": "others",
    }

    answer = log_in("marketer").post(page_of(first), FORM | names_the_other)

    assert problems(answer) == ["“others” leads back to this segment."]
    first.refresh_from_db()
    assert first.condition == VIP


def test_who_may_only_look_changes_nothing():
    answer = log_in("clerk").post(page_of(Segment, "add"), FORM)

    assert answer.status_code == 403
    assert not Segment.objects.exists()


def test_the_list_reads_the_conditions_back():
    define("vips", VIP)

    assert "Tagged vip" in log_in("clerk").get(page_of(Segment, "changelist")).content.decode()


def test_the_members_are_shown_a_page_at_a_time():
    segment = define("vips", VIP)
    everybody = [MemberFactory(tags=["vip"], name=f"Vip {n}") for n in range(51)]
    MemberFactory(name="Nobody")
    clerk, page = log_in("clerk"), page_of(segment, "members")

    first = clerk.get(page).content.decode()
    assert ">51 members<" in first
    assert first.count("Vip ") == 50
    assert "Nobody" not in first
    after = re.search(r'href="\?after=(\d+)"', first)[1]
    assert int(after) == everybody[49].id
    assert clerk.get(f"{page}?after={after}").content.decode().count("Vip ") == 1


@pytest.mark.parametrize("after", ["x", "-1", "٣", "9" * 60])
def test_a_page_that_is_not_there(after):
    page = page_of(define("vips", VIP), "members")

    assert log_in("clerk").get(f"{page}?after={after}").status_code == 404


# What the editor asks


def ask(role="marketer", over=1, **form):
    address = f"{page_of(Segment, 'preview')}?name=condition&over={over}"
    return log_in(role).post(address, FORM | form)


def test_the_preview_reads_the_condition_back_and_counts():
    MemberFactory(tags=["vip"])

    assert ask().json() == {"sentence": "Tagged vip or press", "members": "1 member now"}


def test_the_preview_says_what_is_missing():
    told = ask(**{"condition.0.0.value": ""}).json()

    assert told == {"problem": "Not complete yet: Choose at least one."}


def test_the_preview_of_a_rule_counts_nobody():
    form = {
        "condition.0.0.field": "purchase.amount",
        "condition.0.0.operator": "at_least",
        "condition.0.0.value": "50",
    }

    assert ask(over=3, **form).json() == {"sentence": "Purchase amount at least 50.00"}
    assert ask(over=4).status_code == 404
    assert ask(over="x").status_code == 404


def test_the_preview_speaks_the_readers_language():
    client = log_in("marketer")
    client.cookies["django_language"] = "zh-hans"
    address = f"{page_of(Segment, 'preview')}?name=condition&over=1"

    with translation.override("zh-hans"):
        assert "vip" in client.post(address, FORM).json()["sentence"]


def test_choices_are_searched():
    StoreFactory(code="N9", name="North pole")
    client, page = log_in("marketer"), page_of(Segment, "choices")

    found = client.get(page, {"source": "store", "q": "har"}).json()
    assert found == {"choices": [["S1", "Harbour"]]}
    assert client.get(page, {"source": "store", "q": "n9"}).json()["choices"] == [
        ["N9", "North pole"]
    ]
    assert client.get(page, {"source": "user"}).status_code == 404


# From the form to JSON and back


class Page:
    """A form as a browser would send it: what its inputs hold, in their order."""

    INPUT = re.compile(
        r"<input ([^>]*)>|<select ([^>]*)>(.*?)</select>|<template|</template>", re.S
    )

    def __init__(self, html):
        self.sent, depth = [], 0
        for found in self.INPUT.finditer(html):
            depth += {"<template": 1, "</template>": -1}.get(found[0], 0)
            if depth == 0 and (found[1] or found[2]):
                self._read(found)

    def _read(self, found):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', found[1] or found[2]))
        words = (found[1] or found[2]).split()
        is_unchecked = attributes.get("type") == "checkbox" and "checked" not in words
        if "name" not in attributes or "disabled" in words or is_unchecked:
            return
        value = attributes.get("value", "")
        if found[2]:
            value = re.findall(r'value="([^"]*)" selected', found[3])[0]
        self.sent.append((attributes["name"], value))

    def __iter__(self):
        return iter(dict(self.sent))

    def get(self, name, default=None):
        return next((value for key, value in self.sent if key == name), default)

    def getlist(self, name):
        return [value for key, value in self.sent if key == name]


@pytest.mark.parametrize(
    "condition",
    [
        test_of("member.tier", "at_least", "GOLD"),
        test_of("member.tier", "none_of", ["SILVER", "GOLD"]),
        test_of("member.tags", "has_all", ["vip", "press"]),
        test_of("member.birth_month", "one_of", [5, 12]),
        test_of("member.is_birthday_month", "is", False),
        test_of("member.days_since_joining", "more_than", 30),
        test_of("member.joined_on", "equals", "2026-03-01"),
        test_of("member.home_store", "one_of", ["S1"]),
        test_of("member.language", "one_of", ["fr"]),
        test_of("purchase.region", "none_of", ["North"]),
        test_of("purchase.time", "less_than", "09:30"),
        test_of("purchase.visit", "every", 5),
        test_of("line.sku", "starts_with", "A-"),
        test_of("line.sku", "one_of", ["A-1", "A-2"]),
        {"any": [over("50.00"), {"not": {"all": [over("60"), over("70")]}}]},
        {"not": {"any": [over("50.00"), {"all": [over("60"), {"any": [over("70")]}]}]}},
    ],
)
def test_what_is_shown_comes_back_as_it_was(condition):
    html = ConditionWidget(over=segments.Level.LINE).render("rule", condition)

    is_alone = "field" in condition
    assert written(Page(html), "rule") == ({"all": [condition]} if is_alone else condition)
