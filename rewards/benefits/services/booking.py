"""Putting what benefits give into members' wallets, once for each occasion."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from loyalty_program import sql
from members import events, ledger, programme
from rewards.benefits import rules
from rewards.benefits.models import Benefit

COLUMNS = (
    "member_id", "code", "benefit_id", "occasion", "points", "occurred_at", "granted_at",
    "expires_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Due:
    """Points of a benefit that a member is to have for an occasion, if they have not yet."""

    member_id: int
    benefit: Benefit
    occasion: str
    occurred_at: datetime

    @property
    def name(self) -> tuple[int, str, str]:
        return self.member_id, self.benefit.code, self.occasion


def book(dues: Sequence[Due], *, at: datetime) -> int:
    """
    Give members the points that they have not got yet, and return how many grants are new.

    The points are available and their validity counts from the moment they are given,
    also where that is late.
    """
    if not dues:
        return 0
    terms = _Terms(at)
    rows = [(*due.name[:2], *_row(due, terms)) for due in dues]
    noted = sql.run("rewards.benefits", "note_grants", asked=sql.as_json(COLUMNS, rows))
    fresh = {tuple(row) for row in noted}
    new = [due for due in dues if due.name in fresh]
    if not new:
        return 0
    ledger.accrue_many(
        currency=ledger.Currency.REDEEMABLE, accruals=[_accrual(due, terms) for due in new], at=at
    )
    events.record_many(
        type=events.EventType.BENEFIT_GRANTED,
        events=[(due.member_id, _told(due), at) for due in new],
    )
    return len(new)


class _Terms:
    """Until when points are good that are given at a moment."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.zone = programme.get_programme().zone
        self.usual = programme.expires_at(
            policy=programme.policy_of(moment=at), available_at=at, zone=self.zone
        )

    def expires_at(self, benefit: Benefit) -> datetime | None:
        if benefit.valid_days is None:
            return self.usual
        return rules.valid_until(self.at, benefit.valid_days, zone=self.zone)


def _row(due: Due, terms: _Terms) -> tuple[object, ...]:
    benefit = due.benefit
    expires_at = terms.expires_at(benefit)
    return benefit.pk, due.occasion, benefit.points, due.occurred_at, terms.at, expires_at


def _accrual(due: Due, terms: _Terms) -> ledger.Accrual:
    points = due.benefit.points
    assert points is not None
    return ledger.Accrual(
        member_id=due.member_id,
        points=points,
        key=f"benefit:{due.benefit.code}:{due.occasion}",
        occurred_at=due.occurred_at,
        available_at=terms.at,
        expires_at=terms.expires_at(due.benefit),
        reference=f"benefit:{due.benefit.name}",
    )


def _told(due: Due) -> dict[str, object]:
    return {
        "benefit": due.benefit.code,
        "kind": due.benefit.kind,
        "occasion": due.occasion,
        "points": due.benefit.points,
    }
