"""Figures: what was measured in every round, its middle and spread, and whether it reaches its goal."""

import statistics
from dataclasses import asdict, dataclass, field


@dataclass
class Figure:
    """One row of the table."""

    section: str
    name: str
    unit: str
    # One value a round.
    values: list[float] = field(default_factory=list)
    # What this is to be at least ("higher" is better) or at most.
    goal: float | None = None
    stretch: float | None = None
    better: str = "higher"
    # What stands behind it: the two sides of a ratio.
    ours: str = ""
    theirs: str = ""
    # Set when it was not measured, with the reason.
    missing: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def reaches(self, bound: float | None) -> bool:
        if bound is None:
            return False
        return self.median >= bound if self.better == "higher" else self.median <= bound

    @property
    def verdict(self) -> str:
        if not self.values:
            return "not measured"
        if self.goal is None:
            return ""
        if self.reaches(self.stretch):
            return "stretch"
        return "goal" if self.reaches(self.goal) else "MISSED"

    def show(self, value: float) -> str:
        return show(value, self.unit)

    @property
    def shown(self) -> str:
        return self.show(self.median) if self.values else "–"

    @property
    def spread(self) -> str:
        if len(self.values) < 2:
            return ""
        return f"{self.show(min(self.values))} – {self.show(max(self.values))}"

    @property
    def shown_goal(self) -> str:
        if self.goal is None:
            return ""
        sign = "≥" if self.better == "higher" else "≤"
        text = f"{sign} {self.show(self.goal)}"
        return text + (f" (stretch {self.show(self.stretch)})" if self.stretch is not None else "")

    def as_json(self) -> dict:
        return {**asdict(self), "median": self.median if self.values else None, "verdict": self.verdict}


def show(value: float, unit: str) -> str:
    if unit == "×":
        return f"{value:.2f}×"
    if unit == "/s":
        return f"{value:,.0f}/s"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f} {unit}"


def ratios(ours: list[dict], theirs: list[dict], key: str) -> list[float]:
    """One for each round in which both sides were measured."""
    their = {result["round"]: result[key] for result in theirs}
    return [result[key] / their[result["round"]] for result in ours if result["round"] in their]


def middle(values: list[float], unit: str) -> str:
    return show(statistics.median(values), unit) if values else "–"
