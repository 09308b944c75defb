"""A return is recorded as a fact, and no points move by that."""

from datetime import timedelta
from decimal import Decimal

import pytest

from members import purchases
from members.models import Entry, ParkedReturn, Return, ReturnLine
from members.purchases import MoreThanLeft, NewReturn, NewReturnLine, Parked, Returned
from tests.factories import TODAY, TOMORROW

BREAD, CARD = 1, 2


@pytest.fixture
def record_return(record):
    """
    Record a return of these lines of the plain purchase.
    """

    def recorded(*lines: NewReturnLine, reference: str = "B-1", purchase: str = "R-1"):
        returned = NewReturn("till", purchase, reference, TODAY, lines)
        latest = TODAY + timedelta(minutes=5)
        return purchases.record_return(returned=returned, digits=2, latest=latest, at=TOMORROW)

    return recorded


def test_a_return_is_recorded_with_the_money_of_each_line(record, record_return, member):
    record({})

    done = record_return(
        NewReturnLine(BREAD, quantity=Decimal("0.175")), NewReturnLine(CARD, amount=Decimal(20))
    )

    assert isinstance(done, Returned)
    assert done.is_new
    returned = Return.objects.get()
    assert (returned.member_id, returned.amount) == (member.id, Decimal("26.15"))
    assert (returned.returned_at, returned.recorded_at) == (TODAY, TOMORROW)
    lines = ReturnLine.objects.order_by("number").values_list("number", "quantity", "amount")
    assert list(lines) == [
        (BREAD, Decimal("0.175"), Decimal("6.15")),
        (CARD, None, Decimal("20.00")),
    ]
    assert [line.amount_left for line in done.lines] == [Decimal("6.15"), Decimal("30.00")]
    assert not Entry.objects.exists()


def test_what_is_refused_leaves_nothing_behind(record, record_return):
    record({})

    with pytest.raises(MoreThanLeft):
        record_return(
            NewReturnLine(BREAD, amount=Decimal("1.00")), NewReturnLine(CARD, quantity=Decimal(2))
        )

    assert not Return.objects.exists()
    assert not ReturnLine.objects.exists()


def test_what_was_left_is_told_as_it_was_after_each_return(record, record_return):
    record({})
    record_return(NewReturnLine(CARD, amount=Decimal(20)), reference="B-1")
    record_return(NewReturnLine(CARD, amount=Decimal(5)), reference="B-2")

    again = record_return(NewReturnLine(CARD, amount=Decimal(20)), reference="B-1")

    assert not again.is_new
    assert again.lines[1].amount_left == Decimal("30.00")
    (purchase_id,) = {returned.purchase_id for returned in Return.objects.all()}
    assert purchases.lines_left(purchase_id)[1].amount_left == Decimal("25.00")
    assert [returned.reference for returned in purchases.returns_of(purchase_id)] == ["B-1", "B-2"]


def test_a_return_of_what_nobody_told_is_parked(purchase, record_return):
    parked = record_return(NewReturnLine(BREAD, quantity=Decimal(1)))

    assert isinstance(parked, Parked)
    told = purchases.as_parked(ParkedReturn.objects.get())
    assert told == NewReturn("till", "R-1", "B-1", TODAY, [NewReturnLine(1, Decimal(1))])
    assert not Return.objects.exists()
