"""How far somebody's own word goes, and what it does. Plain values in, plain values out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """What somebody may adjust without a second person, and what of it the day has used."""

    per_adjustment: int = 0
    per_day: int = 0
    used: int = 0

    @property
    def left(self) -> int:
        """
        What is left of the day.
        """
        return max(0, self.per_day - self.used)

    @property
    def most(self) -> int:
        """
        How many points may be added, or taken, now.
        """
        return min(self.per_adjustment, self.left)

    def covers(self, points: int) -> bool:
        return abs(points) <= self.most


@dataclass(frozen=True, slots=True)
class After:
    """A wallet after an adjustment; below zero where it could not be made."""

    available: int
    debt: int


def wallet_after(*, available: int, debt: int, points: int) -> After:
    """
    Return what an adjustment makes of a wallet. Added points repay debt first.
    """
    repaid = min(debt, max(0, points))
    return After(available=available + points - repaid, debt=debt - repaid)
