"""What the evidence of a search says about whether the knowledge base answers the question: a few plain numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge.ranking import Evidence, stands_together

Floats = NDArray[np.float64]

NAMES = (
    "similarity",
    "margin_second",
    "margin_ten",
    "margin_all",
    "coverage",
    "coverage_three",
    "unknown",
    "keyword",
    "keyword_margin",
    "agreement",
    "length",
    "rarest_missing",
    "codes_missing",
    "score_margin",
    "closeness",
    "pairs",
)

# What a reader adds, where passages are read together with the question.
READING = ("reader", "reader_best")

# Which of them are cosines (the first) or differences of cosines, whose size depends on the encoder.
COSINE_FEATURES = (0, 1, 2, 3)

_BACKGROUND = 24
_WINDOW = 24


def features(evidence: Evidence) -> Floats:
    """The numbers of ``NAMES`` for one question, and of ``READING`` where candidates were read.

    Of a question without any candidate, those of ``NAMES`` for finding nothing.
    """
    if not evidence.cosines.size:
        return np.zeros(len(NAMES))
    order = _best_of_each_article(evidence.scores, evidence.groups)
    by_cosine = np.sort(evidence.cosines)[::-1][:_BACKGROUND]
    cosines, top = evidence.cosines[order], order[0]
    cover, share = evidence.coverage, evidence.keyword_share
    three = np.asarray(evidence.covers[order[:3]].any(axis=0))
    best_keyword = _best_of_each_article(share, evidence.groups)
    best_dense = int(np.argmax(evidence.cosines))
    others = np.sort(cosines[1:])[::-1]
    scores = evidence.scores[order]
    return np.array(
        [
            cosines[0],
            cosines[0] - others[0] if others.size else 0.0,
            cosines[0] - others[:10].mean() if others.size else 0.0,
            cosines[0] - by_cosine.mean(),
            cover[top],
            _share(evidence.idf, three),
            _share(evidence.idf, ~evidence.known),
            share[top],
            share[best_keyword[0]] - share[best_keyword[1]] if len(best_keyword) > 1 else share[best_keyword[0]],
            float(evidence.groups[best_dense] == evidence.groups[best_keyword[0]]),
            np.log1p(len(evidence.words)),
            _rarest_missing(evidence, int(top)),
            _codes_missing(evidence, int(top)),
            scores[0] - scores[1] if len(scores) > 1 else 0.0,
            *_nearness(evidence, int(top)),
            *_reading(evidence, int(top)),
        ],
        dtype=np.float64,
    )


def named(values: Floats) -> dict[str, float]:
    """The numbers that ``features`` gave, by their names."""
    return dict(zip((*NAMES, *READING), map(float, values), strict=False))


def valued(features: Mapping[str, float]) -> Floats:
    """Features by their names as ``features`` gave them."""
    names = (*NAMES, *READING) if READING[0] in features else NAMES
    return np.array([float(features[name]) for name in names])


def _best_of_each_article(scores: Floats, groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of the best candidate of each article, best article first."""
    order = np.argsort(-scores, kind="stable")
    _, first = np.unique(groups[order], return_index=True)
    return np.asarray(order[np.sort(first)], dtype=np.int64)


def _share(idf: Floats, which: NDArray[np.bool_]) -> float:
    total = float(idf.sum())
    return float(idf[which].sum()) / total if total else 0.0


def _rarest_missing(evidence: Evidence, top: int) -> float:
    """How telling the most telling word is that the best passage lacks, as a share of the most telling of all."""
    missing = evidence.idf[~evidence.covers[top]]
    return float(missing.max() / evidence.idf.max()) if missing.size else 0.0


def _codes_missing(evidence: Evidence, top: int) -> float:
    """The share of the query's numbers and codes that the best passage lacks."""
    codes = [place for place, word in enumerate(evidence.words) if any(letter.isdigit() for letter in word)]
    return float(np.mean(~evidence.covers[top][codes])) if codes else 0.0


def _reading(evidence: Evidence, top: int) -> tuple[float, ...]:
    """What the reader says of the best candidate, and the most that it says of any; nothing where it has not read."""
    if evidence.read is None or np.isnan(evidence.read[top]):
        return ()
    return float(evidence.read[top]), float(np.nanmax(evidence.read))


def _nearness(evidence: Evidence, top: int) -> tuple[float, float]:
    """How much of the query stands close together in the best passage.

    First the share of idf mass within any ``_WINDOW`` tokens, then the share of the query's neighbouring words that
    stand near each other in the same order.
    """
    if not evidence.texts or not evidence.mass:
        return 0.0, 0.0
    tokens = evidence.texts[top].split()
    together, in_order = stands_together(evidence.words, evidence.idf.tolist(), tokens, _WINDOW)
    return together / evidence.mass, in_order
