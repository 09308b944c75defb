"""How it came to a balance, in sentences that a shopper understands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.ledger.lines import ACTIVITY, PURCHASE
from members.ledger.queries import Explanation, LotView, Movement, WalletView
from members.ledger.types import Kind

EARNED = {PURCHASE, ACTIVITY}
SPENT = {Kind.REDEEM, Kind.CAPTURE}
GIVEN_BACK = {Kind.GIVE_BACK, Kind.COURTESY}
TOLD_LOTS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One step towards a balance: what it was, as a sentence, and its points."""

    sentence: str
    points: int


def sentences(explanation: Explanation) -> list[str]:
    """
    Return how it came to what the member has, what that is, and what is spent next.
    """
    told = [step.sentence for step in steps(explanation)]
    return [*told, total_in_words(explanation), *next_in_words(explanation)]


def steps(explanation: Explanation) -> list[Step]:
    """
    Return what was there before, if anything, and what was added and taken since.
    """
    told: list[Step] = []
    if explanation.since is not None:
        day = date_format(timezone.localtime(explanation.since), "DATE_FORMAT")
        sentence = ngettext(
            "On %(day)s there was %(points)s point.",
            "On %(day)s there were %(points)s points.",
            explanation.opening,
        )
        opening = sentence % {"day": day, "points": f"{explanation.opening:,}"}
        told.append(Step(opening, explanation.opening))
    for belongs, words in STEPS:
        movements = [movement for movement in explanation.movements if belongs(movement)]
        if movements:
            told.append(_step(words, movements))
    return told


def total_in_words(explanation: Explanation) -> str:
    """
    Return what the member has, and of what it is made.
    """
    total = ngettext(
        "That makes %(points)s point.", "That makes %(points)s points.", explanation.total
    ) % {"points": f"{explanation.total:,}"}
    return " ".join([total, *parts_in_words(explanation.wallet)])


def parts_in_words(wallet: WalletView) -> list[str]:
    told = [
        ngettext(
            "%(n)s point can be spent now.", "%(n)s points can be spent now.", wallet.available
        )
        % {"n": f"{wallet.available:,}"}
    ]
    parts = [
        (wallet.pending, _("%(n)s more are earned and not available yet.")),
        (wallet.held, _("%(n)s are set aside for an order.")),
        (wallet.debt, _("%(n)s are owed, and repaid by the next points earned.")),
    ]
    return told + [text % {"n": f"{points:,}"} for points, text in parts if points]


def next_in_words(explanation: Explanation) -> list[str]:
    """
    Return which points are spent next, or lost if they are not.
    """
    lots = [story for story in explanation.lots if not story.lot.is_pending][:TOLD_LOTS]
    if not lots:
        return []
    parts = [
        _("%(points)s earned on %(earned)s, %(end)s")
        % {
            "points": f"{story.lot.points:,}",
            "earned": _day(story.entry.occurred_at),
            "end": end_in_words(story.lot),
        }
        for story in lots
    ]
    return [_("Spent next, in this order: %(lots)s.") % {"lots": "; ".join(parts)}]


def end_in_words(lot: LotView) -> str:
    """
    Return until when a lot's points are good.
    """
    if lot.is_pending:
        if lot.available_at is None:
            return _("available once it is confirmed")
        return _("available from %(day)s") % {"day": _day(lot.available_at)}
    if lot.ends_at is None:
        return _("without end")
    return _("good until %(day)s") % {"day": _day(lot.ends_at - timedelta(seconds=1))}


def _step(words: Callable[[int, int], str], movements: Sequence[Movement]) -> Step:
    points = sum(movement.points for movement in movements)
    occasions = sum(movement.occasions for movement in movements)
    told = {"points": f"{abs(points):,}", "n": f"{occasions:,}"}
    return Step(words(abs(points), occasions) % told, points)


def _earned(points: int, purchases: int) -> str:
    return ngettext(
        "%(points)s points were earned with %(n)s purchase.",
        "%(points)s points were earned with %(n)s purchases.",
        purchases,
    )


def _earned_otherwise(points: int, activities: int) -> str:
    return ngettext(
        "%(points)s points were earned with %(n)s activity.",
        "%(points)s points were earned with %(n)s activities.",
        activities,
    )


def _credited(points: int, _occasions: int) -> str:
    return ngettext(
        "%(points)s point was given by the programme.",
        "%(points)s points were given by the programme.",
        points,
    )


def _received(points: int, _occasions: int) -> str:
    return ngettext(
        "%(points)s point came from another member.",
        "%(points)s points came from another member.",
        points,
    )


def _added(points: int, _occasions: int) -> str:
    return ngettext(
        "%(points)s point was added by our staff.",
        "%(points)s points were added by our staff.",
        points,
    )


def _spent(points: int, _occasions: int) -> str:
    return ngettext("%(points)s point was spent.", "%(points)s points were spent.", points)


def _given_back(points: int, _occasions: int) -> str:
    return ngettext(
        "%(points)s point that had been spent was given back.",
        "%(points)s points that had been spent were given back.",
        points,
    )


def _taken_back(points: int, _occasions: int) -> str:
    return ngettext(
        "%(points)s point was taken back, earned with what was returned.",
        "%(points)s points were taken back, earned with what was returned.",
        points,
    )


def _expired(points: int, _occasions: int) -> str:
    return ngettext("%(points)s point expired.", "%(points)s points expired.", points)


def _sent(points: int, _occasions: int) -> str:
    return ngettext(
        "%(points)s point was given to another member.",
        "%(points)s points were given to another member.",
        points,
    )


def _removed(points: int, _occasions: int) -> str:
    return ngettext(
        "%(points)s point was taken away by our staff.",
        "%(points)s points were taken away by our staff.",
        points,
    )


# In the order in which people would tell it; every movement belongs to one of them.
STEPS: Sequence[tuple[Callable[[Movement], bool], Callable[[int, int], str]]] = [
    (lambda each: each.kind == Kind.ACCRUE and each.cause == PURCHASE, _earned),
    (lambda each: each.kind == Kind.ACCRUE and each.cause == ACTIVITY, _earned_otherwise),
    (lambda each: each.kind == Kind.ACCRUE and each.cause not in EARNED, _credited),
    (lambda each: each.kind == Kind.TRANSFER_IN, _received),
    (lambda each: each.kind == Kind.ADJUST and each.points > 0, _added),
    (lambda each: each.kind in SPENT, _spent),
    (lambda each: each.kind in GIVEN_BACK, _given_back),
    (lambda each: each.kind == Kind.CLAWBACK, _taken_back),
    (lambda each: each.kind == Kind.EXPIRE, _expired),
    (lambda each: each.kind == Kind.TRANSFER_OUT, _sent),
    (lambda each: each.kind == Kind.ADJUST and each.points < 0, _removed),
]


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")
