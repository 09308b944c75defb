from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from loyalty_program.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a condition, and the JSON pointer of where."""

    pointer: str
    text: str


class ConditionInvalid(Invalid):
    """`problems` are all that were found; the refusal itself tells of the first."""

    code = "condition-invalid"
    title = _("This condition cannot be used.")

    def __init__(self, problems: Sequence[Problem] = ()) -> None:
        self.problems = tuple(problems)
        facts = {"reason": problems[0].text} if problems else {}
        super().__init__(pointer=problems[0].pointer if problems else None, **facts)


class SegmentNotFound(NotFound):
    code = "segment-not-found"
    title = _("There is no segment with this code.")
