"""What a benchmark row hands back, and how it is written down."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
import math


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How long a run may take."""

    quick: bool

    def pick(self, full: int, quick: int) -> int:
        """Return how often something is done."""
        return quick if self.quick else full


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure."""

    name: str
    value: float
    unit: str
    least: float | None = None
    """What is to be reached at least."""
    most: float | None = None
    """What is to be reached at most."""
    nut: float | None = None
    """What NUT's driver took for the same, in the same run."""
    most_ratio: float | None = None
    """What the ratio to NUT is to be at most."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How often NUT's figure goes into ours."""
        return self.value / self.nut if self.nut else None

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None without an aim."""
        tests = []
        if self.least is not None:
            tests.append(self.value >= self.least)
        if self.most is not None:
            tests.append(self.value <= self.most)
        if self.most_ratio is not None and self.ratio is not None:
            tests.append(self.ratio <= self.most_ratio)
        return all(tests) if tests else None

    @property
    def aim(self) -> str:
        """The aim as people read it."""
        parts = []
        if self.least is not None and self.most is not None:
            parts.append(f"{self.least:g} to {self.most:g} {self.unit}")
        elif self.most is not None:
            parts.append(f"<= {self.most:g} {self.unit}")
        elif self.least is not None:
            parts.append(f">= {self.least:g} {self.unit}")
        if self.most_ratio is not None:
            parts.append(f"ratio <= {self.most_ratio:g}")
        return ", ".join(part.rstrip() for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that is measured, in an interpreter of its own."""

    id: str
    title: str
    measure: Callable[[Scale], list[Figure]]
    in_quick: bool = True
    """Whether a quick run has it unless rows are named."""


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that ``percent`` of all are not above (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(math.ceil(len(ranked) * percent / 100), 1) - 1]


def _number(value: float | None) -> str:
    if value is None:
        return ""
    digits = 0 if abs(value) >= 1000 or value == int(value) else 1 if abs(value) >= 100 else 3
    return f"{value:.{digits}f}"


def table(figures: Iterable[Figure]) -> str:
    """Return figures as a table."""
    head = ("", "ours", "", "NUT", "ratio", "to reach", "")
    lines = [
        (
            figure.name,
            _number(figure.value),
            figure.unit,
            _number(figure.nut),
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            figure.aim,
            {None: "", True: "yes", False: "NO"}[figure.met],
        )
        for figure in figures
    ]
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    notes = ["", *(figure.note for figure in figures)]
    text = []
    for line, note in zip((head, *lines), notes, strict=True):
        cells = [
            cell.rjust(width) if index in {1, 3, 4} else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text.append("  " + "  ".join(cells).rstrip())
        text.extend(f"      {part}" for part in note.splitlines())
    return "\n".join(text)
