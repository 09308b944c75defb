"""A purchase is judged line by line, and what failed is named."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from members import segments
from members.segments import Facts, LineFacts, MemberFacts, PurchaseFacts
from tests.members.segments.conftest import over, test_of

ZONE = ZoneInfo("Europe/Paris")
CONTEXT = segments.Context(
    zone=ZONE,
    ranks={"BRONZE": 0, "SILVER": 1, "GOLD": 2},
    segments={"gold": segments.parse(test_of("member.tier", "one_of", ["GOLD"]))},
)
# A Wednesday in Paris, and in Shanghai already Thursday.
AT = datetime(2026, 3, 4, 18, tzinfo=UTC)
FRESH = test_of("line.category", "one_of", ["fresh"])
DEAR = test_of("line.amount", "at_least", "10")
GOLD = test_of("member.tier", "at_least", "GOLD")


def facts(*lines, tier="GOLD", zone="Europe/Paris", amount="32.10", **member):
    return Facts(
        at=AT,
        zone=ZONE,
        member=MemberFacts(enrolled_at=AT, tier=tier, **member),
        purchase=PurchaseFacts(
            amount=Decimal(amount),
            purchased_at=AT,
            zone=ZoneInfo(zone),
            channel="till",
            store="S1",
            region="North",
            visit=5,
        ),
        lines=tuple(lines),
    )


def line(category=None, amount="1.00"):
    return LineFacts(category=category, amount=Decimal(amount))


def judge(written, known):
    return segments.matches(segments.parse(written), known, CONTEXT)


def test_the_lines_that_match_are_named():
    known = facts(line("fresh"), line("toys"), line("fresh/fish"), line("fresher"), line())

    assert judge(FRESH, known).lines == (0, 2)
    assert judge({"not": FRESH}, known).lines == (1, 3, 4)
    assert judge(GOLD, known).lines == (0, 1, 2, 3, 4)


def test_one_line_has_to_meet_all_that_is_asked_of_lines():
    outcome = judge({"all": [FRESH, DEAR]}, facts(line("fresh"), line("toys", "20.00")))

    assert not outcome
    assert outcome.failure.test == segments.parse(DEAR)
    assert judge({"all": [FRESH, DEAR]}, facts(line("fresh", "10.00"))).lines == (0,)


def test_a_purchase_without_lines_has_none_that_matches():
    assert judge(GOLD, facts()).holds
    assert not judge(FRESH, facts())
    assert not judge({"not": FRESH}, facts())


def test_the_first_test_that_failed_is_named_with_what_was_there():
    written = {"all": [GOLD, over("50"), test_of("purchase.store", "one_of", ["S2"])]}

    failure = judge(written, facts()).failure

    assert failure.test == segments.parse(over("50"))
    assert failure.found == Decimal("32.10")
    assert not failure.is_denied


def test_what_holds_and_should_not_is_named_as_denied():
    failure = judge({"all": [{"not": {"any": [over("50"), GOLD]}}]}, facts()).failure

    assert failure.test == segments.parse(GOLD)
    assert failure.is_denied


def test_of_alternatives_the_first_is_named():
    failure = judge({"any": [over("50"), over("40")]}, facts()).failure

    assert failure.test == segments.parse(over("50"))


def test_the_segment_is_named_and_not_what_it_is_made_of():
    written = test_of("member.segment", "one_of", ["gold"])

    assert judge(written, facts())
    assert judge(written, facts(tier="SILVER")).failure.test == segments.parse(written)


@pytest.mark.parametrize(("zone", "weekday"), [("Europe/Paris", 3), ("Asia/Shanghai", 4)])
def test_the_day_is_that_of_the_store(zone, weekday):
    asked = test_of("purchase.weekday", "one_of", [weekday])

    assert judge(asked, facts(zone=zone))
    assert not judge({"not": asked}, facts(zone=zone))


def test_what_is_not_known_meets_only_what_rules_it_out():
    north = test_of("member.home_region", "one_of", ["North"])
    not_north = test_of("member.home_region", "none_of", ["North"])

    assert not judge(north, facts())
    assert judge({"not": north}, facts())
    assert judge(not_north, facts())


@pytest.mark.parametrize(("every", "holds"), [(5, True), (2, False), (1, True)])
def test_every_so_many_visits(every, holds):
    assert judge(test_of("purchase.visit", "every", every), facts()).holds is holds


def test_a_tier_that_nobody_knows_is_reached_by_nobody():
    assert not judge(test_of("member.tier", "at_least", "IRON"), facts())
    assert judge({"not": test_of("member.tier", "at_least", "IRON")}, facts())


def test_a_matcher_judges_the_same_again_and_asks_nobody():
    match = segments.Matcher(segments.parse({"all": [GOLD, FRESH]}), CONTEXT)
    known = facts(line("fresh"))

    assert match(known) == match(known)
    assert not match(facts(line("fresh"), tier="SILVER"))
