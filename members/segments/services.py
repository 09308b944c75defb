from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from members.segments.conditions import Condition, Context, Level, Test, dump, level_of, tests
from members.segments.errors import ConditionInvalid, Problem
from members.segments.locks import lock_segments
from members.segments.models import Segment
from members.segments.queries import get_context, problems_of

# Segments are made of segments; this is how many tests may come of one.
MOST_TESTS_IN_ALL = 500


@transaction.atomic
def define(*, code: str, name: str, condition: Condition, at: datetime) -> Segment:
    """
    Say who is in a segment, be it a new one or one that is there already.

    Defining it again with the same words changes nothing but the time.

    :raises ConditionInvalid: if nobody could ever be in it, if it asks for more than is known
        of a member, names what does not exist, or leads back to itself
    """
    lock_segments()
    refuse_impossible(code=code, condition=condition, context=get_context())
    segment, _is_new = Segment.objects.update_or_create(
        code=code, defaults={"name": name, "condition": dump(condition), "changed_at": at}
    )
    return segment


def refuse_impossible(*, code: str, condition: Condition, context: Context) -> None:
    """
    :raises ConditionInvalid: as `define` does
    """
    problems = [*_not_of_members(condition), *problems_of(condition, context=context)]
    problems += _circles(code, condition, context)
    if problems:
        raise ConditionInvalid(problems)


def _not_of_members(condition: Condition) -> list[Problem]:
    if level_of(condition) == Level.MEMBER:
        return []
    return [Problem("", _("A segment asks only for what is known of a member."))]


def _circles(code: str, condition: Condition, context: Context) -> list[Problem]:
    """
    Return the tests that lead back to the segment, or to more than anybody can follow.
    """
    segments = {**context.segments, code: condition}
    problems = []
    for pointer, test in tests(condition):
        for other in _named(test):
            if code in _reached(other, segments):
                text = _("“%(code)s” leads back to this segment.") % {"code": other}
                problems.append(Problem(f"{pointer}/value", text))
    if not problems and _size(code, segments, {}) > MOST_TESTS_IN_ALL:
        problems.append(Problem("", _("With the segments that it names, this is too long.")))
    return problems


def _named(test: Test) -> list[str]:
    if test.field != "member.segment" or not isinstance(test.value, tuple):
        return []
    return [str(code) for code in test.value]


def _reached(code: str, segments: Mapping[str, Condition]) -> set[str]:
    reached: set[str] = set()
    ahead = [code]
    while ahead:
        code = ahead.pop()
        if code in reached:
            continue
        reached.add(code)
        if code in segments:
            ahead += [other for _end, test in tests(segments[code]) for other in _named(test)]
    return reached


def _size(code: str, segments: Mapping[str, Condition], known: dict[str, int]) -> int:
    """
    Count the tests of a segment and of those it is made of. There is no circle.
    """
    if code not in known and code in segments:
        found = [test for _end, test in tests(segments[code])]
        inside = sum(_size(other, segments, known) for test in found for other in _named(test))
        known[code] = len(found) + inside
    return known.get(code, 0)
