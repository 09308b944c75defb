"""The versions of a rule over time, as bars, and what a draft would change when."""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from rewards.earning.models import EarningRule
from rewards.earning.versions import Span, is_withdrawn, spans, version_at

WIDTH = 1000
# Further back the picture does not go, unless everything is further back.
LONGEST = timedelta(days=730)
MARGIN = 0.08


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a version's row, in a thousand parts of the picture's width."""

    name: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Row:
    rule: EarningRule
    stage: tuple[str, str]
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Timeline:
    rows: Sequence[Row]
    starts_at: datetime
    ends_at: datetime
    now: str


@dataclass(frozen=True, slots=True)
class _Scale:
    starts_at: datetime
    ends_at: datetime

    def place(self, moment: datetime) -> float:
        within = min(max(moment, self.starts_at), self.ends_at) - self.starts_at
        return WIDTH * (within / (self.ends_at - self.starts_at))

    def bar(self, name: str, starts_at: datetime, ends_at: datetime | None) -> Bar:
        x = self.place(starts_at)
        width = max(self.place(ends_at or self.ends_at) - x, 2)
        return Bar(name, f"{x:.1f}", f"{width:.1f}")


def timeline(versions: Sequence[EarningRule], *, at: datetime) -> Timeline:
    """
    Return a row for each version, the newest first: when it was to hold, and when it did.
    """
    scale = _scale_of(versions, at)
    counted: dict[int, list[Span]] = {}
    for span in spans(versions):
        counted.setdefault(span.rule.pk, []).append(span)
    now = version_at(at, among=versions)
    rows = []
    for rule in sorted(versions, key=lambda rule: -rule.version):
        name = "draft" if rule.is_draft else "planned"
        bars = [] if is_withdrawn(rule) else [scale.bar(name, rule.starts_at, rule.ends_at)]
        bars += [
            scale.bar("counts", span.starts_at, span.ends_at) for span in counted.get(rule.pk, [])
        ]
        rows.append(Row(rule, stage_of(rule, now=now, at=at), bars))
    return Timeline(rows, scale.starts_at, scale.ends_at, f"{scale.place(at):.1f}")


def stage_of(rule: EarningRule, *, now: EarningRule | None, at: datetime) -> tuple[str, str]:
    """
    Return what a version is at a moment, where `now` is the one that counts then.
    """
    if rule.is_draft:
        return "draft", _("draft")
    if is_withdrawn(rule):
        return "withdrawn", _("withdrawn")
    if rule.starts_at > at:
        return "to come", _("to come")
    if rule.ends_at is not None and rule.ends_at <= at:
        return "over", _("over")
    if now is not None and now.pk != rule.pk:
        return "over", _("replaced")
    return "in force", _("in force")


def changes(draft: EarningRule, versions: Sequence[EarningRule]) -> Iterator[str]:
    """
    Say what changes when, once a draft is published.
    """
    published = copy(draft)
    published.is_draft = False
    others = [rule for rule in versions if not rule.is_draft]
    order = spans([*others, published])
    for place, span in enumerate(order):
        before = order[place - 1] if place else None
        is_after = before is not None and before.ends_at == span.starts_at
        if span.rule is published:
            yield _begins(span, before if is_after else None)
        elif before is not None and before.rule is published and is_after:
            text = _("On %(moment)s it ends, and version %(version)s holds.")
            yield text % {"moment": _moment(span.starts_at), "version": span.rule.version}
        if span.rule is published and span.ends_at is not None:
            following = order[place + 1] if place + 1 < len(order) else None
            if following is None or following.starts_at != span.ends_at:
                text = _("On %(moment)s it ends, and nothing takes its place.")
                yield text % {"moment": _moment(span.ends_at)}


def _begins(span: Span, before: Span | None) -> str:
    facts = {"moment": _moment(span.starts_at), "version": span.rule.version}
    if before is None:
        return _("On %(moment)s version %(version)s begins.") % facts
    text = _("On %(moment)s version %(version)s takes the place of version %(old)s.")
    return text % {**facts, "old": before.rule.version}


def _scale_of(versions: Sequence[EarningRule], at: datetime) -> _Scale:
    moments = [at, *(rule.starts_at for rule in versions)]
    moments += [rule.ends_at for rule in versions if rule.ends_at is not None]
    last = max(moments)
    first = max(min(moments), min(at, last) - LONGEST)
    margin = max((last - first) * MARGIN, timedelta(days=7))
    return _Scale(first, last + margin)


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
