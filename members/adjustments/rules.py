"""How far somebody's own word goes. Plain values in, plain values out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """What somebody may adjust without a second person, and what of it the day has used."""

    per_adjustment: int = 0
    per_day: int = 0
    used: int = 0

    def covers(self, points: int) -> bool:
        """
        Whether so many points may be added, or taken, now.
        """
        return abs(points) <= min(self.per_adjustment, self.per_day - self.used)
