"""Which tiers members would reach with the points that a back-test found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from members import tiers

INSTANT = timedelta(microseconds=1)
# When a member earned more or fewer qualifying points, and by how many.
Gaps = Sequence[tuple[datetime, int]]
Matrix = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Ascent:
    """The ladder of the end of a span, and what members have in its window then."""

    ladder: tiers.Ladder
    at: datetime
    zone: tzinfo

    @classmethod
    def at_end(cls, until: datetime, *, zone: tzinfo) -> "Ascent | None":
        """
        Return None where there is no ladder.
        """
        at = until - INSTANT
        try:
            return cls(tiers.ladder_in_force(at=at), at, zone)
        except tiers.LadderNotSetUp:
            return None

    def moves(self, member_ids: Collection[int], gaps: Mapping[int, Gaps]) -> Matrix:
        """
        Return how many reach which tier with what they have, and which with the gaps added.

        What they have is net of returns and of what staff took; it is looked at once, at the
        end: whom another tier would have led to earn more meanwhile stays where they are.
        """
        found = tiers.figures_at(
            self.at, member_ids=member_ids, ladder=self.ladder, zone=self.zone
        )
        matrix: Matrix = {}
        for member_id, (figures, (since, until)) in found.items():
            gap = sum(gap for moment, gap in gaps.get(member_id, ()) if since <= moment < until)
            then = replace(figures, points=max(figures.points + gap, 0))
            row = matrix.setdefault(self._reached(figures), {})
            reached = self._reached(then)
            row[reached] = row.get(reached, 0) + 1
        return matrix

    def _reached(self, figures: tiers.Figures) -> str:
        rungs = list(self.ladder.rungs.all())
        rung = tiers.highest_reached(rungs, figures=figures, matching=self.ladder.matching)
        code: str = rung.tier.code
        return code


def added(earlier: Matrix, more: Matrix) -> Matrix:
    result = {old: dict(row) for old, row in earlier.items()}
    for old, row in more.items():
        for new, count in row.items():
            mine = result.setdefault(old, {})
            mine[new] = mine.get(new, 0) + count
    return result
