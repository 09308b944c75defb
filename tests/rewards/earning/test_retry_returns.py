"""A parked return that was refused is tried again: each night for a week, or by a person."""

from datetime import timedelta

import pytest

from members import ledger, purchases
from members.ledger import Currency
from members.models import Channel, ParkedReturn, Policy
from members.purchases import NewReturn
from members.purchases.services.parking import park
from rewards import earning
from tests.factories import TODAY, TOMORROW
from tests.rewards.earning.conftest import money
from tests.staff import log_in

DAY = timedelta(days=1)


@pytest.fixture
def refused(record, member):
    """
    A return that the policy refuses, because the points of its purchase are spent.
    """
    Policy.objects.create(starts_at=TODAY - DAY, shortfall="REFUSE")
    record()
    ledger.redeem(member_id=member.id, points=40, key="spent", at=TODAY)
    returned = NewReturn("till", "R-1", "B", TODAY, [money(1, "12.30")])
    park(returned, channel=Channel.objects.get(), stores=[], at=TODAY)
    earning.net_late_returns(at=TODAY)
    assert problem() == "insufficient-points"
    return ParkedReturn.objects.get()


def problem():
    return ParkedReturn.objects.get().problem


def earn_more(member):
    ledger.accrue(
        member_id=member.id,
        currency=Currency.REDEEMABLE,
        points=40,
        key="more",
        expires_at=None,
        at=TODAY,
    )


def test_it_is_netted_once_nothing_stands_in_its_way(refused, member):
    earn_more(member)
    assert earning.net_late_returns(at=TOMORROW) == 0

    assert purchases.retry_refused(at=TOMORROW) == 1
    earning.net_late_returns(at=TOMORROW)

    refused.refresh_from_db()
    assert (refused.problem, refused.netted_at) == ("", TOMORROW)
    assert ledger.wallet_of(member_id=member.id, at=TOMORROW).available == 28


def test_it_is_refused_again_while_something_does(refused, member):
    purchases.retry_refused(at=TOMORROW)
    earning.net_late_returns(at=TOMORROW)

    assert problem() == "insufficient-points"
    assert ledger.wallet_of(member_id=member.id, at=TOMORROW).available == 0


def test_after_a_week_of_nights_only_a_person_tries_again(refused):
    nights = [TODAY + n * DAY for n in range(1, 30)]
    tried = []
    for night in nights:
        tried.append(purchases.retry_refused(at=night))
        earning.net_late_returns(at=night)

    assert sum(tried) == sum(tried[:6]) == 6
    assert purchases.retry_parked(ids=[refused.pk]) == 1


def test_what_waits_or_is_netted_is_not_tried_again(record, bring_back):
    bring_back(money(1, "1.00"), reference="netted")
    record()
    bring_back(money(1, "1.00"), purchase="R-9", reference="waiting")
    everything = list(ParkedReturn.objects.order_by("id").values())

    assert purchases.retry_refused(at=TODAY) == 0
    assert purchases.retry_parked(ids=[row["id"] for row in everything]) == 0

    assert list(ParkedReturn.objects.order_by("id").values()) == everything


def try_again(who, parked):
    return log_in(who).post(
        "/admin/members/parkedreturn/",
        {"action": "try_again", "_selected_action": [parked.pk]},
        follow=True,
    )


def test_the_counter_lets_it_be_tried_again(refused):
    page = try_again("clerk", refused)

    assert "1 return is tried again within ten minutes." in page.content.decode()
    assert problem() == ""


def test_who_may_not_return_anything_may_not_try_again_either(refused):
    try_again("marketer", refused)

    assert problem() == "insufficient-points"
