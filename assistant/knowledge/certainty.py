"""What a calibration can be trusted with: what each error budget gives, and whether its probabilities come true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge.calibration import BALANCED, Calibration, HeldOut, shipped_prior
from assistant.knowledge.risk import RiskPoint

BUDGETS = tuple(step / 200 for step in range(2, 41))

# With fewer questions of its own, a knowledge base says less about itself than general experience does.
_ENOUGH = 80
_MOST_BINS, _LEAST_IN_A_BIN = 10, 15
_ROUNDS = 400


@dataclass(frozen=True, slots=True)
class BudgetPoint:
    """What an error budget gives: the shares of ``RiskPoint``."""

    budget: float
    answered: float
    misplaced: float
    wrong: float


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """``count`` questions of about the same confidence: what was ``promised`` on average, and what share ``came``."""

    promised: float
    came: float
    count: int


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure the assistant can be of a knowledge base.

    ``questions`` are those of its own that were tried, ``enough`` whether they speak for themselves. ``today`` is what
    ``error_budget`` gives, ``balanced`` what none would; ``answered`` and ``wrong`` are today's 95 % intervals by
    bootstrap. ``curve`` is the whole risk–coverage curve. Reliability and its expected error rest on the own questions
    alone; ``error_by_chance`` is what that error would be on average, over so many questions, if every probability
    came true.
    """

    questions: int
    enough: bool
    error_budget: float
    threshold: float
    today: BudgetPoint
    balanced: BudgetPoint
    answered: tuple[float, float]
    wrong: tuple[float, float]
    budgets: tuple[BudgetPoint, ...]
    curve: tuple[RiskPoint, ...]
    reliability: tuple[ReliabilityBin, ...]
    calibration_error: float | None
    error_by_chance: float | None


def certainty(model: Calibration, budget: float) -> Certainty:
    """What ``model`` was found to be worth on questions that it had not seen."""
    curve = model.risk_coverage()
    threshold = model.threshold(budget)
    own = _own(model)
    bins = reliability(own)
    answered, wrong = _intervals(model.held_out, threshold)
    return Certainty(
        questions=len(own.probability),
        enough=len(own.probability) >= _ENOUGH,
        error_budget=budget,
        threshold=threshold,
        today=_over(curve, threshold, budget),
        balanced=_over(curve, model.threshold(BALANCED), BALANCED),
        answered=answered,
        wrong=wrong,
        budgets=tuple(_at(curve, each) for each in BUDGETS),
        curve=tuple(curve),
        reliability=bins,
        calibration_error=_error(bins) if bins else None,
        error_by_chance=_error_by_chance(own, bins) if bins else None,
    )


def reliability(held: HeldOut) -> tuple[ReliabilityBin, ...]:
    """Questions in bins of equal size by their probability: what it promised, and how many could be answered."""
    count = len(held.probability)
    if not count:
        return ()
    parts = np.array_split(
        np.argsort(held.probability, kind="stable"), max(1, min(_MOST_BINS, count // _LEAST_IN_A_BIN))
    )
    return tuple(
        ReliabilityBin(
            float(np.average(held.probability[part], weights=held.weight[part])),
            float(np.average(held.answerable[part], weights=held.weight[part])),
            len(part),
        )
        for part in parts
    )


def _error(bins: tuple[ReliabilityBin, ...]) -> float:
    """The expected calibration error: the mean distance of what was promised from what came."""
    return sum(abs(one.promised - one.came) * one.count for one in bins) / sum(one.count for one in bins)


def _error_by_chance(own: HeldOut, bins: tuple[ReliabilityBin, ...]) -> float:
    """The expected calibration error of a perfect model with these probabilities, caused by chance alone."""
    count = len(own.probability)
    order = np.argsort(own.probability, kind="stable")
    came = np.random.default_rng(0).random((_ROUNDS, count)) < own.probability[order]
    gaps = [
        np.abs(np.average(own.probability[order][part] - came[:, part], axis=1, weights=own.weight[order][part]))
        for part in np.array_split(np.arange(count), len(bins))
    ]
    sizes = np.array([one.count for one in bins])
    return float((np.stack(gaps, axis=1) @ sizes).mean() / count)


def _own(model: Calibration) -> HeldOut:
    """The questions of the knowledge base itself: ``fit`` puts those of the prior behind them."""
    held = model.held_out
    count = max(0, len(held.probability) - len(shipped_prior().held_out.probability)) if model.samples else 0
    return HeldOut(held.probability[:count], held.answerable[:count], held.right[:count], held.weight[:count])


def _over(curve: list[RiskPoint], threshold: float, budget: float) -> BudgetPoint:
    return _last([point for point in curve if point.threshold >= threshold], budget)


def _at(curve: list[RiskPoint], budget: float) -> BudgetPoint:
    return _last([point for point in curve if point.wrong <= budget], budget)


def _last(points: list[RiskPoint], budget: float) -> BudgetPoint:
    if not points:
        return BudgetPoint(budget, 0.0, 0.0, 0.0)
    return BudgetPoint(budget, points[-1].answered, points[-1].misplaced, points[-1].wrong)


def _intervals(held: HeldOut, threshold: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """The 95 % intervals of the shares answered rightly and answered wrongly at a threshold."""
    size = len(held.probability)
    if not size:
        return (0.0, 0.0), (0.0, 0.0)
    drawn = np.random.default_rng(0).multinomial(size, np.full(size, 1.0 / size), _ROUNDS) * held.weight
    over = held.probability >= threshold
    return (
        _interval(drawn, held.answerable, over & held.right),
        _interval(drawn, ~held.answerable, over),
    )


def _interval(drawn: NDArray[np.float64], of: NDArray[np.bool_], which: NDArray[np.bool_]) -> tuple[float, float]:
    shares = drawn[:, of & which].sum(axis=1) / np.maximum(drawn[:, of].sum(axis=1), 1e-9)
    low, high = np.percentile(shares, (2.5, 97.5))
    return float(low), float(min(high, 1.0))
