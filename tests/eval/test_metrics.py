"""Metrics against figures worked out by hand and against laws."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import (
    answered_at_risk,
    auroc,
    bootstrap,
    calibration_error,
    decision_accuracy,
    hit_at,
    mean_reciprocal_rank,
    rank,
    risk_coverage,
)


def test_ranks() -> None:
    assert (rank(["a", "b", "c"], {"b", "c"}), rank(["a"], {"z"}), rank([], {"z"})) == (2, 0, 0)
    assert (hit_at([1, 2, 0, 6], 1), hit_at([1, 2, 0, 6], 5)) == (0.25, 0.5)
    assert mean_reciprocal_rank([1, 2, 0, 4]) == pytest.approx((1 + 0.5 + 0 + 0.25) / 4)
    assert (hit_at([], 1), mean_reciprocal_rank([])) == (0.0, 0.0)


class TestAuroc:
    def test_by_hand(self) -> None:
        assert auroc([0.9, 0.8, 0.7, 0.1], [True, False, True, False]) == 0.75
        assert auroc([1, 1], [True, False]) == 0.5
        assert math.isnan(auroc([1.0, 2.0], [True, True]))

    @given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=2, max_size=40))
    def test_counts_pairs(self, rows: list[tuple[int, bool]]) -> None:
        wins = [(a > b) + (a == b) / 2 for a, up in rows if up for b, other in rows if not other]
        got = auroc([value for value, _ in rows], [flag for _, flag in rows])
        assert math.isnan(got) if not wins else got == pytest.approx(sum(wins) / len(wins))


class TestRisk:
    SCORES = (0.9, 0.8, 0.7, 0.6)
    ANSWERABLE = (True, False, True, True)
    RIGHT = (True, False, False, True)

    def test_curve_by_hand(self) -> None:
        points = [
            [point.threshold, point.answered, point.misplaced, point.wrong]
            for point in risk_coverage(self.SCORES, self.ANSWERABLE, self.RIGHT)
        ]
        third = 1 / 3
        by_hand = [[0.9, third, 0, 0], [0.8, third, 0, 1], [0.7, third, third, 1], [0.6, 2 * third, third, 1]]
        assert np.allclose(points, by_hand)

    def test_the_best_point_within_the_risk(self) -> None:
        assert answered_at_risk(self.SCORES, self.ANSWERABLE, self.RIGHT, 0.5).threshold == 0.9
        assert answered_at_risk(self.SCORES, self.ANSWERABLE, self.RIGHT, 1.0).threshold == 0.6
        assert answered_at_risk([0.9, 0.1], [False, True], [False, True], 0.0).threshold == math.inf

    def test_equal_scores_are_answered_together(self) -> None:
        assert answered_at_risk([0.5, 0.5], [True, False], [True, False], 0.0).answered == 0.0

    def test_weights_count(self) -> None:
        (point,) = risk_coverage([0.5], [False], [False], [3.0])
        assert point.wrong == 1.0
        points = risk_coverage([0.9, 0.5], [False, False], [False, False], [3.0, 1.0])
        assert [point.wrong for point in points] == [0.75, 1.0]

    @given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.booleans()), max_size=40))
    def test_lower_thresholds_never_answer_less(self, rows: list[tuple[float, bool, bool]]) -> None:
        points = risk_coverage([row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows])
        for before, after in pairwise(points):
            assert before.threshold > after.threshold
            assert (after.answered, after.misplaced, after.wrong) >= (before.answered, before.misplaced, before.wrong)


def test_decision_accuracy() -> None:
    answered, answerable, right = [True, True, True, False, False], [True, True, False, False, True], [True, False] * 2
    assert decision_accuracy(answered, answerable, [*right, True]) == pytest.approx(2 / 5)


def test_calibration_error() -> None:
    assert calibration_error([0.0] * 10 + [1.0] * 10, [0] * 10 + [1] * 10, bins=2) == 0.0
    assert calibration_error([0.9] * 20, [1] * 9 + [0] * 11, bins=1) == pytest.approx(0.45)


def test_bootstrap_holds_the_figure_and_is_repeatable() -> None:
    flags = np.arange(200) % 4 == 0
    first, again = (bootstrap(lambda drawn: float(np.mean(drawn)), flags) for _ in range(2))
    assert first == again
    assert first.low < first.value == 0.25 < first.high
    assert 0.04 < first.high - first.low < 0.2
    assert str(first).startswith("0.250 [")
