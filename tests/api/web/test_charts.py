"""Geometry of the charts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.charts import ceiling, curve, plot, spot


@given(st.floats(min_value=1e-6, max_value=1e12))
def test_the_axis_ends_at_or_above_the_highest_value(highest: float) -> None:
    assert highest * (1 - 1e-6) <= ceiling(highest) <= highest * 2.01


@pytest.mark.parametrize(("highest", "top"), [(0, 1), (0.78, 0.8), (80, 80), (81, 100), (1001, 2000)])
def test_the_axis_ends_at_a_round_number(highest: float, top: float) -> None:
    assert ceiling(highest) == pytest.approx(top)


def test_a_gap_interrupts_the_line() -> None:
    (line,) = plot("line", ["a", "b", "c", "d"], ["x"], [[1, 2, None, 4]]).lines
    assert line.path.count("M") == 2


def test_stacked_bars_stand_on_one_another() -> None:
    lower, upper = plot("stacked", ["Mon"], ["x", "y"], [[30], [70]]).bars
    assert (lower.y + lower.height, upper.y + upper.height) == pytest.approx((100, lower.y))
    assert lower.height + upper.height == pytest.approx(100)


def test_bars_of_several_series_do_not_overlap() -> None:
    first, second = plot("bars", ["Mon"], ["x", "y"], [[3], [4]]).bars
    assert first.x + first.width <= second.x + 1e-9


def test_nothing_to_show_is_an_empty_chart() -> None:
    assert plot("stacked", [], [], []).bars == ()
    assert plot("line", ["a"], ["x"], [[None]]).lines[0].path == ""


def test_a_curve_goes_through_its_points_and_stays_on_the_canvas() -> None:
    assert curve([(0.0, 0.0), (0.15, 0.5), (0.4, 1.2)], right=0.3, top=1.0) == "M0.00 100.00 L50.00 50.00 L100.00 0.00"
    assert curve([], 1.0, 1.0) == ""
    assert spot(-1.0, -1.0, 1.0, 1.0) == (0.0, 100.0)
