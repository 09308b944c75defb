"""From when until when points can be spent: as the programme says, or as their rule does."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from members.ledger import FOREVER, Currency
from members.programme import (
    Policy,
    add_months,
    available_at,
    days_later,
    end_of_day,
    end_of_month,
    expires_at,
)
from rewards.earning.models import EarningRule

LONGEST_KEY = 128


@dataclass(frozen=True, slots=True)
class Validity:
    """
    From when until when points can be spent. Those that wait for an event have no end yet.
    """

    available_at: datetime
    expires_at: datetime | None

    @property
    def is_awaited(self) -> bool:
        return self.available_at == FOREVER


def has_own_lot(rule: EarningRule) -> bool:
    """
    Whether what a rule gives becomes available or expires by itself.

    Only what can be spent waits and expires.
    """
    return rule.has_own_terms and rule.currency == Currency.REDEEMABLE


def key_of_rule(key: str, rule: EarningRule) -> str:
    """
    Return the key of such a lot, of a purchase or an activity with this key.
    """
    named = f"{key}:{rule.code}"
    # The longest codes of all do not fit into a key of the ledger's.
    return named if len(named) <= LONGEST_KEY else f"{key}:{rule.pk}"


def validity(
    rule: EarningRule | None, *, policy: Policy, earned_at: datetime, zone: tzinfo
) -> Validity:
    """
    Return the validity of points that were earned at a moment, by a rule of their own terms.

    Without one, it is what the policy says.
    """
    if rule is not None and rule.awaits:
        return Validity(FOREVER, None)
    start = available_at(policy=policy, earned_at=earned_at, zone=zone)
    if rule is not None and rule.pending_days is not None:
        start = days_later(earned_at, rule.pending_days, zone=zone)
    return Validity(start, _end(rule, policy=policy, earned_at=earned_at, start=start, zone=zone))


def validity_released(
    rule: EarningRule, *, policy: Policy, earned_at: datetime, at: datetime, zone: tzinfo
) -> Validity:
    """
    Return the validity of points that waited for an event, once it is reported.
    """
    return Validity(at, _end(rule, policy=policy, earned_at=earned_at, start=at, zone=zone))


def _end(
    rule: EarningRule | None,
    *,
    policy: Policy,
    earned_at: datetime,
    start: datetime,
    zone: tzinfo,
) -> datetime | None:
    """
    Return when points end that become available at `start`: with the end of a day or a month.
    """
    day = start.astimezone(zone).date()
    if rule is None or rule.expiry == EarningRule.Expiry.PROGRAMME:
        return expires_at(policy=policy, earned_at=earned_at, available_at=start, zone=zone)
    if rule.expiry == EarningRule.Expiry.NEVER:
        return None
    assert rule.expiry_after is not None, "the database sees to it"
    if rule.expiry == EarningRule.Expiry.DAYS:
        last = days_later(start, rule.expiry_after, zone=zone)
        return end_of_day(last.astimezone(zone).date(), zone=zone)
    return end_of_month(add_months(day, rule.expiry_after), zone=zone)
