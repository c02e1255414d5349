"""Plots as inline SVG, drawn from numbers alone: no script, no font, no address outside the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT = 420, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 40

Points = Sequence[tuple[float, float]]


def line_plot(
    lines: Sequence[tuple[str, Points]],
    x_label: str,
    y_label: str,
    *,
    x_max: float = 1.0,
    y_max: float = 1.0,
    marks: Sequence[tuple[str, float, float]] = (),
    dots: bool = False,
) -> str:
    """Lines over the rectangle from 0 to ``x_max`` and ``y_max``; ``marks`` are points with a word beside them."""
    drawn = [_frame(x_label, y_label, x_max, y_max)]
    for number, (name, points) in enumerate(lines):
        at = [_at(x, y, x_max, y_max) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
        drawn.append(f'<polyline class="s{number}" points="{path}"><title>{escape(name)}</title></polyline>')
        if dots:
            drawn += [f'<circle class="s{number} dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>' for x, y in at]
    for name, x, y in marks:
        left, top = _at(x, y, x_max, y_max)
        anchor = "end" if left > WIDTH * 0.7 else "start"
        shift = -8 if anchor == "end" else 8
        drawn.append(f'<circle class="mark" cx="{left:.1f}" cy="{top:.1f}" r="5"/>')
        drawn.append(f'<text x="{left + shift:.1f}" y="{top + 4:.1f}" text-anchor="{anchor}">{escape(name)}</text>')
    return _svg("".join(drawn), f"{y_label} over {x_label}")


def bar_plot(bars: Sequence[tuple[str, float]], y_label: str, *, unit: str = "") -> str:
    """One bar for each name, its value above it."""
    top = max((value for _, value in bars), default=0.0) or 1.0
    drawn = [_frame("", y_label, 0.0, top)]
    slot = (WIDTH - _LEFT - _RIGHT) / max(1, len(bars))
    for number, (name, value) in enumerate(bars):
        left = _LEFT + number * slot + slot * 0.18
        _, high = _at(0.0, value, 1.0, top)
        middle = left + slot * 0.32
        drawn.append(
            f'<rect class="s{number % 5}" x="{left:.1f}" y="{high:.1f}" width="{slot * 0.64:.1f}" '
            f'height="{HEIGHT - _BOTTOM - high:.1f}"/>'
            f'<text x="{middle:.1f}" y="{max(high - 4, 10):.1f}" text-anchor="middle">{value:.3g}{escape(unit)}</text>'
            f'<text x="{middle:.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle">{escape(name)}</text>'
        )
    return _svg("".join(drawn), y_label)


def distribution(values: Sequence[float], x_label: str) -> str:
    """The share of values up to each size, cut off at the 99th percentile."""
    ordered = sorted(values)
    if not ordered:
        return ""
    top = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] or 1.0
    points = [(value, (place + 1) / len(ordered)) for place, value in enumerate(ordered) if value <= top]
    step = max(1, len(points) // 200)
    return line_plot([("turns", [(0.0, 0.0), *points[::step], points[-1]])], x_label, "share of turns", x_max=top)


def _at(x: float, y: float, x_max: float, y_max: float) -> tuple[float, float]:
    width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    return _LEFT + width * min(x / (x_max or 1.0), 1.0), HEIGHT - _BOTTOM - height * min(y / (y_max or 1.0), 1.0)


def _frame(x_label: str, y_label: str, x_max: float, y_max: float) -> str:
    drawn = []
    for part in range(5):
        share = part / 4
        x, y = _at(share, share, 1.0, 1.0)
        drawn.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        drawn.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share * y_max:.3g}</text>')
        if x_max:
            drawn.append(
                f'<text x="{x:.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle">{share * x_max:.3g}</text>'
            )
    middle = (_TOP + HEIGHT - _BOTTOM) / 2
    drawn.append(f'<text x="{(WIDTH + _LEFT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_label)}</text>')
    drawn.append(f'<text transform="translate(11 {middle}) rotate(-90)" text-anchor="middle">{escape(y_label)}</text>')
    return "".join(drawn)


def _svg(inside: str, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{inside}</svg>"
    )
