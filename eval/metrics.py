"""Measures of search and of deciding: pure functions of ranks, scores and outcomes, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from assistant.knowledge.risk import RiskPoint, answered_at_risk, risk_coverage

__all__ = [
    "Interval",
    "RiskPoint",
    "answered_at_risk",
    "auroc",
    "bootstrap",
    "calibration_error",
    "decision_accuracy",
    "hit_at",
    "mean_reciprocal_rank",
    "rank",
    "risk_coverage",
]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def rank(found: Sequence[str], gold: Collection[str]) -> int:
    """The place of the first right one, counted from 1; 0 when none was found."""
    return next((place for place, name in enumerate(found, 1) if name in gold), 0)


def hit_at(ranks: ArrayLike, k: int) -> float:
    """The share of questions whose right passage stands among the first ``k`` (0 in ``ranks`` means never)."""
    places = np.asarray(ranks)
    return float(np.mean((places > 0) & (places <= k))) if places.size else 0.0


def mean_reciprocal_rank(ranks: ArrayLike) -> float:
    """The mean of 1/rank, a right passage never found counting 0."""
    places = np.asarray(ranks, dtype=float)
    return float(np.mean(np.where(places > 0, 1.0 / np.maximum(places, 1), 0.0))) if places.size else 0.0


def auroc(scores: ArrayLike, positive: ArrayLike) -> float:
    """The chance that a positive scores above a negative, ties counting half; NaN where one kind is missing."""
    values, flags = np.asarray(scores, dtype=float), np.asarray(positive, dtype=bool)
    n_positive, n_negative = int(flags.sum()), int((~flags).sum())
    if not n_positive or not n_negative:
        return float("nan")
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2.0
    total = float(middle[inverse][flags].sum())
    return (total - n_positive * (n_positive + 1) / 2.0) / (n_positive * n_negative)


def decision_accuracy(answered: ArrayLike, answerable: ArrayLike, right: ArrayLike) -> float:
    """The share dealt with rightly: answered from a right article, or not answered where no article answers."""
    did, can, good = (np.asarray(flags, dtype=bool) for flags in (answered, answerable, right))
    return float(np.mean(np.where(can, did & good, ~did))) if did.size else 0.0


def calibration_error(probabilities: ArrayLike, outcomes: ArrayLike, bins: int = 10) -> float:
    """The expected calibration error over bins of equal size: the mean distance of what was promised from what came."""
    promised, came = np.asarray(probabilities, dtype=float), np.asarray(outcomes, dtype=float)
    parts = np.array_split(np.argsort(promised, kind="stable"), bins)
    gaps = [abs(promised[part].mean() - came[part].mean()) * part.size for part in parts if part.size]
    return float(sum(gaps) / promised.size) if promised.size else 0.0


def bootstrap(measure: Callable[..., float], *columns: ArrayLike, rounds: int = 500, seed: int = 0) -> Interval:
    """The figure and its 95 % percentile interval, the rows of all columns drawn together with replacement."""
    arrays = [np.asarray(column) for column in columns]
    size, draw = len(arrays[0]), np.random.default_rng(seed)
    figures = []
    for _ in range(rounds):
        rows = draw.integers(0, size, size)
        figures.append(measure(*(array[rows] for array in arrays)))
    low, high = np.nanpercentile(figures, (2.5, 97.5))
    return Interval(measure(*arrays), float(low), float(high))
