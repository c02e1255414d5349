"""When to answer: a small logistic model of "this can be answered from here", fitted to each knowledge base.

The prior ships in decision_prior.json (made by eval/train_decision.py). A knowledge base moves it by its own samples
(``left_out.kb_samples``) as far as they go: few samples leave it where it is. The editor's error budget becomes a
threshold on probabilities that each sample got from a model which had not seen it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge.features import COSINE_FEATURES, NAMES, READING, named
from assistant.knowledge.risk import RiskPoint, answered_at_risk, risk_coverage

Floats = NDArray[np.float64]

# The error budget where nobody has set one.
BALANCED = 0.0

# No search is believed to be surer than this of itself where another one may have found the answer.
MOST_SURE = 0.98
_RARE_COUNTS = 3.0

_PRIOR_SAMPLES = 40.0  # the prior weighs as much as this many samples of the knowledge base
_STIFFNESS = 200.0
_MARKS_STIFFNESS = 60.0
# How much of what a knowledge base's unanswerable questions look like is its own, and moves its model.
_OWN_SHARE = 0.5
_FOLDS = 5
_SETTLED = 1e-7
# A real question that a person has marked weighs at least this many of those that a knowledge base asks itself, and
# fifty of them weigh as much as all of those together, however many they are. Chosen by eval/marks.py.
_LEAST_MARK_WEIGHT = 3.0
_MARKS_LIKE_ALL = 50.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A question put to the knowledge base: its features, whether it could be answered, whether the best passage did.

    ``group`` keeps samples of one article together when a model is tested on what it has not seen; ``phrasing`` is the
    same for the two samples of one question.
    """

    features: Floats
    answerable: bool
    right: bool
    group: str = ""
    phrasing: int = -1


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Probabilities that a model gave to samples that it had not seen, and what they were."""

    probability: Floats
    answerable: NDArray[np.bool_]
    right: NDArray[np.bool_]
    weight: Floats


@dataclass(frozen=True, slots=True)
class Calibration:
    """The model of one knowledge base, or the prior.

    ``level`` is the cosine that unrelated neighbours have there; cosines count from it in units of what is left to 1,
    which makes them comparable between encoders. ``samples`` counts the questions of its own that it was fitted to.
    ``unanswerable`` is what the prior's mean question without an answer looks like, where ``mean`` is that of all.
    Its features are those of a search, or those and what a reader adds.
    """

    level: float
    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    held_out: HeldOut
    samples: int = 0
    unanswerable: Floats = field(default_factory=lambda: np.zeros(len(NAMES)))

    def probability(self, features: Floats) -> float:
        """How sure it is that the knowledge base answers this, 0 to 1.

        Features of a search without an encoder (similarity exactly 0) count as average where they rest on cosines, and
        those of a reader where nothing was read.
        """
        return float(_sigmoid(self._shares(features).sum(keepdims=True) + self.bias)[0])

    def weighed(self, features: Floats) -> dict[str, float]:
        """What each feature adds to the log odds behind ``probability`` or takes from them, by name.

        They count from the average question of the knowledge base, whose log odds stand under "average".
        """
        return {**named(self._shares(features)), "average": float(self.bias)}

    def _shares(self, features: Floats) -> Floats:
        standard = _standard(_whole(features, self)[None, :], self)[0]
        if not features[COSINE_FEATURES[0]]:
            standard[list(COSINE_FEATURES)] = 0.0
        return np.asarray(standard * self.weights, dtype=float)

    def threshold(self, budget: float) -> float:
        """The lowest probability to answer at, with at most the share ``budget`` of unanswerable questions answered.

        Above 1 where no threshold keeps the budget: then nothing is answered. Where nobody has set a budget
        (``BALANCED``), what is likelier answered than not is answered.
        """
        if budget == BALANCED:
            return 0.5
        held = self.held_out
        point = answered_at_risk(held.probability, held.answerable, held.right, budget, held.weight)
        return min(point.threshold, 1.01)

    def abroad(self) -> Calibration:
        """The model for questions in a language that no article is written in.

        Such questions share fewer words with what answers them and lie further from it. A knowledge base's own
        phrasings say nothing of them, so this model is the same for all but for the knowledge base's level.
        """
        return replace(_abroad_prior(), level=self.level)

    def risk_coverage(self) -> list[RiskPoint]:
        """What each threshold would cost and give, from answering nearly nothing to answering everything."""
        held = self.held_out
        return risk_coverage(held.probability, held.answerable, held.right, held.weight)

    def to_json(self) -> str:
        """The whole model as text, read back by ``from_json``."""
        held = self.held_out
        kinds = np.where(~held.answerable, 0, np.where(held.right, 1, 2))
        rows = zip(_rounded(held.probability), kinds.tolist(), _rounded(held.weight), strict=True)
        parts = {
            "features": list(named(self.mean)),
            "level": self.level,
            "mean": _rounded(self.mean),
            "scale": _rounded(self.scale),
            "weights": _rounded(self.weights),
            "bias": round(self.bias, 6),
            "samples": self.samples,
            "unanswerable": _rounded(self.unanswerable),
            "held_out": [list(row) for row in rows],
        }
        return json.dumps(parts, indent=None, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """The model that ``to_json`` wrote; ``ValueError`` for one of other features, which must be fitted anew."""
        parts: dict[str, Any] = json.loads(text)
        if parts.get("features") not in (list(NAMES), [*NAMES, *READING]):
            raise ValueError("The calibration was made for other features: fit it again.")
        rows = np.array(parts["held_out"], dtype=float).reshape(-1, 3)
        return cls(
            level=float(parts["level"]),
            mean=np.array(parts["mean"]),
            scale=np.array(parts["scale"]),
            weights=np.array(parts["weights"]),
            bias=float(parts["bias"]),
            held_out=HeldOut(rows[:, 0], rows[:, 1] > 0, rows[:, 1] == 1, rows[:, 2]),
            samples=int(parts["samples"]),
            unanswerable=np.array(parts["unanswerable"]),
        )


@lru_cache(maxsize=2)
def shipped_prior(*, reading: bool = False) -> Calibration:
    """The model that serves a knowledge base without samples of its own, for searches that read or do not."""
    return _shipped("decision_prior_reading.json" if reading else "decision_prior.json")


@lru_cache(maxsize=1)
def _abroad_prior() -> Calibration:
    """Made by eval/train_abroad.py."""
    return _shipped("decision_prior_abroad.json")


def _shipped(name: str) -> Calibration:
    return Calibration.from_json(Path(__file__).with_name(name).read_text(encoding="utf-8"))


def fit(
    samples: Sequence[Sample], prior: Calibration, level: float | None = None, marks: Sequence[Sample] = ()
) -> Calibration:
    """The prior moved towards the samples of one knowledge base, as far as there are samples.

    ``level``: the knowledge base's own (``memory_search.background``); without it, the prior's serves. ``marks`` are
    real questions whose answers people have judged; each weighs ``mark_weight`` samples.
    """
    every = [*samples, *marks]
    heavy = np.append(np.ones(len(samples)), np.full(len(marks), mark_weight(len(samples))))
    marked = np.arange(len(every)) >= len(samples)
    based = _placed(samples, prior, prior.level if level is None else level)
    if not every:
        return based
    table = np.stack([_whole(sample.features, based) for sample in every])
    answerable = np.array([sample.answerable for sample in every])
    right = np.array([sample.right for sample in every])
    standard = _standard(table, based)
    rows = _Rows(standard, answerable.astype(float), heavy, marked)
    held = _held_out(rows, every, based)
    weights, bias = _moved(rows, based)
    reference = prior.held_out
    share = _PRIOR_SAMPLES / max(1e-9, float(reference.weight.sum()))
    merged = HeldOut(
        np.concatenate((held, reference.probability)),
        np.concatenate((answerable, reference.answerable)),
        np.concatenate((right, reference.right)),
        np.concatenate((heavy, reference.weight * share)),
    )
    return replace(based, weights=weights, bias=bias, held_out=merged, samples=len(samples))


def mark_weight(samples: int) -> float:
    """How many samples one marked question weighs beside ``samples`` that the knowledge base made of itself.

    Its own phrasings are what editors expect, and its unanswerable questions are made by leaving articles out; a marked
    question is what customers ask. So real ones must tell even where a knowledge base has hundreds of phrasings.
    """
    return max(_LEAST_MARK_WEIGHT, samples / _MARKS_LIKE_ALL)


def newton(
    table: Floats, target: Floats, heavy: Floats, weights: Floats, bias: float, stiffness: float
) -> tuple[Floats, float]:
    """Logistic weights and bias, pulled towards those given with a Gaussian prior of precision ``stiffness``.

    Newton's steps, halved while they lead uphill: where a few heavy samples contradict the start, whole steps never
    settle.
    """
    full = np.hstack((table, np.ones((len(table), 1))))
    start = np.append(weights, bias)
    now, pull = start.copy(), np.full(len(start), stiffness)

    def loss(at: Floats) -> float:
        odds = full @ at
        return float(heavy @ (np.logaddexp(0.0, odds) - target * odds) + 0.5 * pull @ (at - start) ** 2)

    for _ in range(50):
        guess = _sigmoid(full @ now)
        slope = full.T @ (heavy * (guess - target)) + pull * (now - start)
        curve = (full * (heavy * guess * (1 - guess))[:, None]).T @ full + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        before = loss(now)
        while float(np.abs(step).max()) > _SETTLED and loss(now - step) > before:
            step /= 2.0
        now = now - step
        if float(np.abs(step).max()) <= _SETTLED:
            break
    return now[:-1], float(now[-1])


def in_units(table: Floats, level: float) -> Floats:
    """Features with their cosines counted from ``level`` in units of what is left to 1."""
    units = np.array(table, dtype=float)
    similarity, *margins = COSINE_FEATURES
    units[:, similarity] = (units[:, similarity] - level) / max(1e-6, 1.0 - level)
    units[:, margins] /= max(1e-6, 1.0 - level)
    return units


def _whole(features: Floats, model: Calibration) -> Floats:
    """The features that the model knows; what a reader did not add counts as average."""
    return np.append(features, model.mean[len(features) :])[: len(model.mean)]


def _standard(table: Floats, model: Calibration) -> Floats:
    return np.asarray((in_units(table, model.level) - model.mean) / model.scale, dtype=float)


def own_share(unanswerable: Floats) -> Floats:
    """How far a knowledge base's mean features move its model, given those of its unanswerable questions.

    Unanswerable questions that a knowledge base makes of itself are like real ones; its answerable ones are easier
    wherever phrasings repeat one another. So it is the former that say where a knowledge base lies. Half of the way is
    the best of none, half and all on collections that the prior had not seen.
    """
    return _OWN_SHARE * unanswerable


def _placed(samples: Sequence[Sample], prior: Calibration, level: float) -> Calibration:
    """The prior moved to where the knowledge base's unanswerable questions lie, by the weight of their number."""
    none = [_whole(sample.features, prior) for sample in samples if not sample.answerable]
    if not none:
        return replace(prior, level=level)
    own = in_units(np.stack(none), level).mean(axis=0)
    share = len(none) / (len(none) + _PRIOR_SAMPLES)
    return replace(prior, level=level, mean=prior.mean + share * own_share(own - prior.unanswerable))


class _Rows(NamedTuple):
    """Samples as rows: features in standard units, 1 for answerable ones, their weight, and which people marked."""

    standard: Floats
    target: Floats
    heavy: Floats
    marked: NDArray[np.bool_]

    def only(self, which: NDArray[np.bool_]) -> _Rows:
        return _Rows(self.standard[which], self.target[which], self.heavy[which], self.marked[which])


def _moved(rows: _Rows, based: Calibration) -> tuple[Floats, float]:
    """Weights and bias moved by what a knowledge base asks itself, then, more freely, by what people marked."""
    weights, bias = based.weights, based.bias
    for which, stiffness in ((~rows.marked, _STIFFNESS), (rows.marked, _MARKS_STIFFNESS)):
        if which.any():
            some = rows.only(which)
            weights, bias = newton(some.standard, some.target, some.heavy, weights, bias, stiffness)
    return weights, bias


def _held_out(rows: _Rows, samples: Sequence[Sample], based: Calibration) -> Floats:
    """The probability of each sample from a model fitted to the samples of other articles."""
    numbers = {group: number for number, group in enumerate(dict.fromkeys(sample.group for sample in samples))}
    fold = np.array([numbers[sample.group] % _FOLDS for sample in samples])
    out = np.zeros(len(samples))
    for part in np.unique(fold):
        weights, bias = _moved(rows.only(fold != part), based)
        out[fold == part] = _sigmoid(rows.standard[fold == part] @ weights + bias)
    return out


def of_either(home: float, elsewhere: float, share: float) -> tuple[float, float]:
    """How sure two searches of articles that they do not share can be, each being this sure by itself, at most .98.

    By Bayes' rule for a question that is answered by what the first one found, by what the second one did, or by
    neither: the surer one of them is, the less the other can be. ``share`` is the part of all articles that only the
    second one searches. The search with more of them is believed as much as by itself, the other one less in
    proportion, but each of its articles counts for three: articles are first translated where they answer most.
    """
    most = max(share, 1.0 - share)
    first, second = (min(1.0, _RARE_COUNTS * part / most) for part in (1.0 - share, share))
    odds = first * _odds(home), second * _odds(elsewhere)
    return odds[0] / (1.0 + sum(odds)), odds[1] / (1.0 + sum(odds))


def between(one: float, other: float, share: float) -> float:
    """The probability whose log odds are mixed of those of two, ``share`` of them the other's: a pool of opinions."""
    return float(_sigmoid(np.array((1.0 - share) * log_odds(one) + share * log_odds(other))))


def log_odds(probability: float) -> float:
    """The natural logarithm of the odds, of what is at least 1e-6 away from 0 and 1."""
    inside = min(max(probability, 1e-6), 1.0 - 1e-6)
    return math.log(inside / (1.0 - inside))


def _odds(probability: float) -> float:
    sure = min(probability, MOST_SURE)
    return sure / (1.0 - sure)


def _sigmoid(values: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -35.0, 35.0))), dtype=float)


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 6) for value in values]
