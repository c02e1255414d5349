"""What a calibration is worth: budgets, intervals, and whether probabilities come true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assistant.knowledge.calibration import Calibration, HeldOut, shipped_prior
from assistant.knowledge.certainty import BUDGETS, certainty, reliability


def model(count: int, honest: bool = True, seed: int = 0) -> Calibration:
    """A calibration with so many questions of its own, whose probabilities come true if it is honest."""
    prior = shipped_prior()
    draw = np.random.default_rng(seed)
    said = draw.random(count)
    can = draw.random(count) < (said if honest else 0.2 + 0.6 * (said < 0.5))
    behind = prior.held_out
    held = HeldOut(
        np.concatenate((said, behind.probability)),
        np.concatenate((can, behind.answerable)),
        np.concatenate((can & (draw.random(count) < 0.9), behind.right)),
        np.concatenate((np.ones(count), behind.weight * 40 / behind.weight.sum())),
    )
    return replace(prior, held_out=held, samples=count)


class TestCertainty:
    def test_without_own_questions_only_experience_speaks(self) -> None:
        found = certainty(shipped_prior(), 0.05)
        assert (found.questions, found.enough, found.reliability, found.calibration_error) == (0, False, (), None)
        assert 0 < found.today.answered < 1

    @pytest.mark.parametrize(("count", "enough"), [(40, False), (400, True)])
    def test_few_questions_are_not_enough(self, count: int, enough: bool) -> None:
        found = certainty(model(count), 0.05)
        assert (found.questions, found.enough) == (count, enough)

    def test_budgets_keep_their_promise_and_buy_more(self) -> None:
        found = certainty(model(500), 0.05)
        assert [point.budget for point in found.budgets] == list(BUDGETS)
        assert all(point.wrong <= point.budget for point in found.budgets)
        answered = [point.answered for point in found.budgets]
        assert answered == sorted(answered)
        assert answered[-1] > answered[0]
        assert found.today in found.budgets

    def test_todays_point_lies_on_the_curve_and_within_its_interval(self) -> None:
        found = certainty(model(500), 0.05)
        assert any((point.wrong, point.answered) == (found.today.wrong, found.today.answered) for point in found.curve)
        assert found.answered[0] < found.today.answered < found.answered[1]
        assert found.wrong[0] <= found.today.wrong <= found.wrong[1]

    def test_an_honest_model_is_off_by_little_more_than_chance(self) -> None:
        honest, other = certainty(model(2_000), 0.05), certainty(model(2_000, honest=False), 0.05)
        assert honest.calibration_error is not None
        assert other.calibration_error is not None
        assert honest.error_by_chance is not None
        assert honest.calibration_error < 2 * honest.error_by_chance < 0.1
        assert other.calibration_error > 0.2

    def test_bins_are_of_equal_size_and_rise(self) -> None:
        held = model(95).held_out
        own = HeldOut(held.probability[:95], held.answerable[:95], held.right[:95], held.weight[:95])
        bins = reliability(own)
        assert sum(one.count for one in bins) == 95
        assert max(one.count for one in bins) - min(one.count for one in bins) <= 1
        assert [one.promised for one in bins] == sorted(one.promised for one in bins)
