"""Search for a query and judge, by this knowledge base's own calibration, how sure its best passage answers it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.domain.answers import LivePassage
from assistant.errors import ModelUnavailable
from assistant.flow.request import Retrieved
from assistant.knowledge.calibration import Calibration
from assistant.knowledge.features import NAMES, features
from assistant.knowledge.keywords import KeywordIndex
from assistant.knowledge.search import Found, NearestVectors, Searcher, VectorsOf
from assistant.knowledge.segment import tokens

EmbedQuery = Callable[[str], Any]
LoadLive = Callable[[Sequence[str], frozenset[str]], Mapping[str, LivePassage]]


class KnowledgeRetriever:
    """The knowledge base as the flow asks it. Each part that is away costs quality only.

    ``embed`` raises ``ModelUnavailable`` while the encoder is not there yet; search then goes by keywords alone.
    """

    def __init__(
        self,
        embed: EmbedQuery,
        nearest: NearestVectors,
        keywords: KeywordIndex,
        load: LoadLive,
        vectors_of: VectorsOf | None,
        calibration: Callable[[], Calibration],
    ) -> None:
        self._embed = embed
        self._nearest = nearest
        self._keywords = keywords
        self._load = load
        self._vectors_of = vectors_of
        self._calibration = calibration

    def retrieve(
        self, query: str, *, language: str, audiences: frozenset[str], error_budget: float, k: int = 10
    ) -> Retrieved:
        """The passages that may answer ``query``, best first, and how sure one can be that the first one does."""
        started = time.perf_counter()
        vector = self._vector(query)
        embedded = time.perf_counter()
        found = self._find(vector, query, language, audiences, k)
        searched = time.perf_counter()
        values = features(found.evidence)
        calibration = self._calibration()
        return Retrieved(
            hits=tuple(found.hits),
            confidence=calibration.probability(values) if found.hits else 0.0,
            threshold=calibration.threshold(error_budget),
            features=dict(zip(NAMES, map(float, values), strict=True)),
            degraded=", ".join(found.missing),
            timings={"embed": embedded - started, "search": searched - embedded},
        )

    def _vector(self, query: str) -> Any:
        try:
            return self._embed(query)
        except ModelUnavailable:
            return None

    def _find(self, vector: Any, query: str, language: str, audiences: frozenset[str], k: int) -> Found:
        searcher = Searcher(self._nearest, self._keywords, lambda ids: self._load(ids, audiences), self._vectors_of)
        return searcher.find(vector, tokens(query), language, k)
