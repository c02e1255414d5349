"""Figures from observations: search, reading, deciding and time, each with its interval and beside the baselines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval import four_way
from eval.cases import kinds_of
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
from eval.observation import Observation

BUDGET = 0.05
SENTENCES = 3
_CURVE_POINTS = 200
_BINS = 10


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its 95 % interval over ``n`` questions. ``better`` says which way is up."""

    group: str
    name: str
    value: float
    low: float
    high: float
    n: int
    better: str = "higher"


@dataclass(frozen=True, slots=True)
class Ranked:
    """What a baseline gave for a question: the articles, best first, and how good the best looked."""

    found: Sequence[str]
    score: float


def figures(observed: Sequence[Observation]) -> list[Figure]:
    """Everything that the observations show, as far as they show it."""
    return [*_search(observed), *_reading(observed), *_deciding(observed), *_expected(observed), *_time(observed)]


def baseline_figures(
    observed: Sequence[Observation], ranked: Mapping[str, Sequence[Ranked]]
) -> dict[str, list[Figure]]:
    """The figures of each baseline; its threshold is the best one on these very questions, which flatters it."""
    made = {}
    for name, found in ranked.items():
        pairs = list(zip(observed, found, strict=True))
        sought = [(one, given) for one, given in pairs if one.case.answerable and one.case.gold]
        ranks = [rank(given.found, one.case.gold) for one, given in sought]
        decided = [(one, given) for one, given in pairs if one.case.decidable]
        can = [one.case.answerable for one, _ in decided]
        right = [one.case.answerable and rank(given.found, one.case.gold) == 1 for one, given in decided]
        scores = [given.score for _, given in decided]
        asking_back = _four_way_by_threshold(observed, [given.score for _, given in pairs])
        made[name] = [*_rank_figures(ranks), *_separation(scores, can, right), *asking_back]
    return made


def curve(observed: Sequence[Observation]) -> list[dict[str, float]]:
    """The risk–coverage curve as rows, thinned out."""
    can, scores, right = _decided(observed)
    if not (any(can) and not all(can)):
        return []
    points = risk_coverage(scores, can, right)
    step = max(1, len(points) // _CURVE_POINTS)
    return [asdict(point) for point in points[::step]]


def reliability(observed: Sequence[Observation]) -> list[dict[str, float]]:
    """How often questions of about one confidence could be answered: bins of equal size."""
    can, scores, _ = _decided(observed)
    if not scores:
        return []
    promised, came = np.array(scores), np.array(can, dtype=float)
    parts = np.array_split(np.argsort(promised, kind="stable"), _BINS)
    return [
        {"promised": float(promised[part].mean()), "came": float(came[part].mean()), "n": float(part.size)}
        for part in parts
        if part.size
    ]


def confusion(observed: Sequence[Observation]) -> dict[str, dict[str, int]]:
    """How many of each kind of question ended with each outcome."""
    counted: dict[str, Counter[str]] = {kind: Counter() for kind in kinds_of([one.case for one in observed])}
    for one in observed:
        counted[one.case.kind][one.outcome] += 1
    return {kind: dict(counts) for kind, counts in counted.items()}


def by_kind(observed: Sequence[Observation]) -> list[dict[str, Any]]:
    """For each kind: how many, answered, answered rightly, right article first, and all as expected."""
    rows = []
    for kind in kinds_of([one.case for one in observed]):
        some = [one for one in observed if one.case.kind == kind]
        sought = [one for one in some if one.case.gold]
        rows.append(
            {
                "kind": kind,
                "n": len(some),
                "answered": sum(one.answered for one in some),
                "right": sum(one.right for one in some),
                "hit@1": sum(one.rank == 1 for one in sought) if sought else None,
                "passed": sum(not one.failures() for one in some),
            }
        )
    return rows


def _figure(
    group: str, name: str, measure: Callable[..., float], *columns: Sequence[Any], better: str = "higher"
) -> Figure:
    interval = bootstrap(measure, *columns)
    return Figure(group, name, interval.value, interval.low, interval.high, len(columns[0]), better)


def _mean(values: Any) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _search(observed: Sequence[Observation]) -> list[Figure]:
    return _rank_figures([one.rank for one in observed if one.case.answerable and one.case.gold])


def _rank_figures(ranks: Sequence[int]) -> list[Figure]:
    if not ranks:
        return []
    return [
        _figure("search", "hit@1", lambda drawn: hit_at(drawn, 1), ranks),
        _figure("search", "hit@5", lambda drawn: hit_at(drawn, 5), ranks),
        _figure("search", "MRR", mean_reciprocal_rank, ranks),
    ]


def _reading(observed: Sequence[Observation]) -> list[Figure]:
    read = [one for one in observed if one.case.answerable and one.case.answers and one.answered]
    if not read:
        return []
    short = [one.quoted_sentences <= SENTENCES for one in read]
    return [
        _figure("reading", "answer quoted", _mean, [one.read for one in read]),
        _figure("reading", f"at most {SENTENCES} sentences", _mean, short),
        _figure("reading", "sentences quoted", _mean, [one.quoted_sentences for one in read], better="lower"),
    ]


def _decided(observed: Sequence[Observation]) -> tuple[list[bool], list[float], list[bool]]:
    decided = [one for one in observed if one.case.decidable]
    return (
        [one.case.answerable for one in decided],
        [one.confidence for one in decided],
        [one.best_is_right for one in decided],
    )


def _deciding(observed: Sequence[Observation]) -> list[Figure]:
    can, scores, right = _decided(observed)
    if not (any(can) and not all(can)):
        return []
    decided = [one for one in observed if one.case.decidable]
    answerable = [one for one in decided if one.case.answerable]
    others = [one for one in decided if not one.case.answerable]
    did, good = [one.answered for one in decided], [one.right for one in decided]
    return [
        *_separation(scores, can, right),
        _figure("deciding", "accuracy", decision_accuracy, did, can, good),
        _figure("deciding", "answerable, answered rightly", _mean, [one.right for one in answerable]),
        _figure(
            "deciding",
            "answerable, answered from a wrong article",
            _mean,
            [one.answered and not one.right for one in answerable],
            better="lower",
        ),
        _figure("deciding", "unanswerable, answered", _mean, [one.answered for one in others], better="lower"),
        _figure("deciding", "calibration error", calibration_error, scores, can, better="lower"),
        *_four_way(observed),
    ]


def _separation(scores: Sequence[float], can: Sequence[bool], right: Sequence[bool]) -> list[Figure]:
    if not (any(can) and not all(can)):
        return []

    def at_budget(drawn: Any, able: Any, good: Any) -> float:
        return answered_at_risk(drawn, able, good, BUDGET).answered

    return [
        _figure("deciding", "AUROC", auroc, scores, can),
        _figure("deciding", f"answered rightly at {BUDGET:.0%} wrong", at_budget, scores, can, right),
    ]


_MACRO, _MACRO_AT_BEST = "macro-F1 of answer, ask back, leave", "macro-F1 at the best threshold"


def _four_way(observed: Sequence[Observation]) -> list[Figure]:
    """Answer, ask back, or leave, where a set tells all three apart."""
    some = four_way.counted(observed)
    if not some:
        return []
    want, did = [four_way.wanted(one) for one in some], [four_way.done(one) for one in some]
    scores, free = [one.confidence for one in some], [four_way.by_confidence(one) for one in some]
    return [
        _figure("deciding", _MACRO, four_way.macro_f1, want, did),
        _figure("deciding", _MACRO_AT_BEST, four_way.macro_f1_at_best, want, did, scores, free),
        _figure("deciding", "macro-F1 of always answering", four_way.macro_f1, want, [four_way.ANSWER] * len(some)),
        *(
            _figure(
                "deciding", f"F1 of {name}", lambda wants, does, kind=kind: four_way.f1(wants, does, kind), want, did
            )
            for kind, name in enumerate(four_way.NAMES)
        ),
    ]


def _four_way_by_threshold(observed: Sequence[Observation], scores: Sequence[float]) -> list[Figure]:
    """What one threshold on a baseline's score makes of the three; it never asks back."""
    kept = {id(one) for one in four_way.counted(observed)}
    pairs = [(one, score) for one, score in zip(observed, scores, strict=True) if id(one) in kept]
    if not pairs:
        return []
    want, given = [four_way.wanted(one) for one, _ in pairs], [score for _, score in pairs]
    columns = (want, [four_way.LEAVE] * len(pairs), given, [True] * len(pairs))
    return [_figure("deciding", name, four_way.macro_f1_at_best, *columns) for name in (_MACRO, _MACRO_AT_BEST)]


def _expected(observed: Sequence[Observation]) -> list[Figure]:
    some = [one for one in observed if one.case.outcomes]
    return [_figure("expectations", "all as expected", _mean, [not one.failures() for one in some])] if some else []


def _time(observed: Sequence[Observation]) -> list[Figure]:
    seconds = [one.seconds * 1_000 for one in observed]
    embedding = [one.embedding * 1_000 for one in observed if one.embedding]
    made = [
        _figure("time", "turn, median ms", lambda drawn: float(np.median(drawn)), seconds, better="lower"),
        _figure("time", "turn, p95 ms", lambda drawn: float(np.percentile(drawn, 95)), seconds, better="lower"),
    ]
    if embedding:
        made.append(
            _figure("time", "embedding, median ms", lambda drawn: float(np.median(drawn)), embedding, better="lower")
        )
    return made
