"""Geometry of the charts: numbers in, paths and rectangles out, on a canvas of 100 × 100 that the page stretches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

ChartKind = Literal["line", "bars", "stacked"]
_SERIES_COLOURS = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle: ``series`` counts from 1 and picks the colour; ``label`` and ``value`` make its tooltip."""

    x: float
    y: float
    width: float
    height: float
    series: int
    label: str
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Line:
    """One series as an SVG path, and the same path closed down to the zero line."""

    path: str
    area: str
    series: int


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawn chart: ``ticks`` are the values of the grid lines from top to bottom, at ``grid`` on the y axis."""

    ticks: tuple[float, ...]
    grid: tuple[float, ...]
    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()


def plot(
    kind: ChartKind, labels: Sequence[str], names: Sequence[str], values: Sequence[Sequence[float | None]]
) -> Plot:
    """The chart of ``values`` (one sequence a series, one value a label; ``None`` is a gap)."""
    top = ceiling(_highest(kind, values))
    ticks = (top, top / 2, 0.0)
    grid = (0.0, 50.0, 100.0)
    if kind == "line":
        lines = tuple(_line(series, top, index) for index, series in enumerate(values))
        return Plot(ticks, grid, lines=lines)
    return Plot(ticks, grid, bars=_bars(kind, labels, names, values, top))


def curve(points: Sequence[tuple[float, float]], right: float, top: float) -> str:
    """The SVG path through points (x, y) of a canvas that ends at ``right`` and ``top``; empty for none."""
    drawn = [spot(x, y, right, top) for x, y in points]
    return "M" + " L".join(f"{x:.2f} {y:.2f}" for x, y in drawn) if drawn else ""


def spot(x: float, y: float, right: float, top: float) -> tuple[float, float]:
    """Where the point (x, y) lies on the canvas, kept within it."""
    return 100 * min(max(x / right, 0.0), 1.0), 100 - 100 * min(max(y / top, 0.0), 1.0)


def ceiling(highest: float) -> float:
    """The next round number (1, 2, 4, 5, 6, 8 or 10 times a power of ten) at or above ``highest``; 1 for nothing."""
    if highest <= 0:
        return 1.0
    power = float(10 ** math.floor(math.log10(highest)))
    return next(step * power for step in (1, 2, 4, 5, 6, 8, 10) if step * power >= highest * (1 - 1e-9))


def _highest(kind: ChartKind, values: Sequence[Sequence[float | None]]) -> float:
    if kind == "stacked":
        return max((sum(value or 0 for value in column) for column in zip(*values, strict=True)), default=0)
    return max((value for series in values for value in series if value is not None), default=0)


def _colour(index: int) -> int:
    return index % _SERIES_COLOURS + 1


def _line(series: Sequence[float | None], top: float, index: int) -> Line:
    step = 100 / max(len(series) - 1, 1)
    runs: list[list[str]] = [[]]
    for position, value in enumerate(series):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(f"{position * step:.2f} {100 - 100 * value / top:.2f}")
    drawn = [run for run in runs if run]
    path = " ".join("M" + " L".join(run if len(run) > 1 else run * 2) for run in drawn)
    area = " ".join(f"M{run[0].split()[0]} 100 L{' L'.join(run)} L{run[-1].split()[0]} 100 Z" for run in drawn)
    return Line(path, area, _colour(index))


def _bars(
    kind: ChartKind,
    labels: Sequence[str],
    names: Sequence[str],
    values: Sequence[Sequence[float | None]],
    top: float,
) -> tuple[Bar, ...]:
    slot = 100 / max(len(labels), 1)
    side_by_side = 1 if kind == "stacked" else max(len(values), 1)
    width = slot * 0.72 / side_by_side
    bars: list[Bar] = []
    for position, label in enumerate(labels):
        base = 100.0
        for index, series in enumerate(values):
            value = series[position] or 0
            height = 100 * value / top
            offset = 0 if kind == "stacked" else index * width
            x = position * slot + slot * 0.14 + offset
            bars.append(Bar(x, base - height, width, height, _colour(index), label, names[index], value))
            if kind == "stacked":
                base -= height
    return tuple(bars)
