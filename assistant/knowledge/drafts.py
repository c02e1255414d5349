"""The indexes as they would be if a draft were published: searched together with it, and nothing in them changes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.domain.indexing import passage_of
from assistant.knowledge.dense import Serving
from assistant.knowledge.following import FollowingKeywords
from assistant.knowledge.index import KnowledgeIndex
from assistant.knowledge.keywords import FIELD_BOOSTS, KeywordDocument
from assistant.knowledge.ranking import idf_of
from assistant.knowledge.reader import Reader

Matrix = NDArray[np.float32]

_K1, _B = 1.2, 0.75  # as tantivy has them


@dataclass(frozen=True, slots=True)
class DraftTexts:
    """A draft's passages as the indexes would hold them.

    ``vector_ids`` name the rows of ``vectors`` ("passage id:phrasing number"); both are empty without an encoder.
    ``lengths`` are the mean numbers of tokens that each field has in the knowledge base.
    """

    documents: Sequence[KeywordDocument]
    vector_ids: Sequence[str]
    vectors: Matrix
    lengths: Mapping[str, float]


class DraftKeywords:
    """The keyword index with a draft's passages among its own."""

    def __init__(self, index: FollowingKeywords, texts: DraftTexts) -> None:
        self._index = index
        self._lengths = texts.lengths
        self._fields = {
            document.passage_id: {name: Counter(getattr(document, name).split()) for name in FIELD_BOOSTS}
            for document in texts.documents
        }

    def search(self, query_tokens: Sequence[str], k: int) -> list[tuple[str, float]]:
        """The ``k`` best passages of both with their BM25 scores, best first."""
        found = [*self._index.search(query_tokens, k), *self._scores(query_tokens, self._fields).items()]
        return sorted(found, key=lambda hit: -hit[1])[:k]

    def score(self, query_tokens: Sequence[str], passage_ids: Sequence[str]) -> dict[str, float]:
        """The BM25 scores of just these passages; those that share no token with the query are left out."""
        own = [passage_id for passage_id in passage_ids if passage_id in self._fields]
        others = [passage_id for passage_id in passage_ids if passage_id not in self._fields]
        return {**self._index.score(query_tokens, others), **self._scores(query_tokens, own)}

    def document_frequency(self, token: str) -> int:
        """In how many passages the token occurs; one that only the draft has counts as known."""
        return max(self._index.document_frequency(token), self._own_frequency(token))

    def count(self) -> int:
        """How many passages both have."""
        return self._index.count() + len(self._fields)

    def _own_frequency(self, token: str) -> int:
        return sum(any(token in words for words in fields.values()) for fields in self._fields.values())

    def _scores(
        self, query_tokens: Sequence[str], passage_ids: Sequence[str] | Mapping[str, object]
    ) -> dict[str, float]:
        asked = Counter(query_tokens)
        idf = idf_of([self.document_frequency(token) for token in asked], self.count()).tolist()
        weights = {token: own * (1.0 + math.log(times)) for own, (token, times) in zip(idf, asked.items(), strict=True)}
        found = {passage_id: self._score(self._fields[passage_id], weights) for passage_id in passage_ids}
        return {passage_id: score for passage_id, score in found.items() if score > 0.0}

    def _score(self, fields: Mapping[str, Counter[str]], weights: Mapping[str, float]) -> float:
        total = 0.0
        for name, words in fields.items():
            norm = _K1 * (1 - _B + _B * words.total() / max(self._lengths.get(name, 1.0), 1e-9))
            for token, weight in weights.items():
                if count := words.get(token, 0):
                    total += FIELD_BOOSTS[name] * weight * (1.0 + _K1) * count / (count + norm)
        return total


class DraftIndexes:
    """Both indexes of a process with a draft's passages among their own."""

    def __init__(self, index: KnowledgeIndex, texts: DraftTexts) -> None:
        self._index = index
        self._texts = texts
        self._rows: dict[str, list[int]] = {}
        for row, vector_id in enumerate(texts.vector_ids):
            self._rows.setdefault(passage_of(vector_id), []).append(row)

    @property
    def serving(self) -> Serving | None:
        """The model that answers now."""
        return self._index.serving

    @property
    def reader(self) -> Reader | None:
        """What reads the best passages together with the question, if anything does."""
        return self._index.reader

    @property
    def keywords(self) -> DraftKeywords:
        """Keyword search in both."""
        return DraftKeywords(self._index.keywords, self._texts)

    def dense(self, vector: NDArray[np.float32], k: int, model: str = "") -> list[tuple[str, float]]:
        """The ``k`` nearest phrasings of both, best first."""
        found = self._index.dense(vector, k, model)
        if len(self._texts.vector_ids):
            cosines = self._texts.vectors @ vector
            found = [*found, *zip(self._texts.vector_ids, map(float, cosines), strict=True)]
        return sorted(found, key=lambda hit: -hit[1])[:k]

    def vectors_of(self, passage_ids: Sequence[str]) -> Mapping[str, Matrix]:
        """The vectors of each passage's phrasings, one a row."""
        own = {
            passage_id: self._texts.vectors[self._rows[passage_id]]
            for passage_id in passage_ids
            if passage_id in self._rows
        }
        others = [passage_id for passage_id in passage_ids if passage_id not in own]
        return {**self._index.vectors_of(others), **own}
