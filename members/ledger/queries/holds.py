"""What is set aside for orders that are not complete."""

from dataclasses import dataclass
from datetime import datetime

from members.ledger.errors import HoldNotFound
from members.ledger.models import Entry, Hold
from members.ledger.types import Currency


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as it is at one moment: whose time has run out by then, that has lapsed."""

    member_id: int
    number: int
    points: int
    captured: int
    status: str
    lapses_at: datetime
    ended_at: datetime | None
    opened_at: datetime
    reference: str


def get_hold(
    *, member_id: int, number: int, at: datetime, currency: str = Currency.REDEEMABLE
) -> HoldView:
    """
    :raises HoldNotFound: if the member has no such hold
    """
    hold = Hold.objects.filter(member_id=member_id, currency=currency, number=number).first()
    if hold is None:
        raise HoldNotFound(number=number)
    entry = Entry.objects.get(member_id=member_id, currency=currency, seq=number)
    has_lapsed = hold.status == Hold.Status.OPEN and hold.lapses_at <= at
    return HoldView(
        member_id=member_id,
        number=number,
        points=hold.amount,
        captured=hold.captured,
        status=Hold.Status.LAPSED if has_lapsed else hold.status,
        lapses_at=hold.lapses_at,
        ended_at=hold.lapses_at if has_lapsed else hold.ended_at,
        opened_at=entry.booked_at,
        reference=entry.reference,
    )
