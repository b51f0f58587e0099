"""What a measurement is, and the table of them.

Budgets are CPU times, memory and ratios of two things measured in turns in one run, so that a busy or slow machine
changes them little. Latencies are wall-clock time and say so.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["ms", "s", "MB", "x"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    name: str
    value: float | None
    """None: it could not be measured here; `note` says why."""
    unit: Unit
    limit: float
    note: str = ""

    @property
    def verdict(self) -> Literal["ok", "over", "skipped"]:
        if self.value is None:
            return "skipped"
        return "ok" if self.value <= self.limit else "over"


Group: TypeAlias = Callable[[], Iterator[Measurement]]


def skipped(name: str, unit: Unit, limit: float, reason: str) -> Measurement:
    return Measurement(name=name, value=None, unit=unit, limit=limit, note=reason)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def as_json(measurements: Sequence[Measurement]) -> str:
    return json.dumps([{**asdict(each), "verdict": each.verdict} for each in measurements], indent=2)


def as_line(measurement: Measurement) -> str:
    value = "—" if measurement.value is None else _amount(measurement.value, measurement.unit)
    limit = f"≤ {_amount(measurement.limit, measurement.unit)}"
    note = f"  {measurement.note}" if measurement.note else ""
    return f"{measurement.verdict:8}{measurement.name:58}{value:>10}  {limit:<10}{note}"


def _amount(value: float, unit: Unit) -> str:
    match unit:
        case "x":
            return f"{value:.2f}x"
        case "s":
            return f"{value:.2f} s"
        case "ms" | "MB":
            return f"{value:.1f} {unit}"
