"""What answering at one threshold or another would have cost: the risk–coverage curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """What happens when everything scored at least ``threshold`` is answered.

    ``answered`` is the share of answerable questions answered rightly, ``misplaced`` the share of them answered from a
    wrong article, ``wrong`` the share of unanswerable questions that were answered.
    """

    threshold: float
    answered: float
    misplaced: float
    wrong: float


def risk_coverage(
    scores: ArrayLike, answerable: ArrayLike, right: ArrayLike, weights: ArrayLike | None = None
) -> list[RiskPoint]:
    """One point per distinct score, from answering nearly nothing to answering everything.

    ``right`` says whether the best passage was a right one; it means nothing where a question is not answerable.
    ``weights`` say how much each question counts (1 without).
    """
    return [RiskPoint(*(float(value) for value in row)) for row in _curve(scores, answerable, right, weights)]


def answered_at_risk(
    scores: ArrayLike, answerable: ArrayLike, right: ArrayLike, risk: float, weights: ArrayLike | None = None
) -> RiskPoint:
    """The best point whose share of unanswerable questions answered stays within ``risk``.

    Where no point does, nothing is answered: its threshold is infinite.
    """
    curve = _curve(scores, answerable, right, weights)
    within = curve[curve[:, 3] <= risk]
    return RiskPoint(*(float(value) for value in within[-1])) if len(within) else RiskPoint(float("inf"), 0.0, 0.0, 0.0)


def _curve(
    scores: ArrayLike, answerable: ArrayLike, right: ArrayLike, weights: ArrayLike | None
) -> NDArray[np.float64]:
    """The points as rows: threshold, answered, misplaced, wrong."""
    values = np.asarray(scores, dtype=float)
    if not values.size:
        return np.empty((0, 4))
    heavy = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
    can = np.asarray(answerable, dtype=bool)
    good = np.asarray(right, dtype=bool) & can
    order = np.argsort(-values, kind="stable")
    sums = np.cumsum((np.stack((good, can & ~good, ~can)) * heavy)[:, order], axis=1)
    last = np.append(np.flatnonzero(np.diff(values[order])), len(values) - 1)
    can_all, not_all = max(1e-9, float(heavy[can].sum())), max(1e-9, float(heavy[~can].sum()))
    shares = sums[:, last].T / np.array((can_all, can_all, not_all))
    return np.column_stack((values[order][last], np.minimum(shares, 1.0)))
