"""From when the points of a rule can be spent, and until when."""

from datetime import datetime, tzinfo
from typing import NamedTuple

from members.ledger import FOREVER, Currency
from members.programme import Policy, add_months, days_later, end_of_month, expires_at
from rewards.earning.models import EarningRule

Expiry = EarningRule.Expiry


class Validity(NamedTuple):
    """Points that await an event are available `FOREVER` from now, and expire after it."""

    available_at: datetime
    expires_at: datetime | None


def validity_of(
    rule: EarningRule, *, policy: Policy, earned_at: datetime, usual: datetime, zone: tzinfo
) -> Validity:
    """
    Return the validity of what a rule gives, by its own terms and otherwise the programme's.

    By the programme's they become available at `usual`. Only points to spend wait or expire.
    """
    if rule.currency != Currency.REDEEMABLE:
        return Validity(earned_at, None)
    if rule.awaits:
        return Validity(FOREVER, None)
    available = usual
    if rule.pending_days is not None:
        available = days_later(earned_at, rule.pending_days, zone=zone)
    return Validity(
        available,
        expiry_of(rule, policy=policy, earned_at=earned_at, available_at=available, zone=zone),
    )


def expiry_of(
    rule: EarningRule,
    *,
    policy: Policy,
    earned_at: datetime,
    available_at: datetime,
    zone: tzinfo,
) -> datetime | None:
    """
    Return when points expire that become available at a moment, or None for never.
    """
    if rule.expiry == Expiry.PROGRAMME:
        return expires_at(
            policy=policy, earned_at=earned_at, available_at=available_at, zone=zone
        )
    after = rule.expiry_after or 0
    if rule.expiry == Expiry.DAYS:
        return days_later(available_at, after, zone=zone)
    if rule.expiry == Expiry.MONTHS:
        day = available_at.astimezone(zone).date()
        return end_of_month(add_months(day, after), zone=zone)
    return None
