"""What the measurements came to: as a table, and in a file."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

HEADING = f"{'':32} {'ours':>12} {'floor':>12} {'ratio':>7} {'asked':>7}"


@dataclass(frozen=True)
class Figure:
    """
    What one measurement came to. The ratio says how much of the floor's speed is ours.

    `asked` is the ratio that it should at least be; what is only reported has none.
    """

    name: str
    ours: float
    floor: float
    ratio: float
    unit: str
    note: str = ""
    asked: float | None = None

    @property
    def is_missed(self) -> bool:
        return self.asked is not None and self.ratio < self.asked

    @property
    def row(self) -> str:
        asked = "" if self.asked is None else f"{self.asked:.2f}"
        verdict = "missed" if self.is_missed else "met" if asked else ""
        return (
            f"{self.name:32} {self.ours:12,.1f} {self.floor:12,.1f} {self.ratio:7.2f} {asked:>7}"
            f" {verdict:6} {self.unit}{'; ' if self.note else ''}{self.note}"
        )

    def with_note(self, note: str) -> "Figure":
        return replace(self, note=note)


def write(figures: Iterable[Figure], path: Path) -> None:
    """
    Write the figures into the file, in place of those of the same names; others stay.
    """
    rows = {row["name"]: row for row in json.loads(path.read_text())} if path.exists() else {}
    rows |= {figure.name: asdict(figure) for figure in figures}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(list(rows.values()), indent=2) + "\n")
