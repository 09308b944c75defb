"""Rules are tried on a purchase that nobody made, with a draft and without, side by side."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group, Permission

from members.models import Category, Channel, Purchase, Tier, TierPeriod
from members.purchases import NewLine
from members.segments import MemberFacts
from rewards.earning.deciding import Outcome
from rewards.earning.trying import Attempt, try_out
from rewards.models import ActivityType, CapUse, EarningReceipt, EarningRule
from tests.factories import LONG_AGO, EarningRuleFactory, MemberFactory, StoreFactory
from tests.staff import log_in, page_of

LIST = "/admin/rewards/earningrule/"
PAGE = f"{LIST}simulator/"
PARIS = ZoneInfo("Europe/Paris")
WEDNESDAY = datetime(2026, 3, 4, 12, tzinfo=PARIS)
THURSDAY = datetime(2026, 3, 5, 12, tzinfo=PARIS)


@pytest.fixture
def marketer(programme):
    return log_in("marketer")


@pytest.fixture
def store(programme):
    return StoreFactory(code="S2", region="North")


@pytest.fixture
def double(programme) -> EarningRule:
    """
    A draft: double points on Wednesdays for gold and above, on fresh food, over 50.
    """
    Category.objects.create(code="fresh", name="Fresh food")
    return EarningRuleFactory(
        code="double",
        kind="MULTIPLIER",
        factor=2,
        points_per_unit=0,
        weekdays=[3],
        cap_per_member=50,
        is_draft=True,
        starts_at=datetime(2099, 1, 1, tzinfo=PARIS),
        condition={
            "all": [
                {"field": "member.tier", "operator": "at_least", "value": "GOLD"},
                {"field": "line.category", "operator": "one_of", "value": ["fresh"]},
                {"field": "purchase.amount", "operator": "more_than", "value": "50"},
            ]
        },
    )


LINES = [
    NewLine(number=1, amount=Decimal("40.00"), category="fresh"),
    NewLine(number=2, amount=Decimal("20.00")),
]


def somebody(tier: str) -> MemberFacts:
    return MemberFacts(enrolled_at=LONG_AGO, tier=tier)


def outcomes(decision) -> dict[str, str]:
    return {verdict.rule.code: verdict.outcome for verdict in decision.verdicts}


def test_a_draft_is_compared_with_what_is_live(store, double):
    """
    Gold gets 60 times 1.25 by the base rule, and 40 more for the fresh food.
    """
    attempt = Attempt(store=store, at=WEDNESDAY, lines=LINES, somebody=somebody("GOLD"))

    compared = try_out(attempt, rule=double)

    assert compared.live.points("REDEEMABLE") == 75
    assert compared.tried.points("REDEEMABLE") == 115
    assert "double" not in outcomes(compared.live)
    assert outcomes(compared.tried)["double"] == Outcome.PAID


@pytest.mark.parametrize(
    ("tier", "at", "outcome"),
    [("GOLD", THURSDAY, Outcome.WEEKDAY), ("BASIC", WEDNESDAY, Outcome.CONDITION)],
)
def test_why_a_draft_would_not_pay(store, double, tier, at, outcome):
    attempt = Attempt(store=store, at=at, lines=LINES, somebody=somebody(tier))

    assert outcomes(try_out(attempt, rule=double).tried)["double"] == outcome


def test_a_member_is_tried_with_their_tier_and_what_their_caps_leave(store, member, double):
    TierPeriod.objects.create(
        member=member,
        tier=Tier.objects.get(code="GOLD"),
        starts_at=LONG_AGO,
        reason="REACHED",
        qualifying_points=100,
        decided_at=LONG_AGO,
    )
    CapUse.objects.create(
        rule_code="double", member=member, period_start=WEDNESDAY.date().replace(day=1), points=45
    )
    attempt = Attempt(store=store, at=WEDNESDAY, lines=LINES, member_id=member.pk)

    compared = try_out(attempt, rule=double)

    assert compared.tried.points("REDEEMABLE") == 80
    (trimmed,) = (part for part in compared.tried.receipts if part.rule == double)
    assert (trimmed.points, trimmed.uncapped, trimmed.capped_by) == (5, 40, "MEMBER")


def test_trying_leaves_nothing_behind(store, member, double):
    attempt = Attempt(store=store, at=WEDNESDAY, lines=LINES, member_id=member.pk)

    try_out(attempt, rule=double)

    assert not Purchase.objects.exists()
    assert not EarningReceipt.objects.exists()
    assert not CapUse.objects.exists()


def test_a_draft_takes_the_place_of_its_own_rule(store):
    draft = EarningRuleFactory(
        code="base-points", version=2, points_per_unit=3, is_draft=True, starts_at=WEDNESDAY
    )
    attempt = Attempt(store=store, at=WEDNESDAY, lines=LINES, somebody=somebody("BASIC"))

    compared = try_out(attempt, rule=draft)

    assert compared.live.points("REDEEMABLE") == 60
    assert compared.tried.points("REDEEMABLE") == 180


def test_what_an_activity_would_give(store):
    review = ActivityType.objects.create(code="review", name="Review")
    draft = EarningRuleFactory(
        activity_type=review, measure="FIXED", kind="BONUS", points_per_unit=20, is_draft=True
    )
    attempt = Attempt(store=store, at=WEDNESDAY, activity=review, somebody=somebody("BASIC"))

    compared = try_out(attempt, rule=draft)

    assert compared.live.points("REDEEMABLE") == 0
    assert compared.tried.points("REDEEMABLE") == 20


def told(store, **more):
    return {
        "store": str(store.pk),
        "channel": str(more.pop("channel", 1)),
        "at_0": "2026-03-04",
        "at_1": "12:00",
        "lines-TOTAL_FORMS": "2",
        "lines-INITIAL_FORMS": "0",
        "lines-0-category": "fresh",
        "lines-0-amount": "40.00",
        "lines-1-amount": "20.00",
        "tier": "GOLD",
    } | more


@pytest.fixture
def filled_in(store):
    return told(store, channel=Channel.objects.get().pk)


def test_the_page_shows_both_side_by_side(marketer, double, filled_in):
    page = marketer.post(f"{PAGE}?rule={double.pk}", filled_in)

    assert [(label, total.live, total.tried) for label, total in page.context["totals"]] == [
        ("points", 75, 115),
        ("qualifying points", 60, 60),
    ]
    cells = [
        [(cell.live, cell.tried) for cell in cells] for _line, cells in page.context["line_rows"]
    ]
    assert cells == [[(50, 90), (40, 40)], [(25, 25), (20, 20)]]
    row = next(row for row in page.context["rule_rows"] if row.rule == double)
    assert (row.live, row.tried.points, row.is_tried) == (None, 40, True)


def test_the_page_says_why_a_rule_would_not_pay(marketer, double, filled_in):
    thursday = filled_in | {"at_0": "2026-03-05"}

    page = marketer.post(f"{PAGE}?rule={double.pk}", thursday).content.decode()

    assert "Only on Wednesday; it was Thursday" in page


def test_without_a_rule_it_tells_what_is_live(marketer, double, filled_in):
    page = marketer.post(PAGE, filled_in)

    assert [total.tried for _label, total in page.context["totals"]] == [None, None]


def test_a_member_is_found_by_number_or_phone(marketer, double, filled_in):
    member = MemberFactory(phone="+8613800138000")
    for text in (member.number, "138 0013 8000"):
        page = marketer.post(PAGE, filled_in | {"member": text})
        # Not the tier that was made up.
        assert page.context["totals"][0][1].live == 60


@pytest.mark.parametrize(
    ("wrong", "field"), [({"member": "nobody"}, "member"), ({"at_0": "soon"}, "at")]
)
def test_what_cannot_be_tried_is_said_at_its_field(marketer, double, filled_in, wrong, field):
    page = marketer.post(PAGE, filled_in | wrong)

    assert field in page.context["form"].errors
    assert "compared" not in page.context


def test_a_category_is_taken_by_its_name_and_an_unknown_one_refused(marketer, double, filled_in):
    by_name = marketer.post(PAGE, filled_in | {"lines-0-category": "Fresh food"})
    unknown = marketer.post(PAGE, filled_in | {"lines-0-category": "gone"})

    assert by_name.context["line_rows"][0][0].category == "fresh"
    assert unknown.context["lines"].errors[0].keys() == {"category"}


def test_a_purchase_has_at_least_one_line(marketer, store, filled_in):
    empty = {name: "" for name in filled_in if name.endswith(("-amount", "-category"))}

    page = marketer.post(PAGE, filled_in | empty)

    assert page.context["form"].non_field_errors() == ["Say of at least one line what it costs."]


def test_a_rule_leads_to_its_simulator_on_a_day_of_its_own(marketer, double):
    address = marketer.get(f"/admin/rewards/earningrule/{double.pk}/try-it/").url

    page = marketer.get(address)

    assert address == f"{PAGE}?rule={double.pk}"
    assert page.context["form"].initial["at"].isoweekday() == 3


def test_who_reads_rules_may_try_them(programme, double):
    assert log_in("clerk").get(f"{PAGE}?rule={double.pk}").status_code == 200
    assert log_in("clerk").get(f"{PAGE}?rule=0").status_code == 404


def test_who_may_not_look_at_members_tries_with_somebody_made_up(marketer, double, filled_in):
    group = Group.objects.get(name="marketer")
    group.permissions.remove(Permission.objects.get(codename="view_member"))

    page = marketer.post(PAGE, filled_in | {"member": MemberFactory().number})

    assert "member" not in page.context["form"].fields
    assert page.context["totals"][0][1].live == 75


def test_the_list_leads_here(marketer):
    assert "/admin/rewards/earningrule/try" in marketer.get(LIST).content.decode()
    assert marketer.get(f"{LIST}try/").url == PAGE


def test_the_page_of_a_rule_leads_here(marketer, double):
    page = marketer.get(page_of(double)).content.decode()

    assert f"/admin/rewards/earningrule/{double.pk}/try-it" in page
