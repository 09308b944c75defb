"""A back-test is done some members at a time, so that it can be stopped and carried on."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Sum

from members import jobs, segments
from members.purchases import Purchase
from rewards.earning.backtesting.freezing import thaw
from rewards.earning.backtesting.judging import History, read_history
from rewards.earning.backtesting.moving import Ascent, added
from rewards.earning.backtesting.reading import Bought, next_members
from rewards.earning.backtesting.rooms import SharedRooms, WantingRooms, condense, shares_of
from rewards.earning.backtesting.rulebook import Rulebook
from rewards.earning.backtesting.summing import Given, Sums
from rewards.earning.deciding import Decision
from rewards.earning.models import EarningReceipt, EarningRule

# What a step keeps for the next one, and nobody else asks for.
NOTES = ("wanted", "shares")


@dataclass(frozen=True, slots=True)
class BackTest:
    """What is asked for, and the rules that it is about."""

    since: datetime
    until: datetime
    book: Rulebook
    rules: Mapping[int, EarningRule]

    @classmethod
    def of(cls, job: jobs.JobRun) -> "BackTest":
        asked = job.parameters
        since, until = (datetime.fromisoformat(asked[name]) for name in ("since", "until"))
        draft = thaw(asked["draft"]) if asked["draft"] else None
        context = segments.get_context()
        book = Rulebook.of_span(since, until, draft=draft, context=context)
        return cls(since, until, book, EarningRule.objects.in_bulk())

    def history(self, member_ids: list[int]) -> History:
        return read_history(
            member_ids, since=self.since, until=self.until, book=self.book, rules=self.rules
        )

    def count(self) -> int:
        """
        Return how many purchases are judged; twice each, where whole rules are capped.
        """
        bought = Purchase.objects.filter(purchased_at__gte=self.since, purchased_at__lt=self.until)
        return bought.count() * (2 if self.book.has_cap_in_all else 1)


def step(job: jobs.JobRun, *, at: datetime) -> jobs.Progress:
    """
    Judge what the next members bought.

    Before that, where whole rules are capped, find out who comes before the end of their caps.
    """
    test = BackTest.of(job)
    result = dict(job.result)
    is_first = not result
    if is_first and test.book.has_cap_in_all:
        result["wanted"] = {}
    member_ids = next_members(after=job.cursor, since=test.since, until=test.until)
    if not member_ids:
        return _turn(test, job, result)
    history = test.history(member_ids)
    if "wanted" in result:
        _want(history, result)
    else:
        _sum_up(test, history, result)
    return jobs.Progress(
        done=len(history.purchases),
        is_finished=False,
        cursor=member_ids[-1],
        total=test.count() if is_first else None,
        result=result,
    )


def _turn(test: BackTest, job: jobs.JobRun, result: dict[str, Any]) -> jobs.Progress:
    """
    Go on to judge once all that is wanted is known, or finish.
    """
    if "wanted" in result:
        wanted = result.pop("wanted")
        result["shares"] = shares_of(wanted, _given_before(test, wanted))
        return jobs.Progress(done=0, is_finished=False, cursor=0, result=result)
    for name in NOTES:
        result.pop(name, None)
    return jobs.Progress(done=0, is_finished=True, cursor=job.cursor, result=result)


def _want(history: History, result: dict[str, Any]) -> None:
    def rooms_of(used: Any, purchase: Bought, day: date) -> WantingRooms:
        return WantingRooms(
            used,
            member_id=purchase.member_id,
            day=day,
            purchase_id=purchase.id,
            wanted=result["wanted"],
        )

    for _judged in history.judged(rooms_of):
        pass
    condense(result["wanted"])


def _sum_up(test: BackTest, history: History, result: dict[str, Any]) -> None:
    def rooms_of(used: Any, purchase: Bought, day: date) -> SharedRooms:
        return SharedRooms(
            used,
            member_id=purchase.member_id,
            day=day,
            purchase_id=purchase.id,
            shares=result.get("shares", {}),
        )

    sums = Sums(result.get("found", {}), zone=history.zone)
    risen: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for purchase, decision in history.judged(rooms_of):
        gaps = sums.add(
            member_id=purchase.member_id,
            purchased_at=purchase.purchased_at,
            before=_before(history, purchase),
            after=_after(decision),
        )
        if gap := gaps.get("QUALIFYING"):
            risen[purchase.member_id].append((purchase.purchased_at, gap))
    result["found"] = sums.close()
    if ascent := Ascent.at_end(test.until, zone=history.zone):
        moves = ascent.moves(history.member_ids, risen)
        result["tiers"] = added(result.get("tiers", {}), moves)


def _before(history: History, purchase: Bought) -> list[Given]:
    return [
        Given(history.rules[receipt.rule_id], receipt.points)
        for receipt in history.earned.get(purchase.id, ())
    ]


def _after(decision: Decision) -> list[Given]:
    return [Given(receipt.rule, receipt.points) for receipt in decision.receipts]


def _given_before(test: BackTest, codes: Mapping[str, Any]) -> dict[str, int]:
    """
    Return what these rules gave before the span under caps of theirs.
    """
    receipts = EarningReceipt.objects.filter(
        rule__code__in=list(codes),
        rule__cap_in_all__isnull=False,
        purchase__purchased_at__lt=test.since,
    )
    sums = receipts.values_list("rule__code").annotate(points=Sum("points"))
    return dict(sums)
