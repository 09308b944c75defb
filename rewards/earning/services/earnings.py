"""What purchases earn, worked out before anything is booked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from members.ledger import FOREVER, Accrual, Currency
from members.programme import Policy, lasts_until
from members.purchases import NewLine, Telling
from members.segments import Facts
from rewards.earning.deciding import (
    UNLIMITED,
    CapKey,
    ReadyRule,
    Receipt,
    Rooms,
    cap_keys,
    decide,
)
from rewards.earning.models import EarningRule
from rewards.earning.queries import (
    Known,
    Place,
    Sight,
    Terms,
    as_measured,
    earning_lines,
    facts_of,
    know_members,
    nothing_known,
)
from rewards.earning.validity import Validity, has_own_lot, key_of_rule, validity

RECEIPT_COLUMNS = (
    "purchase_id",
    "rule_id",
    "eligible_amount",
    "multiplier",
    "points",
    "uncapped",
    "capped_by",
    "line_numbers",
    "line_points",
)


@dataclass
class Earning:
    """
    A purchase that is about to be booked, and what it earns, once that is decided.

    `is_returned` says that a return of it was told before. `known` is what is known of the
    member, if a rule asks.
    """

    telling: Telling
    place: Place
    multiplier: Decimal
    terms: Terms
    is_returned: bool
    at: datetime
    known: Known | None = None
    receipts: Sequence[Receipt] = ()

    @property
    def key(self) -> str:
        purchase = self.telling.purchase
        return f"purchase:{purchase.channel}:{purchase.reference}"

    @cached_property
    def policy(self) -> Policy:
        return self.terms.policy_of(self.telling.purchase.purchased_at)

    @cached_property
    def rules(self) -> Sequence[ReadyRule]:
        """
        Return the rules in force when the purchase was made.
        """
        return self.terms.rules_at(self.telling.purchase.purchased_at)

    @cached_property
    def counts_visits(self) -> bool:
        """
        Whether a rule asks for the number of the visit, so that others have to wait.
        """
        return any(ready.asks_visit for ready in self.rules)

    @cached_property
    def asking(self) -> Sequence[ReadyRule]:
        """
        Return the rules that ask for the member, and may count by the calendar.
        """
        asking = [ready for ready in self.rules if ready.asks_member or ready.asks_visit]
        moment = self.telling.purchase.purchased_at
        return [ready for ready in asking if ready.admits(moment, self.place.zone)]

    @property
    def is_plain(self) -> bool:
        """
        Whether there is nothing to do but to record it and to give its points.
        """
        return not (
            self.telling.purchase.hold
            or self.is_returned
            or self.lasts_until
            or self.counts_visits
            or any(self.caps())
        )

    def decide(self, rooms: Rooms = UNLIMITED) -> None:
        """
        Find out what the purchase earns; in rooms without limit, what it would but for caps.
        """
        self.receipts = decide(
            lines=as_measured(self._lines),
            facts=self._facts,
            rules=self.rules,
            multiplier=self.multiplier,
            rooms=rooms,
        ).receipts

    def caps(self) -> Iterator[CapKey]:
        """
        Yield what the points that are decided count towards.
        """
        for part in self.receipts:
            if part.points:
                yield from cap_keys(part.rule, member_id=self.telling.member_id, day=self.day)

    @property
    def day(self) -> date:
        zone = self.terms.programme.zone
        return self.telling.purchase.purchased_at.astimezone(zone).date()

    @property
    def lasts_until(self) -> datetime | None:
        """
        How long the member's points without an expiry of their own last by this purchase.
        """
        policy, zone = self.policy, self.terms.programme.zone
        # Where points lasted as long as the member came, and now do for ever.
        has_changed = any(past.expiry == Policy.Expiry.INACTIVITY for past in self.terms.policies)
        if policy.expiry == Policy.Expiry.NEVER and has_changed:
            return FOREVER
        own = [self._validity(part.rule) for part in self.receipts if has_own_lot(part.rule)]
        moments = [each.available_at for each in own if not each.is_awaited]
        return lasts_until(
            policy=policy,
            active_at=self.earned_at,
            available_at=max([self._usual.available_at, *moments]),
            zone=zone,
        )

    @property
    def earned_at(self) -> datetime:
        # A till whose clock runs ahead makes nobody wait for their points.
        return min(self.telling.purchase.purchased_at, self.at)

    def points(self, currency: str) -> int:
        return sum(part.points for part in self.receipts if part.rule.currency == currency)

    def accruals(self, currency: Currency) -> Iterator[Accrual]:
        """
        Yield what is to be accrued in a currency, which is nothing for no points.

        Rules with terms of their own give lots of their own.
        """
        paid = [part for part in self.receipts if part.points and part.rule.currency == currency]
        own = [part for part in paid if has_own_lot(part.rule)]
        if points := sum(part.points for part in paid if not has_own_lot(part.rule)):
            # Only what can be spent waits until it cannot come back, and expires.
            is_spendable = currency == Currency.REDEEMABLE
            usual = self._usual if is_spendable else Validity(self.earned_at, None)
            yield self._accrual(points, self.key, usual)
        for part in own:
            key = key_of_rule(self.key, part.rule)
            yield self._accrual(part.points, key, self._validity(part.rule))

    def news(self) -> Mapping[str, Any]:
        """
        Return what subscribers learn of the purchase.
        """
        purchase = self.telling.purchase
        return {
            "channel": purchase.channel,
            "reference": purchase.reference,
            "store": purchase.store,
            "amount": str(purchase.amount),
            "points": {str(currency): self.points(currency) for currency in Currency},
        }

    def receipt_rows(self, purchase_id: int | None = None) -> Iterator[tuple[Any, ...]]:
        """
        Yield the receipts as their table has them, see `RECEIPT_COLUMNS`.
        """
        for part in self.receipts:
            yield (
                purchase_id,
                part.rule.pk,
                part.eligible_amount,
                part.multiplier,
                part.points,
                part.uncapped,
                part.capped_by,
                _array(part.line_numbers),
                _array(part.line_points),
            )

    def known_rows(self, purchase_id: int | None = None) -> Iterator[dict[str, Any]]:
        """
        Yield what was known of the member, if a rule asked.
        """
        if self.asking and self.known:
            named = self.terms.segments_named(self.asking)
            yield {
                "purchase_id": purchase_id,
                "facts": self.known.dump(),
                "segments": {code: bool(judge(self._of_member)) for code, judge in named.items()},
            }

    @cached_property
    def _lines(self) -> Sequence[NewLine]:
        return earning_lines(self.telling.purchase.lines)

    @cached_property
    def _facts(self) -> Facts:
        purchase = self.telling.purchase
        return facts_of(
            purchase,
            lines=self._lines,
            place=self.place,
            known=self.known or nothing_known(purchase.purchased_at),
            context=self.terms.context,
        )

    @property
    def _of_member(self) -> Facts:
        return Facts(at=self._facts.at, zone=self._facts.zone, member=self._facts.member)

    @cached_property
    def _usual(self) -> Validity:
        return self._validity()

    def _validity(self, rule: EarningRule | None = None) -> Validity:
        return validity(
            rule, policy=self.policy, earned_at=self.earned_at, zone=self.terms.programme.zone
        )

    def _accrual(self, points: int, key: str, valid: Validity) -> Accrual:
        return Accrual(
            member_id=self.telling.member_id,
            points=points,
            key=key,
            occurred_at=self.telling.purchase.purchased_at,
            available_at=valid.available_at,
            expires_at=valid.expires_at,
            reference=self.key,
        )


def earnings_of(tellings: Sequence[Telling], *, sight: Sight, at: datetime) -> list[Earning]:
    """
    Return those purchases that wait to be recorded, for what they earn to be decided.
    """
    return [
        Earning(telling, place, multiplier, sight.terms, is_returned, at)
        for telling, place, multiplier, is_returned in zip(
            tellings, sight.places, sight.multipliers, sight.are_returned, strict=True
        )
        if telling.answer is None
    ]


def get_to_know(earnings: Sequence[Earning]) -> None:
    """
    Find out what rules ask of the members, in one query if any does.

    Of purchases that are recorded, in the order of their ids, visits are counted as well.
    """
    asking = [earning for earning in earnings if earning.asking]
    if not asking:
        return
    known = know_members(
        [(each.telling.member_id, each.telling.purchase.purchased_at) for each in asking],
        context=asking[0].terms.context,
        counts_visits=any(earning.counts_visits for earning in asking),
    )
    for earning, about in zip(asking, known, strict=True):
        earning.known = about


def _array(numbers: Sequence[int]) -> str:
    # As PostgreSQL writes it: the driver would take longer over these arrays than
    # over all the rest of a receipt.
    return f"{{{','.join(map(str, numbers))}}}"
