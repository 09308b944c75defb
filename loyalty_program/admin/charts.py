"""
Charts as plain SVG: drawn on the server, readable without a script, sharp on paper.

Here is only where things go. Colours are the style sheet's, by the name of the series.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import count
from math import ceil

from django.utils.formats import date_format
from django.utils.translation import pgettext

WIDTH = 480
HEIGHT = 200
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 10, 24
STEPS = (1, 2, 5)
MOST_LEVELS = 5
GROUP_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Series:
    """One value for each label. `name` is its class in the style sheet."""

    name: str
    title: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Bar:
    series: Series
    label: str
    value: float
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Dot:
    series: Series
    label: str
    value: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart and its value, or a label below it and where."""

    text: str | float
    at: float


@dataclass(frozen=True, slots=True)
class Chart:
    title: str
    legend: Sequence[Series]
    bars: Sequence[Bar]
    dots: Sequence[Dot]
    path: str
    levels: Sequence[Tick]
    labels: Sequence[Tick]
    width: int
    height: int = HEIGHT
    left: int = LEFT
    bottom: int = HEIGHT - BOTTOM

    @property
    def right(self) -> int:
        return self.width - RIGHT


def chart(
    title: str,
    *,
    labels: Sequence[str],
    bars: Sequence[Series] = (),
    line: Series | None = None,
    width: int = WIDTH,
) -> Chart:
    """
    Draw series side by side as bars for each label, and one as a line above them.
    """
    series = [*bars, *([line] if line else [])]
    level, top = _levels(max((value for one in series for value in one.values), default=0))
    places = _Places(labels=len(labels), bars=len(bars), top=top, width=width)
    dots = (
        [
            Dot(line, label, value, places.middle(n), places.y(value))
            for n, (label, value) in enumerate(zip(labels, line.values, strict=True))
        ]
        if line
        else []
    )
    return Chart(
        title=title,
        legend=series,
        bars=[
            Bar(
                one,
                label,
                value,
                x=places.bar(n, place),
                y=places.y(value),
                width=places.bar_width,
                height=round(places.y(0) - places.y(value), 1),
            )
            for place, one in enumerate(bars)
            for n, (label, value) in enumerate(zip(labels, one.values, strict=True))
        ],
        dots=dots,
        path=" ".join(f"{dot.x},{dot.y}" for dot in dots),
        levels=[Tick(value, places.y(value)) for value in range(0, top + 1, level)],
        labels=[Tick(label, places.middle(n)) for n, label in enumerate(labels)],
        width=width,
    )


def month_label(month: date) -> str:
    """
    Return a month as short as it is written on an axis.
    """
    return date_format(month, pgettext("month on an axis, as in Django's date filter", "M"))


def has_values(series: Series) -> bool:
    """
    Whether there is anything to see of a series.
    """
    return any(series.values)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where bars and dots go: `labels` columns, each with `bars` bars, up to the value `top`."""

    labels: int
    bars: int
    top: int
    width: int

    @property
    def column(self) -> float:
        return (self.width - LEFT - RIGHT) / max(self.labels, 1)

    @property
    def bar_width(self) -> float:
        return round(self.column * GROUP_SHARE / max(self.bars, 1), 1)

    def middle(self, n: int) -> float:
        return round(LEFT + self.column * (n + 0.5), 1)

    def bar(self, n: int, place: int) -> float:
        return round(self.middle(n) + self.bar_width * (place - self.bars / 2), 1)

    def y(self, value: float) -> float:
        height = HEIGHT - TOP - BOTTOM
        return round(HEIGHT - BOTTOM - height * max(value, 0) / self.top, 1)


def _levels(highest: float) -> tuple[int, int]:
    """
    Return the distance between two lines, a round number, and the value of the topmost.
    """
    level = next(
        step * 10**power
        for power in count()
        for step in STEPS
        if step * 10**power * MOST_LEVELS >= highest
    )
    return level, level * max(ceil(highest / level), 1)
