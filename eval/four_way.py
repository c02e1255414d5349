"""Answer, ask back, or leave it to a person: what each question wanted, what was done, and how well they agree.

The fourth kind of question, answered in part, wants an answer like the first. Measured where a set holds questions that
should be asked back about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval.observation import Observation

ANSWER, ASK, LEAVE = range(3)
NAMES = ("answer", "ask back", "leave")
_WANTED = {
    "answerable": ANSWER,
    "partial": ANSWER,
    "follow_up": ANSWER,
    "underspecified": ASK,
    "unanswerable": LEAVE,
    "near_miss": LEAVE,
    "out_of_scope": LEAVE,
}
_DONE = {
    "answered": ANSWER,
    "clarifying": ASK,
    "declined": LEAVE,
    "handover_offered": LEAVE,
    "handed_over": LEAVE,
}
# Reasons that stand for nothing but how sure the search was; with another threshold, another outcome.
_BY_CONFIDENCE = frozenset({"sure", "not_sure", "not_found"})
_THRESHOLDS = 60


def counted(observed: Sequence[Observation]) -> list[Observation]:
    """The observations that count here; none where nothing should be asked back about."""
    if not any(one.case.kind == "underspecified" for one in observed):
        return []
    return [one for one in observed if one.case.kind in _WANTED]


def wanted(one: Observation) -> int:
    """What a question wants."""
    return _WANTED[one.case.kind]


def done(one: Observation) -> int:
    """What became of it."""
    return _DONE[one.outcome]


def by_confidence(one: Observation) -> bool:
    """Whether another threshold alone would have made another outcome of it."""
    return one.outcome != "clarifying" and one.trace.get("reason") in _BY_CONFIDENCE


def macro_f1(want: ArrayLike, did: ArrayLike) -> float:
    """The mean F1 of the three; 0 for one that is neither wanted nor done."""
    return float(np.mean([f1(want, did, kind) for kind in (ANSWER, ASK, LEAVE)]))


def f1(want: ArrayLike, did: ArrayLike, kind: int) -> float:
    """The harmonic mean of precision and recall of one of the three."""
    return float(_f1(np.asarray(want), np.asarray(did), kind))


def macro_f1_at_best(want: ArrayLike, did: ArrayLike, score: ArrayLike, free: ArrayLike) -> float:
    """The macro-F1 with the threshold that serves best on these very questions, which flatters.

    Where ``free``, what scores below a threshold is left and the rest answered; elsewhere ``did`` stands.
    """
    scores = np.asarray(score, dtype=float)
    thresholds = np.unique(np.quantile(scores, np.linspace(0, 1, _THRESHOLDS)))
    moved = np.where(scores[None, :] >= thresholds[:, None], ANSWER, LEAVE)
    every = np.where(np.asarray(free, dtype=bool), moved, np.asarray(did))
    return float(np.mean([_f1(np.asarray(want), every, kind) for kind in (ANSWER, ASK, LEAVE)], axis=0).max())


def _f1(want: NDArray[Any], did: NDArray[Any], kind: int) -> NDArray[np.float64]:
    """F1 along the last axis of ``did``."""
    wants, does = want == kind, did == kind
    total = wants.sum() + does.sum(axis=-1)
    return np.asarray(2.0 * (wants & does).sum(axis=-1) / np.maximum(total, 1), dtype=float)


def matrix(observed: Sequence[Observation]) -> list[dict[str, Any]]:
    """For each of the three, how many questions wanted it, what was done with them, precision, recall and F1."""
    some = counted(observed)
    want, did = np.array([wanted(one) for one in some]), np.array([done(one) for one in some])
    return [_row(kind, want, did) for kind in (ANSWER, ASK, LEAVE)] if some else []


def _row(kind: int, want: NDArray[Any], did: NDArray[Any]) -> dict[str, Any]:
    both = int(((want == kind) & (did == kind)).sum())
    wants, does = int((want == kind).sum()), int((did == kind).sum())
    return {
        "wanted": NAMES[kind],
        "n": wants,
        "done": {name: int(((want == kind) & (did == place)).sum()) for place, name in enumerate(NAMES)},
        "precision": round(both / does, 3) if does else None,
        "recall": round(both / wants, 3) if wants else None,
        "f1": round(f1(want, did, kind), 3),
    }
