"""Returns that were told before their purchase."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty_program.errors import KeyReused, LoyaltyError
from members.programme import Channel
from members.purchases.models import ParkedReturn, Return
from members.purchases.queries import refused_returns
from members.purchases.rules import NewReturn, fingerprint_of_return, lines_as_told

# So long a return that was refused is tried again each night. Whatever stood in its way,
# such as points that were spent, may be gone by then; after that a person decides.
TRIED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Parked:
    """A return that waits for its purchase to be told."""

    record: ParkedReturn
    is_new: bool


def park(
    returned: NewReturn, *, channel: Channel, stores: Collection[int], at: datetime
) -> Parked:
    """
    Keep a return until its purchase is told; repeating it answers the same.

    :raises KeyReused: if another return of this purchase waits under its reference
    """
    if known := find_parked(returned, channel=channel):
        return Parked(known, is_new=False)
    ParkedReturn.objects.bulk_create(
        [
            ParkedReturn(
                channel=channel,
                purchase_reference=returned.purchase,
                reference=returned.reference,
                returned_at=returned.returned_at,
                lines=lines_as_told(returned),
                stores=sorted(stores),
                digest=fingerprint_of_return(returned),
                parked_at=at,
            )
        ],
        ignore_conflicts=True,
    )
    parked = find_parked(returned, channel=channel)
    assert parked is not None, "parked just now, by us or by somebody else"
    return Parked(parked, is_new=True)


def find_parked(returned: NewReturn, *, channel: Channel) -> ParkedReturn | None:
    """
    Return the same return as it was parked before, if it was.

    :raises KeyReused: if another return was parked under its reference
    """
    parked = ParkedReturn.objects.filter(
        channel=channel, purchase_reference=returned.purchase, reference=returned.reference
    ).first()
    if parked is not None and bytes(parked.digest) != fingerprint_of_return(returned):
        raise KeyReused(pointer="/reference")
    return parked


def close(parked: ParkedReturn, *, became: Return, at: datetime) -> None:
    waiting = ParkedReturn.objects.filter(pk=parked.pk, returned=None)
    waiting.update(returned=became, netted_at=at, problem="")


def note_problem(parked: ParkedReturn, refusal: LoyaltyError) -> None:
    """
    Note why a parked return cannot be netted, so that it is not tried again before the night.
    """
    ParkedReturn.objects.filter(pk=parked.pk, returned=None).update(problem=refusal.code)


def retry_parked(*, ids: Collection[int]) -> int:
    """
    Let these returns be tried again that could not be netted, and return how many that are.

    Those whose purchase is there are netted with the next late ones.
    """
    return refused_returns().filter(id__in=ids).update(problem="")


def retry_refused(*, at: datetime) -> int:
    """
    Let those returns be tried again whose purchase has not been there for long.
    """
    return refused_returns(recorded_since=at - TRIED_FOR).update(problem="")
