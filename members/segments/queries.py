from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from members.profiles import Member
from members.programme import Channel, Programme, Store, get_programme
from members.purchases import Category
from members.segments.conditions import (
    FIELDS,
    Condition,
    Context,
    Failure,
    Level,
    Names,
    Test,
    as_q,
    contradictions,
    parse,
    say,
    tests,
)
from members.segments.conditions import why_not as say_why_not
from members.segments.errors import Problem, SegmentNotFound
from members.segments.models import Segment
from members.tiers import Tier

Source = Callable[..., dict[str, str]]
LANGUAGES = {"en": "English", "zh-Hans": "简体中文"}
MOST_CHOICES = 200
ORDERS: Mapping[type[Model], list[str]] = {Tier: ["rank"], Category: ["code"]}


def get_segment(*, code: str) -> Segment:
    """
    :raises SegmentNotFound: if there is none with this code
    """
    segment = Segment.objects.filter(code=code).first()
    if segment is None:
        raise SegmentNotFound(segment=code)
    return segment


def get_context() -> Context:
    """
    Return what conditions are judged with: load it once, and judge many.

    :raises ProgrammeNotSetUp: if nobody has set the programme up yet
    """
    segments = Segment.objects.values_list("code", "condition")
    return Context(
        zone=get_programme().zone,
        ranks=dict(Tier.objects.values_list("code", "rank")),
        segments={code: parse(written, over=Level.MEMBER) for code, written in segments},
    )


def members_who(
    condition: Condition, *, at: datetime, context: Context | None = None
) -> QuerySet[Member]:
    """
    Return the members of whom a condition holds, but those who left the programme.
    """
    context = context or get_context()
    here = Member.objects.exclude(status=Member.Status.CLOSED)
    return here.filter(as_q(condition, over=Level.MEMBER, context=context, at=at))


def members_of(segment: Segment, *, at: datetime) -> QuerySet[Member]:
    """
    Return who is in a segment at a moment: a queryset, so that nobody is loaded for it.
    """
    return members_who(parse(segment.condition, over=Level.MEMBER), at=at)


def sentence(condition: Condition) -> str:
    """
    Say a condition in the reader's language.
    """
    return sentences([condition])[0]


def sentences(conditions: Sequence[Condition]) -> list[str]:
    """
    Say conditions in the reader's language, in as many queries for many as for one.
    """
    if not conditions:
        return []
    names = names_for(_united(codes_in(condition) for condition in conditions))
    return [say(condition, names) for condition in conditions]


def why_not(failure: Failure | None) -> str:
    """
    Say in the reader's language what a condition failed for.
    """
    return reasons([failure])[0]


def reasons(failures: Sequence[Failure | None]) -> list[str]:
    """
    Say what conditions failed for, in as many queries for many as for one.
    """
    asked = [failure for failure in failures if failure is not None]
    names = names_for(_united(_codes_of(failure) for failure in asked)) if asked else Names()
    return [say_why_not(failure, names) for failure in failures]


def problems_of(condition: Condition, *, context: Context) -> list[Problem]:
    """
    Return what is wrong with a condition that is written well.

    It may name what does not exist, or ask for what nothing can ever meet.
    """
    return [*_unknown(condition), *contradictions(condition, context)]


def codes_in(condition: Condition) -> defaultdict[str, set[str]]:
    """
    Return the codes that a condition names, by what they are the codes of.
    """
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for _pointer, test in tests(condition):
        codes[FIELDS[test.field].kind.source].update(_codes(test))
    return codes


def _codes_of(failure: Failure) -> defaultdict[str, set[str]]:
    codes = codes_in(failure.test)
    if isinstance(failure.found, str):
        codes[FIELDS[failure.test.field].kind.source].add(failure.found)
    return codes


def _united(named: Iterable[Mapping[str, set[str]]]) -> defaultdict[str, set[str]]:
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for each in named:
        for source, found in each.items():
            codes[source] |= found
    return codes


def names_for(codes: Mapping[str, Collection[str]]) -> Names:
    programme = Programme.objects.first()
    return Names(
        by_source={
            source: SOURCES[source](Q(**{f"{KEYS[source]}__in": wanted}))
            for source, wanted in codes.items()
            if source in SOURCES and wanted
        },
        digits=programme.currency_digits if programme else 2,
    )


def choices(source: str, *, search: str = "", most: int = MOST_CHOICES) -> dict[str, str]:
    """
    Return codes that can be chosen, with their names: so many of those that match a search.
    """
    if source not in SOURCES:
        return {}
    matching = Q(**{f"{KEYS[source]}__icontains": search})
    if source != "region":
        matching |= Q(name__icontains=search)
    return SOURCES[source](matching, most)


def _codes(test: Test) -> set[str]:
    if isinstance(test.value, str):
        return {test.value}
    return {str(value) for value in test.value} if isinstance(test.value, tuple) else set()


def _unknown(condition: Condition) -> Iterator[Problem]:
    known = {
        source: SOURCES[source](Q(**{f"{KEYS[source]}__in": codes})).keys()
        for source, codes in codes_in(condition).items()
        if source in MUST_EXIST
    }
    for pointer, test in tests(condition):
        source = FIELDS[test.field].kind.source
        missing = _codes(test) - known[source] if source in known else set()
        if missing:
            text = _("There is no such one: %(codes)s.") % {"codes": ", ".join(sorted(missing))}
            yield Problem(f"{pointer}/value", text)


def _named(model: type[Model]) -> Source:
    def source(matching: Q, most: int | None = None) -> dict[str, str]:
        rows = model._default_manager.filter(matching).order_by(*ORDERS.get(model, ["name"]))
        return dict(rows.values_list("code", "name")[:most])

    return source


def _regions(matching: Q, most: int | None = None) -> dict[str, str]:
    regions = Store.objects.filter(matching).exclude(region="").order_by("region")
    return {
        region: region for region in regions.values_list("region", flat=True).distinct()[:most]
    }


SOURCES: dict[str, Source] = {
    "category": _named(Category),
    "channel": _named(Channel),
    "region": _regions,
    "segment": _named(Segment),
    "store": _named(Store),
    "tier": _named(Tier),
    "language": lambda _matching, _most=None: LANGUAGES,
}
# Tags are whatever members are tagged with, and members may read any language.
MUST_EXIST = SOURCES.keys() - {"language"}
KEYS = defaultdict(lambda: "code", region="region")
