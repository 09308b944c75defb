"""What is stored is read as facts, in as many statements for many as for one."""

import pytest

from members import segments
from members.models import Channel, Purchase, Store
from tests.factories import TODAY, MemberFactory
from tests.staff import statements

pytestmark = pytest.mark.usefixtures("programme")


def buy(member, number):
    return Purchase.objects.create(
        channel=Channel.objects.get(),
        reference=f"R-{number}",
        member=member,
        store=Store.objects.get(code="S1"),
        amount=number,
        purchased_at=TODAY,
        recorded_at=TODAY,
        digest=b"",
    ).id


def test_many_purchases_take_as_many_statements_as_one():
    context = segments.get_context()
    bought = [buy(MemberFactory(), number) for number in range(5)]

    with statements() as for_one:
        segments.facts_of_purchases(purchase_ids=bought[:1], context=context)
    with statements() as for_many:
        found = segments.facts_of_purchases(purchase_ids=bought, context=context)

    assert len(for_one) == len(for_many) == 2
    assert sorted(found) == bought
    assert {facts.member.tier for facts in found.values()} == {"BRONZE"}


def test_visits_count_in_the_order_of_recording():
    ann, bob = MemberFactory(), MemberFactory()
    bought = [buy(member, number) for number, member in enumerate([ann, bob, ann, ann])]

    found = segments.facts_of_purchases(purchase_ids=bought, context=segments.get_context())

    assert [found[number].purchase.visit for number in bought] == [1, 1, 2, 3]


def test_many_members_take_one_statement():
    context = segments.get_context()
    everybody = [MemberFactory(tags=["vip"]).id for _ in range(3)]

    with statements() as sent:
        found = segments.facts_of_members(member_ids=everybody, at=TODAY, context=context)

    assert len(sent) == 1
    assert [found[number].member.tags for number in everybody] == [frozenset({"vip"})] * 3
