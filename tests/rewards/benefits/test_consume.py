"""Using what is counted, and giving it back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from loyalty_program.errors import KeyReused
from members import profiles, tiers
from members.models import Event
from rewards import benefits
from rewards.models import BenefitCount, BenefitUse
from tests.factories import TODAY, YESTERDAY, MemberFactory, StoreFactory
from tests.rewards.benefits.conftest import build_benefit

YEAR = timedelta(days=366)
END_OF_MARCH = datetime(2026, 3, 31, 16, tzinfo=UTC)


@pytest.fixture
def golden(ladder, member, rise):
    """
    A member in Gold who may do something twice a month.
    """
    build_benefit("ENTITLEMENT")
    rise(member, "GOLD", at=YESTERDAY)
    return member


def use(member, reference="R-1", *, code="entitlement", at=TODAY, **told):
    return benefits.consume(member_id=member.pk, code=code, reference=reference, at=at, **told)


def undo(member, reference="R-1", *, code="entitlement", at=TODAY, **told):
    return benefits.give_back(member_id=member.pk, code=code, reference=reference, at=at, **told)


def counted():
    return list(BenefitCount.objects.values_list("used", "allowed"))


def test_each_use_takes_one(golden):
    outcomes = [use(golden, f"R-{n}") for n in range(2)]

    assert [outcome.left for outcome in outcomes] == [1, 0]
    assert counted() == [(2, 2)]
    event = Event.objects.filter(type="benefit.used").first()
    assert event.payload == {"benefit": "entitlement", "quantity": 1, "reference": "R-0"}


def test_more_than_is_left_is_refused_with_numbers(golden):
    use(golden)

    with pytest.raises(benefits.BenefitUsedUp) as refusal:
        use(golden, "R-2", quantity=2)

    assert refusal.value.facts == {
        "left": 1,
        "requested": 2,
        "allowed": 2,
        "until": END_OF_MARCH,
    }
    assert counted() == [(1, 2)]
    assert BenefitUse.objects.count() == 1
    assert Event.objects.filter(type="benefit.used").count() == 1


def test_more_than_there_ever_are_is_refused(golden):
    with pytest.raises(benefits.BenefitUsedUp):
        use(golden, quantity=3)

    assert counted() == []
    assert not BenefitUse.objects.exists()


def test_the_same_reference_uses_nothing_more(golden):
    first = use(golden)

    again = use(golden, at=TODAY + timedelta(hours=1))

    assert again.is_replay
    assert (again.use, again.left) == (first.use, 1)
    assert counted() == [(1, 2)]


def test_the_same_reference_for_something_else_is_refused(golden):
    use(golden)

    with pytest.raises(KeyReused):
        use(golden, quantity=2)

    assert counted() == [(1, 2)]


def test_references_of_others_do_not_meet(golden, rise):
    other = MemberFactory()
    rise(other, "GOLD", at=YESTERDAY)
    use(golden)

    assert not use(other).is_replay
    assert BenefitUse.objects.count() == 2


def test_a_new_month_has_all_of_it_again(golden):
    use(golden, "R-1", quantity=2, at=END_OF_MARCH - timedelta(seconds=1))

    assert use(golden, "R-2", at=END_OF_MARCH).left == 1


def test_a_use_is_given_back_once(golden):
    use(golden, quantity=2)

    first, again = undo(golden, reason="A mistake"), undo(golden)

    assert (first.left, first.is_replay) == (2, False)
    assert (again.left, again.is_replay) == (2, True)
    assert counted() == [(0, 2)]
    assert first.use.given_back_at == TODAY
    assert again.use.given_back_because == "A mistake"
    assert Event.objects.filter(type="benefit.given_back").count() == 1


def test_what_was_given_back_is_not_used_again_by_its_reference(golden):
    use(golden)
    undo(golden)

    again = use(golden)

    assert again.is_replay
    assert again.use.given_back_at == TODAY
    assert counted() == [(0, 2)]


def test_a_use_that_is_unknown_cannot_be_given_back(golden):
    with pytest.raises(benefits.BenefitUseNotFound):
        undo(golden, "R-9")

    assert counted() == []


def test_a_tier_without_it_may_not_use_it(golden, ladder):
    stranger = MemberFactory()

    with pytest.raises(benefits.BenefitNotHeld) as refusal:
        use(stranger)

    assert refusal.value.facts == {"tier": "BRONZE", "needed": "GOLD"}
    assert not BenefitUse.objects.exists()


def test_with_the_tier_what_is_left_is_gone_and_what_was_used_stays(golden, rise):
    build_benefit("ENTITLEMENT", code="yearly", period="YEAR", quantity=3)
    use(golden, code="yearly")
    fallen = tiers.current_period(member_id=golden.pk, at=TODAY).ends_at
    tiers.review_due(at=fallen)

    with pytest.raises(benefits.BenefitNotHeld):
        use(golden, "R-2", code="yearly", at=fallen)

    assert BenefitUse.objects.count() == 1
    # Back in the tier within the same year, the same counter goes on.
    year = datetime(2026, 6, 1, tzinfo=UTC)
    assert use(golden, "R-3", code="yearly", at=year).left == 1


def test_what_is_for_each_tier_period_begins_anew_when_it_is_kept(ladder, member, rise, earn):
    build_benefit("ENTITLEMENT", period="TIER_PERIOD")
    rise(member, "GOLD")
    use(member, quantity=2)
    end = tiers.current_period(member_id=member.pk, at=TODAY).ends_at
    earn(member, 3_000, at=end - timedelta(days=1))
    tiers.review_due(at=end)

    assert use(member, "R-2", at=end).left == 1
    assert sorted(counted()) == [(1, 2), (2, 2)]


def test_rising_further_does_not_fill_it_up(ladder, member, rise, earn):
    build_benefit("ENTITLEMENT", period="TIER_PERIOD")
    rise(member, "GOLD", at=YESTERDAY)
    use(member, at=YESTERDAY)
    earn(member, 3_000)
    tiers.evaluate(member_id=member.pk, at=TODAY)

    assert use(member, "R-2").left == 0


@pytest.mark.parametrize(
    ("month", "starts_at"), [(4, datetime(2026, 3, 31, 16, tzinfo=UTC)), (None, None)]
)
def test_in_another_month_than_that_of_the_birthday_it_is_refused(ladder, rise, month, starts_at):
    build_benefit("ENTITLEMENT", period="BIRTHDAY_MONTH")
    member = MemberFactory(birth_month=month, birth_day=month and 9)
    rise(member, "GOLD")

    with pytest.raises(benefits.BenefitNotNow) as refusal:
        use(member)

    assert refusal.value.facts == {"starts_at": starts_at}
    assert not BenefitUse.objects.exists()


def test_in_the_month_of_the_birthday_it_is_there(ladder, rise):
    build_benefit("ENTITLEMENT", period="BIRTHDAY_MONTH", quantity=1)
    member = MemberFactory(birth_month=3, birth_day=31)
    rise(member, "GOLD")

    assert use(member).left == 0


def test_a_courtesy_says_what_it_was(golden):
    build_benefit("COURTESY")

    with pytest.raises(benefits.BenefitNoteMissing):
        use(golden, code="courtesy")
    assert not BenefitUse.objects.exists()

    logged = use(golden, code="courtesy", note="A coffee", store_id=StoreFactory().pk)
    assert (logged.left, logged.use.note) == (None, "A coffee")
    assert counted() == [(1, None)]


def test_courtesies_without_a_limit_have_none(golden):
    build_benefit("COURTESY")

    for n in range(20):
        use(golden, f"R-{n}", code="courtesy", note="A coffee")

    assert counted() == [(20, None)]
    assert undo(golden, "R-3", code="courtesy").left is None


def test_what_is_not_counted_cannot_be_used_up(golden):
    build_benefit("SERVICE")

    with pytest.raises(benefits.BenefitNotCounted):
        use(golden, code="service")


@pytest.mark.parametrize("code", ["none", "over", "to-come"])
def test_what_is_not_in_force_does_not_exist(golden, code):
    build_benefit("ENTITLEMENT", code="over", ends_at=YESTERDAY)
    build_benefit("ENTITLEMENT", code="to-come", starts_at=TODAY + YEAR)

    with pytest.raises(benefits.BenefitNotFound):
        use(golden, code=code)


def test_a_new_version_counts_on_in_the_same_period(golden):
    use(golden, quantity=2)
    build_benefit("ENTITLEMENT", version=2, quantity=3, starts_at=TODAY + timedelta(days=1))

    assert use(golden, "R-2", at=TODAY + timedelta(days=2)).left == 0
    assert counted() == [(3, 3)]


def test_a_new_version_with_less_takes_nothing_back(golden):
    use(golden, quantity=2)
    build_benefit("ENTITLEMENT", version=2, quantity=1, starts_at=TODAY + timedelta(days=1))

    with pytest.raises(benefits.BenefitUsedUp) as refusal:
        use(golden, "R-2", at=TODAY + timedelta(days=2))

    assert refusal.value.facts["left"] == 0
    assert counted() == [(2, 2)]


def test_who_is_suspended_uses_nothing(golden):
    profiles.suspend(member_id=golden.pk, reason="A doubt", at=TODAY)

    with pytest.raises(profiles.MemberNotActive):
        use(golden)

    assert not BenefitUse.objects.exists()


def test_the_database_refuses_more_than_are_allowed(golden):
    use(golden, quantity=2)

    too_often = pytest.raises(IntegrityError, match="no_benefit_is_used_too_often")
    with too_often, transaction.atomic():
        BenefitCount.objects.update(used=3)

    assert counted() == [(2, 2)]


def test_the_database_keeps_what_was_used(golden):
    use(golden)

    with pytest.raises(ProgrammingError), transaction.atomic():
        BenefitUse.objects.update(quantity=5)
    with pytest.raises(ProgrammingError), transaction.atomic():
        BenefitUse.objects.all().delete()
    undo(golden)
    with pytest.raises(ProgrammingError), transaction.atomic():
        BenefitUse.objects.update(given_back_at=None)

    assert BenefitUse.objects.get().quantity == 1


def test_the_database_keeps_a_benefit_that_has_begun(ladder):
    benefit = build_benefit("ENTITLEMENT")

    with pytest.raises(ProgrammingError), transaction.atomic():
        type(benefit).objects.update(quantity=9)
    with pytest.raises(ProgrammingError), transaction.atomic():
        benefit.delete()
    type(benefit).objects.update(ends_at=TODAY)

    benefit.refresh_from_db()
    assert (benefit.quantity, benefit.ends_at) == (2, TODAY)
