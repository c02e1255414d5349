"""A knowledge base searched exactly, in memory, as if an article or one of its phrasings were not in it.

It gives the same evidence as the indexes do (the same BM25, field by field), so that a knowledge base can test itself:
no index is changed, and a question is asked of the rest.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge.keywords import FIELD_BOOSTS, KeywordDocument
from assistant.knowledge.ranking import Evidence, idf_of, title_likeness, with_togetherness, word_cover
from assistant.knowledge.reader import Readable
from assistant.knowledge.reading import Reading
from assistant.knowledge.search import BY_VECTOR, BY_WORDS
from assistant.knowledge.segment import content_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_K1, _B = 1.2, 0.75  # as tantivy has them
_NEIGHBOURS = 24
_SAME_TEXT = 0.9995
_LONG_ENOUGH_TO_BE_QUOTED = 4


@dataclass(frozen=True, slots=True)
class KnowledgeArrays:
    """A knowledge base as arrays: ``n`` passages, and the ``m`` vectors of their phrasings.

    ``documents`` (n) are the tokens, ``articles`` (n) the article of each passage (the same in every locale),
    ``vectors`` (m, d) have length 1, ``owners`` (m) gives the passage of each vector, in rising order. ``readable`` (n)
    are the passages as a reader reads them; empty where nothing is to be read.
    """

    documents: Sequence[KeywordDocument]
    articles: Sequence[str]
    vectors: NDArray[np.float32]
    owners: Integers
    readable: Sequence[Readable] = ()


@dataclass(frozen=True, slots=True)
class _Field:
    boost: float
    postings: dict[str, tuple[Integers, Floats]]
    lengths: Floats
    average: float

    def norm(self, lengths: Floats | float) -> Floats | float:
        return _K1 * (1 - _B + _B * lengths / self.average)


def background(kb: KnowledgeArrays, most: int = 300) -> float:
    """The mean cosine of a vector's nearest 24 that belong to other articles, over up to ``most`` vectors."""
    rows = np.linspace(0, len(kb.owners) - 1, min(most, len(kb.owners))).astype(np.int64)
    codes = {article: number for number, article in enumerate(dict.fromkeys(kb.articles))}
    groups = np.array([codes[kb.articles[int(owner)]] for owner in kb.owners])
    similar = np.where(groups[rows][:, None] == groups[None, :], -np.inf, kb.vectors[rows] @ kb.vectors.T)
    nearest = np.sort(similar, axis=1)[:, ::-1][:, :_NEIGHBOURS]
    finite = nearest[np.isfinite(nearest)]
    return float(finite.mean()) if finite.size else 0.0


class MemorySearch:
    """The knowledge base, ready for questions made of the words of ``vocabulary`` (others count as unknown)."""

    def __init__(self, kb: KnowledgeArrays, vocabulary: Iterable[str]) -> None:
        self._kb = kb
        known = frozenset(vocabulary)
        self._fields = {name: _field(kb.documents, name, boost, known) for name, boost in FIELD_BOOSTS.items()}
        codes = {article: number for number, article in enumerate(dict.fromkeys(kb.articles))}
        self._groups = np.array([codes[article] for article in kb.articles], dtype=np.int64)
        self._members: dict[str, list[int]] = defaultdict(list)
        for place, article in enumerate(kb.articles):
            self._members[article].append(place)
        self._starts = np.searchsorted(kb.owners, np.arange(len(kb.documents)))
        self._empty = np.diff(np.append(self._starts, len(kb.owners))) == 0

    def members(self, article: str) -> list[int]:
        """The places of an article's passages."""
        return self._members.get(article, [])

    def ask(
        self,
        vector: NDArray[np.float32],
        tokens: Sequence[str],
        without: Collection[int] = (),
        row: int | None = None,
        repeats: Mapping[int, Sequence[str]] | None = None,
    ) -> tuple[Evidence, Integers]:
        """The evidence for a question, and the places of the candidates it speaks of.

        ``without``: places of passages that are to be missing. ``row``: the vector of a phrasing that is to be missing
        from the passages of its own article, with its words. ``repeats``: rows of other phrasings of that article that
        are to be missing too, with their words.
        """
        own, changed = self._shortened(row, [tokens, *(repeats or {}).values()]) if row is not None else ([], {})
        cosines = self._cosines(vector, row, own, list(repeats or ()))
        bm25, frequencies = self._bm25(tokens, frozenset(without), changed)
        for place in without:
            cosines[place] = -np.inf
            bm25[place] = 0.0
        places = self._candidates(cosines, bm25)
        words = tuple(dict.fromkeys(content_of(tokens) or tokens))
        total = len(self._kb.documents) - len(without)
        texts = tuple(self._text(place, changed) for place in places)
        present = cosines[places]
        floor = float(present[np.isfinite(present)].min(initial=1.0))
        df = np.array([frequencies.get(word, 0) for word in words], dtype=float)
        evidence = Evidence(
            words=words,
            idf=idf_of(df, total),
            known=df > 0,
            cosines=np.where(np.isfinite(present), present, floor).astype(float),
            bm25=bm25[places],
            covers=word_cover(words, texts),
            groups=self._groups[places],
            texts=texts,
            titles=title_likeness(words, texts),
        )
        return with_togetherness(evidence), places

    def read(self, evidence: Evidence, places: Integers, reading: Reading) -> Evidence:
        """The evidence after its best candidates have been read."""
        best = np.argsort(-evidence.scores, kind="stable")[: reading.reader.depth].tolist()

        def readable(candidate: int) -> Readable:
            found = self._kb.readable[int(places[candidate])]
            # A title that asks the question tells as little of what customers find as the phrasing itself.
            return found._replace(title="") if found.title == reading.question else found

        return reading.of(evidence, best, readable)

    def _cosines(
        self, vector: NDArray[np.float32], row: int | None, own: Sequence[int], repeats: Sequence[int]
    ) -> Floats:
        similar = (self._kb.vectors @ vector).astype(float)
        similar[repeats] = -np.inf
        if row is not None:
            rows = self._rows(own)
            similar[rows[self._kb.vectors[rows] @ self._kb.vectors[row] > _SAME_TEXT]] = -np.inf
        best = np.maximum.reduceat(np.append(similar, -np.inf), self._starts)
        best[self._empty] = -np.inf
        return np.asarray(best, dtype=float)

    def _bm25(
        self, tokens: Sequence[str], without: frozenset[int], changed: dict[int, dict[str, list[str]]]
    ) -> tuple[Floats, dict[str, int]]:
        """The scores of all passages, and in how many passages each token occurs (the most that any field has)."""
        scores = np.zeros(len(self._kb.documents))
        frequencies: dict[str, int] = {}
        total = max(1, len(scores) - len(without))
        for token, times in Counter(tokens).items():
            for name, field in self._fields.items():
                places, counts = self._occurrences(field, name, token, without, changed)
                if not len(places):
                    continue
                df = len(places)
                frequencies[token] = max(df, frequencies.get(token, 0))
                lengths = field.lengths[places]
                idf = math.log(1.0 + (total - df + 0.5) / (df + 0.5))
                weight = field.boost * (1.0 + math.log(times)) * idf * (1.0 + _K1)
                scores[places] += weight * counts / (counts + field.norm(lengths))
        return scores, frequencies

    def _occurrences(
        self,
        field: _Field,
        name: str,
        token: str,
        without: frozenset[int],
        changed: dict[int, dict[str, list[str]]],
    ) -> tuple[Integers, Floats]:
        places, counts = field.postings.get(token, (np.empty(0, np.int64), np.empty(0)))
        if changed and len(places):
            counts = counts.copy()
            for place, fields in changed.items():
                counts[places == place] = fields[name].count(token)
        keep = counts > 0
        if without:
            keep &= ~np.isin(places, list(without))
        return places[keep], counts[keep]

    def _rows(self, places: Sequence[int]) -> Integers:
        """The vectors of these passages."""
        return np.flatnonzero(np.isin(self._kb.owners, places))

    def repeats(self, row: int, likeness: float) -> list[int]:
        """The other vectors of the phrasing's article whose cosine to it is above ``likeness``."""
        own = self._rows(self.members(self._kb.articles[int(self._kb.owners[row])]))
        near = own[self._kb.vectors[own] @ self._kb.vectors[row] > likeness]
        return [int(other) for other in near if other != row]

    def _shortened(
        self, row: int, phrases: Sequence[Sequence[str]]
    ) -> tuple[list[int], dict[int, dict[str, list[str]]]]:
        """The passages of the phrasing's article, and their fields without the words of these phrases."""
        own = self.members(self._kb.articles[int(self._kb.owners[row])])
        changed: dict[int, dict[str, list[str]]] = {}
        for place in own:
            document = self._kb.documents[place]
            fields = {name: getattr(document, name).split() for name in FIELD_BOOSTS}
            for phrase in phrases:
                for name, words in fields.items():
                    if name != "body" or len(phrase) >= _LONG_ENOUGH_TO_BE_QUOTED:
                        fields[name] = _cut_out(words, phrase)
            changed[place] = fields
        return own, changed

    def _text(self, place: int, changed: dict[int, dict[str, list[str]]]) -> str:
        if place in changed:
            return "\n".join(" ".join(words) for words in changed[place].values())
        return self._kb.documents[place].tokens

    def _candidates(self, cosines: Floats, bm25: Floats) -> Integers:
        near, worded = min(BY_VECTOR, len(cosines)), min(BY_WORDS, len(cosines))
        dense = np.argpartition(-cosines, near - 1)[:near]
        keyword = np.argpartition(-bm25, worded - 1)[:worded]
        return np.union1d(dense[np.isfinite(cosines[dense])], keyword[bm25[keyword] > 0])


def _field(documents: Sequence[KeywordDocument], name: str, boost: float, vocabulary: frozenset[str]) -> _Field:
    lengths = np.zeros(len(documents))
    found: dict[str, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for place, document in enumerate(documents):
        words = getattr(document, name).split()
        lengths[place] = len(words)
        for word, count in Counter(word for word in words if word in vocabulary).items():
            found[word][0].append(place)
            found[word][1].append(count)
    postings = {
        word: (np.array(places, dtype=np.int64), np.array(counts, dtype=float))
        for word, (places, counts) in found.items()
    }
    return _Field(boost, postings, lengths, max(float(lengths.mean()) if len(lengths) else 1.0, 1e-9))


def _cut_out(words: list[str], phrase: Sequence[str]) -> list[str]:
    """The words without the first place where the phrase stands in them."""
    length = len(phrase)
    for start in range(len(words) - length + 1):
        if words[start : start + length] == list(phrase):
            return words[:start] + words[start + length :]
    return words
