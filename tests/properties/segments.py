"""Small worlds of members who shop, and conditions over them, for Hypothesis to make up."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from members import segments
from members.models import (
    Category,
    Channel,
    Ladder,
    Member,
    Programme,
    Purchase,
    PurchaseLine,
    Rung,
    Store,
    Tier,
    TierPeriod,
    TierPlacement,
)
from members.segments import Facts, LineFacts, MemberFacts, Operator, PurchaseFacts
from tests.factories import LONG_AGO

AT = datetime(2026, 4, 10, 12, tzinfo=UTC)
TIERS = ["BRONZE", "SILVER", "GOLD"]
TAGS = ["vip", "staff", "press"]
REGIONS = ["North", "South", ""]
ZONES = ["", "Asia/Shanghai", "America/New_York", "Europe/Paris"]
CHANNELS = ["till", "web"]
CATEGORIES = ["grocery", "grocery/bread", "grocery/bread/rye", "grocery_bread", "toys", "100%"]
SKUS = ["A-1", "A-10", "a-1", "%", "A_1", ""]
TRIAL = timedelta(days=90)
PROGRAMME_ZONE = "Europe/Paris"
# Around the hour that the clocks skip and the one that they show twice, midnights and a leap day.
INSTANTS = [
    datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
    datetime(2025, 10, 26, 1, 30, tzinfo=UTC),
    datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 8, 7, 0, tzinfo=UTC),
    datetime(2025, 12, 31, 16, 0, tzinfo=UTC),
    datetime(2025, 12, 31, 23, 0, tzinfo=UTC),
    datetime(2024, 2, 29, 12, 30, tzinfo=UTC),
    datetime(2026, 3, 4, 9, 0, tzinfo=UTC),
]

SECONDS = st.integers(min_value=0, max_value=800 * 86_400)
instants = st.sampled_from(INSTANTS) | SECONDS.map(
    lambda seconds: datetime(2024, 1, 20, tzinfo=UTC) + timedelta(seconds=seconds)
)
amounts = st.sampled_from(["0.000", "0.333", "1.000", "2.500", "50.000", "50.001"]).map(Decimal)


@dataclass
class World:
    """What was made up, as it stands in the database and as plain facts."""

    members: dict[int, MemberFacts] = field(default_factory=dict)
    purchases: dict[int, Facts] = field(default_factory=dict)
    now: dict[int, Facts] = field(default_factory=dict)


def build(data: st.DataObject) -> World:
    """
    Fill the database, and return the same as facts that are worked out without it.
    """
    draw = data.draw
    Programme.objects.create(name="P", currency="EUR", time_zone=PROGRAMME_ZONE)
    channels = [Channel.objects.create(code=code, name=code) for code in CHANNELS]
    categories = [Category.objects.create(code=code, name=code) for code in CATEGORIES]
    tiers = [Tier.objects.create(code=code, name=code, rank=n) for n, code in enumerate(TIERS)]
    begins = draw(st.sampled_from([LONG_AGO, datetime(2025, 6, 1, tzinfo=UTC)]))
    ladder = Ladder.objects.create(starts_at=begins)
    for tier in tiers:
        Rung.objects.create(ladder=ladder, tier=tier, points_required=100 * tier.rank)
    stores = [
        Store.objects.create(code=f"S{n}", name=f"S{n}", region=region, time_zone=zone)
        for n, (region, zone) in enumerate(
            draw(
                st.lists(
                    st.tuples(st.sampled_from(REGIONS), st.sampled_from(ZONES)),
                    min_size=1,
                    max_size=3,
                )
            )
        )
    ]
    world = World()
    for number in range(draw(st.integers(1, 3))):
        _member(draw, world, number, stores, channels, tiers, categories, begins)
    return world


def _member(draw, world, number, stores, channels, tiers, categories, begins) -> None:
    home = draw(st.sampled_from([None, *stores]))
    channel = draw(st.sampled_from([None, *channels]))
    member = Member.objects.create(
        number=f"9{number:011}",
        enrolled_at=draw(instants),
        tags=draw(st.lists(st.sampled_from(TAGS), unique=True)),
        birth_month=(month := draw(st.none() | st.integers(1, 12))),
        birth_day=1 if month else None,
        language=draw(st.sampled_from(["", "en", "zh-Hans"])),
        home_store=home,
        channel=channel,
    )
    starts = sorted(draw(st.sets(instants, max_size=2)))
    periods = [(start, draw(st.sampled_from(tiers))) for start in starts]
    for index, (start, tier) in enumerate(periods):
        ends = periods[index + 1][0] if index + 1 < len(periods) else None
        TierPeriod.objects.create(
            member=member, tier=tier, starts_at=start, ends_at=ends, reason="REACHED",
            qualifying_points=0, decided_at=start, closed_at=ends,
        )  # fmt: skip

    given = draw(st.lists(st.tuples(instants, st.sampled_from(tiers)), max_size=1))
    for start, tier in given:
        TierPlacement.objects.create(
            member=member,
            tier=tier,
            kind=TierPlacement.Kind.TRIAL,
            starts_at=start,
            ends_at=start + TRIAL,
            reason="tried",
            key=f"{member.id}",
            placed_at=start,
        )

    def facts(at: datetime, **purchase: Any) -> Facts:
        lowest = TIERS[0] if begins <= at else None
        earned = [tier.rank for start, tier in periods if start <= at][-1:]
        lent = [tier.rank for start, tier in given if start <= at < start + TRIAL]
        ranks = earned + lent
        return Facts(
            at=at,
            zone=ZoneInfo(PROGRAMME_ZONE),
            member=MemberFacts(
                enrolled_at=member.enrolled_at,
                tier=TIERS[max(ranks)] if ranks else lowest,
                tags=frozenset(member.tags),
                birth_month=month,
                home_store=home.code if home else None,
                home_region=home.region if home else None,
                language=member.language,
                channel=channel.code if channel else None,
            ),
            **purchase,
        )

    world.now[member.id] = facts(AT)
    for visit in range(1, draw(st.integers(0, 3)) + 1):
        _purchase(draw, world, member, visit, stores, channels, categories, facts)


def _purchase(draw, world, member, visit, stores, channels, categories, facts) -> None:
    store, channel = draw(st.sampled_from(stores)), draw(st.sampled_from(channels))
    at = draw(instants)
    amount = draw(amounts)
    purchase = Purchase.objects.create(
        channel=channel, reference=f"{member.id}-{visit}", member=member, store=store,
        amount=amount, purchased_at=at, recorded_at=at, digest=b"",
    )  # fmt: skip
    lines = []
    for number in range(1, draw(st.integers(0, 3)) + 1):
        category = draw(st.sampled_from([None, *categories]))
        line = LineFacts(
            amount=draw(amounts),
            quantity=draw(amounts | st.just(Decimal(3))),
            sku=draw(st.sampled_from(SKUS)),
            category=category.code if category else None,
        )
        PurchaseLine.objects.create(
            purchase=purchase, number=number, category=category, sku=line.sku,
            quantity=line.quantity, amount=line.amount,
        )  # fmt: skip
        lines.append(line)
    world.purchases[purchase.id] = facts(
        at,
        purchase=PurchaseFacts(
            amount=amount,
            purchased_at=at,
            zone=ZoneInfo(store.time_zone or PROGRAMME_ZONE),
            channel=channel.code,
            store=store.code,
            region=store.region,
            visit=visit,
        ),
        lines=tuple(lines),
    )


# Conditions

SOURCES = {
    "tier": TIERS,
    "tag": TAGS,
    "segment": ["young", "northern", "either"],
    "store": ["S0", "S1", "S2"],
    "region": REGIONS[:2],
    "language": ["en", "zh-Hans"],
    "channel": CHANNELS,
    "category": CATEGORIES,
    "": ["A-1", "A", "%", "A_"],
}
SEGMENTS = {
    "young": {"field": "member.days_since_joining", "operator": "at_most", "value": 300},
    "northern": {"not": {"field": "member.home_region", "operator": "one_of", "value": ["South"]}},
    "either": {
        "any": [
            {"field": "member.segment", "operator": "one_of", "value": ["young"]},
            {"field": "member.segment", "operator": "none_of", "value": ["northern"]},
        ]
    },
}


def context() -> segments.Context:
    return segments.Context(
        zone=ZoneInfo(PROGRAMME_ZONE),
        ranks={code: rank for rank, code in enumerate(TIERS)},
        segments={code: segments.parse(written) for code, written in SEGMENTS.items()},
    )


WRITTEN: dict[str, Any] = {
    "date": st.sampled_from(INSTANTS).map(lambda at: at.date().isoformat()),
    "time": st.sampled_from(["00:00", "01:30", "02:30", "03:00", "12:00", "23:59"]),
    "flag": st.booleans(),
}


def values(kind: Any, operator: Operator) -> st.SearchStrategy[Any]:
    """
    Return JSON values of a kind, of which many are near to what is in the world.
    """
    if kind.name in WRITTEN:
        return WRITTEN[kind.name]
    if kind.name in {"number", "count"}:
        counts = st.integers(1, 5) | st.sampled_from([28, 300, 400])
        return amounts.map(str) if kind.places else counts
    known = list(kind.labels) if kind.name == "listed" else SOURCES[kind.source]
    one = st.sampled_from(known)
    if not kind.takes_many(operator):
        return one
    return st.lists(one, min_size=1, max_size=3, unique=True)


@st.composite
def a_test(draw: st.DrawFn, level: segments.Level, only: str = "") -> dict[str, Any]:
    known = [
        found for found in segments.FIELDS.values() if found.level <= level and only in found.key
    ]
    tested = draw(st.sampled_from(known))
    operator = draw(st.sampled_from(tested.kind.operators))
    value = draw(values(tested.kind, operator))
    return {"field": tested.key, "operator": str(operator), "value": value}


def conditions(level: segments.Level) -> st.SearchStrategy[Any]:
    return st.recursive(
        a_test(level),
        lambda inside: st.one_of(
            st.fixed_dictionaries({"all": st.lists(inside, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(inside, min_size=1, max_size=3)}),
            st.fixed_dictionaries({"not": inside}),
        ),
        max_leaves=6,
    )
