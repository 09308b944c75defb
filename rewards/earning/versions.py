"""Which version of a rule counts when. Plain values in and out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from rewards.earning.models import EarningRule


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which one version counts. Without an end it does until something changes."""

    rule: EarningRule
    starts_at: datetime
    ends_at: datetime | None


def spans(versions: Collection[EarningRule]) -> list[Span]:
    """
    Return what counts when, of the published versions of one rule, in the order of time.

    Where two are in force the later one counts; when it ends, the earlier one does again.
    """
    published = [rule for rule in versions if not rule.is_draft]
    moments = sorted(
        {rule.starts_at for rule in published}
        | {rule.ends_at for rule in published if rule.ends_at}
    )
    found: list[Span] = []
    for place, moment in enumerate(moments):
        rule = version_at(moment, among=published)
        if rule is None:
            continue
        until = moments[place + 1] if place + 1 < len(moments) else None
        last = found[-1] if found else None
        if last and last.rule is rule and last.ends_at == moment:
            found[-1] = Span(rule, last.starts_at, until)
        else:
            found.append(Span(rule, moment, until))
    return found


def version_at(moment: datetime, *, among: Collection[EarningRule]) -> EarningRule | None:
    """
    Return the version that counts at a moment, of the published versions of one rule.
    """
    in_force = [
        rule
        for rule in among
        if not rule.is_draft
        and rule.starts_at <= moment
        and (rule.ends_at is None or moment < rule.ends_at)
    ]
    return max(in_force, key=lambda rule: rule.version, default=None)


def is_withdrawn(rule: EarningRule) -> bool:
    """
    Whether a version was published and taken back before it began.
    """
    return not rule.is_draft and rule.ends_at == rule.starts_at
