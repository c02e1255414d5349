"""Hybrid search: candidates of both indexes, checked against SQL, weighed by what each score is worth for the query."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.domain.answers import Hit, LivePassage
from assistant.errors import IndexBroken
from assistant.knowledge.languages import NearestVectors
from assistant.knowledge.ranking import (
    Evidence,
    glossed,
    idf_of,
    one_locale_each,
    title_likeness,
    with_togetherness,
    without_duplicates,
    word_cover,
)
from assistant.knowledge.reader import Readable
from assistant.knowledge.reading import Reading
from assistant.knowledge.segment import content_of
from assistant.knowledge.stages import Watch

Vector = NDArray[np.float32]
LoadPassages = Callable[[Sequence[str]], Mapping[str, LivePassage]]
VectorsOf = Callable[[Sequence[str]], Mapping[str, Vector]]

# On the development data, no question is ranked differently with 64 of either; every candidate costs time.
BY_WORDS = 24
BY_VECTOR = 32
# How many vectors are fetched: a passage may have several, and not everybody may see each.
_DEPTH = 64
_DEEPER = 512
_ENOUGH_PASSAGES = 24
# From so many passages on, a phrasing that they share tells nothing; two like products may well share one.
_MANY = 3
_SAME = 1e-4


class Keywords(Protocol):
    """Keyword search as a search uses it. Every method raises ``IndexBroken`` where the index cannot serve."""

    def search(self, query_tokens: Sequence[str], k: int) -> list[tuple[str, float]]:
        """The ``k`` best passages with their BM25 scores, best first."""

    def score(self, query_tokens: Sequence[str], passage_ids: Sequence[str]) -> dict[str, float]:
        """The BM25 scores of just these passages; those that share no token with the query are left out."""

    def document_frequency(self, token: str) -> int:
        """In how many passages the token occurs."""

    def count(self) -> int:
        """How many passages there are."""


@dataclass(frozen=True, slots=True)
class Found:
    """The hits of one search, best first, with the evidence that a decision about answering rests on.

    ``missing`` names the searches that could not take part ("dense", "keyword"): their part of the evidence is empty.
    ``reading`` is how many seconds the best candidates were read for, 0 where nothing reads. ``forms`` has, of a
    question in another language, what the articles say for each of its tokens.
    """

    hits: list[Hit]
    evidence: Evidence
    missing: tuple[str, ...] = ()
    reading: float = 0.0
    forms: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Searcher:
    """Searches both indexes for a query already embedded and segmented.

    ``nearest`` gives vector ids ("passage id:phrasing number") with cosines, best first. ``load`` gives, of the ids
    asked for, the passages that may be shown right now: it is SQL's word on what is published and for whom.
    ``vectors_of`` gives the vectors (phrasings, d) of passages that only the keyword search found; without it, their
    cosine counts as low as the lowest candidate's. ``lift`` is added to each product of a query's vector with another
    (``languages.Abroad``). ``reading`` reads the best candidates before they are put in their final order. Of a
    question in a language that no article has, ``forms`` has what articles may say for each token
    (``languages.forms``); None for others.
    """

    def __init__(
        self,
        nearest: NearestVectors,
        keywords: Keywords,
        load: LoadPassages,
        vectors_of: VectorsOf | None = None,
        lift: float = 0.0,
        reading: Reading | None = None,
        forms: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._nearest = nearest
        self._keywords = keywords
        self._load = load
        self._vectors_of = vectors_of
        self._lift = lift
        self._reading = reading
        self._forms = forms

    def search(self, query_vector: Vector | None, query_tokens: Sequence[str], locale: str, k: int = 10) -> list[Hit]:
        """The ``k`` best live passages, best first."""
        return self.find(query_vector, query_tokens, locale, k).hits

    def find(
        self,
        query_vector: Vector | None,
        query_tokens: Sequence[str],
        locale: str,
        k: int = 10,
        watch: Watch | None = None,
    ) -> Found:
        """The ``k`` best live passages and the evidence of all candidates. Without a vector, keywords alone decide.

        ``watch`` is told of each stage, at the cost of some deeper searching.
        """
        missing: list[str] = []
        forms = self._known_forms(query_tokens)
        telling = query_tokens if forms is None else _in_turns(forms.values())
        keyword = self._keyword_candidates(telling, missing)
        dense, live, shared = self._dense_candidates(query_vector, keyword, missing)
        if watch is not None:
            self._tell_candidates(watch, query_vector, telling, dense, keyword)
        passages = list(live.values())
        self._complete(query_vector, telling, dense, keyword, passages, shared)
        evidence = with_togetherness(
            self._evidence(query_tokens, forms, dense, keyword, passages, "dense" not in missing)
        )
        hits = _hits(passages, evidence, dense, keyword)
        if watch is not None:
            watch.words = evidence.words
            watch.ranking("fused", hits, hits)
        reading = 0.0
        if self._reading is not None:
            began = time.perf_counter()
            evidence = self._read(self._reading, evidence, passages, one_locale_each(hits, locale))
            hits = _hits(passages, evidence, dense, keyword)
            reading = time.perf_counter() - began
            if watch is not None:
                watch.ranking("reader", hits, hits)
        one_each = one_locale_each(hits, locale)
        best = without_duplicates(one_each, k)
        if watch is not None:
            watch.ranking("translation", hits, one_each)
            watch.ranking("duplicates", one_each, best)
        return Found(best, evidence, tuple(missing), reading, forms or {})

    def _tell_candidates(
        self,
        watch: Watch,
        query_vector: Vector | None,
        query_tokens: Sequence[str],
        dense: Mapping[str, float],
        keyword: Mapping[str, float],
    ) -> None:
        """How the passages asked about stand with either search, further down than it looks for candidates too."""
        with suppress(IndexBroken):
            deeper = [passage_id for passage_id, _ in self._keywords.search(query_tokens, _DEEPER)]
            scores = self._keywords.score(query_tokens, watch.about)
            watch.candidates("keyword", BY_WORDS, keyword, deeper, scores)
        if query_vector is None:
            return
        with suppress(IndexBroken):
            found = best_phrasing(self._nearest(query_vector, _DEEPER))
            own = self._vectors_of(watch.about) if self._vectors_of is not None and watch.about else {}
            watch.candidates("dense", BY_VECTOR, dense, list(found), self._nearness(own, query_vector))

    def _known_forms(self, query_tokens: Sequence[str]) -> dict[str, list[str]] | None:
        """Of a question in another language, the forms of each token that articles have; None for other questions.

        In articles of another language, a word of the question is rare, whatever it means: a passage that quotes a
        title with “school” in it is the only one of all to have it. So it stands for itself only where it is of the
        articles' own vocabulary, or is the same in any language.
        """
        if self._forms is None:
            return None
        found: dict[str, list[str]] = {}
        with suppress(IndexBroken):
            for word in query_tokens:
                known = [form for form in self._forms.get(word, ()) if self._passages_with(form)]
                if word not in known and self._passages_with(word) >= _MANY:
                    known.append(word)
                found[word] = known
        return found

    def _passages_with(self, form: str) -> int:
        """In how many passages a form occurs, at most: in as many as the rarest of its tokens."""
        return min(self._keywords.document_frequency(token) for token in form.split())

    def _keyword_candidates(self, query_tokens: Sequence[str], missing: list[str]) -> dict[str, float]:
        try:
            return dict(self._keywords.search(query_tokens, BY_WORDS))
        except IndexBroken:
            missing.append("keyword")
            return {}

    def _dense_candidates(
        self, query_vector: Vector | None, keyword: Mapping[str, float], missing: list[str]
    ) -> tuple[dict[str, float], dict[str, LivePassage], frozenset[float]]:
        """The best cosine of each passage found by vector, all candidates that are live, and cosines that tell nothing.

        A phrasing that several passages share, as titles may be, does not tell which of them is meant: they become
        candidates by it, and their own texts are compared instead.
        """
        if query_vector is not None:
            with suppress(IndexBroken):
                return self._nearest_live(query_vector, keyword)
        missing.append("dense")
        return {}, dict(self._load(list(keyword))), frozenset()

    def _nearest_live(
        self, query_vector: Vector, keyword: Mapping[str, float]
    ) -> tuple[dict[str, float], dict[str, LivePassage], frozenset[float]]:
        for found, most in self._fetches(query_vector):
            shared = _shared(found)
            near = best_phrasing([each for each in found if each[1] not in shared])
            untold = [passage for passage in best_phrasing(found) if passage not in near] if shared else []
            live = self._load(list(dict.fromkeys((*islice(near, most), *untold, *keyword))))
            nearest = [passage for passage in near if passage in live][:BY_VECTOR]
            if len(nearest) >= _ENOUGH_PASSAGES:
                break
        candidates = {passage: live[passage] for passage in (*nearest, *untold, *keyword) if passage in live}
        return {passage: near[passage] for passage in candidates if passage in near}, candidates, shared

    def _fetches(self, query_vector: Vector) -> Iterator[tuple[Sequence[tuple[str, float]], int | None]]:
        """What is nearest, and how many passages of it to look at.

        Many phrasings of one passage, or many passages that this customer may not see, can fill the first: then all of
        it is looked at, and then what is found deeper.
        """
        found = self._nearest(query_vector, _DEPTH)
        yield found, BY_VECTOR
        if len(best_phrasing(found)) > BY_VECTOR:
            yield found, None
        if len(found) == _DEPTH:
            yield self._nearest(query_vector, _DEEPER), None

    def _complete(
        self,
        query_vector: Vector | None,
        query_tokens: Sequence[str],
        dense: dict[str, float],
        keyword: dict[str, float],
        passages: Sequence[LivePassage],
        shared: frozenset[float],
    ) -> None:
        """Give each candidate the score of the search that did not find it."""
        unscored = [passage.id for passage in passages if passage.id not in keyword]
        if keyword and unscored:
            with suppress(IndexBroken):
                keyword.update(self._keywords.score(query_tokens, unscored))
        unseen = [passage.id for passage in passages if passage.id not in dense]
        if unseen and (dense or shared) and query_vector is not None and self._vectors_of is not None:
            dense.update(self._nearness(self._vectors_of(unseen), query_vector, shared))

    def _nearness(
        self, found: Mapping[str, Vector], query_vector: Vector, shared: frozenset[float] = frozenset()
    ) -> dict[str, float]:
        """The best cosine of each passage whose vectors were found, of those that tell something if any do."""
        if not found:
            return {}
        near = np.concatenate(list(found.values())) @ query_vector + self._lift
        starts = np.cumsum([0, *(len(vectors) for vectors in found.values())])[:-1]
        best = np.maximum.reduceat(near, starts)
        if shared:
            telling = np.abs(near[:, None] - np.array(sorted(shared))[None, :]).min(axis=1) > _SAME
            told = np.maximum.reduceat(np.where(telling, near, -np.inf), starts)
            best = np.where(np.isfinite(told), told, best)
        return dict(zip(found, best.tolist(), strict=True))

    def _evidence(
        self,
        query_tokens: Sequence[str],
        forms: Mapping[str, Sequence[str]] | None,
        dense: Mapping[str, float],
        keyword: Mapping[str, float],
        passages: Sequence[LivePassage],
        has_dense: bool,
    ) -> Evidence:
        words = tuple(dict.fromkeys(content_of(query_tokens) or query_tokens))
        floor = min(dense.values(), default=0.0)
        groups = {article: n for n, article in enumerate(dict.fromkeys(passage.article for passage in passages))}
        said = [(word,) if forms is None else forms.get(word, ()) for word in words]
        idf, known = self._word_weights(said)
        texts = tuple(passage.tokens for passage in passages)
        if forms is not None:
            texts = glossed(texts, forms)
        return Evidence(
            words=words,
            idf=idf,
            known=known,
            cosines=np.array([dense.get(passage.id, floor) for passage in passages], dtype=float),
            bm25=np.array([keyword.get(passage.id, 0.0) for passage in passages], dtype=float),
            covers=word_cover(words, texts),
            texts=texts,
            titles=title_likeness(words, texts),
            groups=np.array([groups[passage.article] for passage in passages], dtype=np.int64),
            dense=has_dense,
        )

    @staticmethod
    def _read(reading: Reading, evidence: Evidence, passages: Sequence[LivePassage], best: Sequence[Hit]) -> Evidence:
        wanted = {hit.passage.id for hit in without_duplicates(best, reading.reader.depth)}
        places = [place for place, passage in enumerate(passages) if passage.id in wanted]

        def readable(place: int) -> Readable:
            passage = passages[place]
            return Readable(passage.title, passage.heading, passage.text)

        return reading.of(evidence, places, readable)

    def _word_weights(self, said: Sequence[Sequence[str]]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """How much each word tells, given the forms that count as it, and whether any article has one of them."""
        try:
            frequencies = np.array([sum(map(self._passages_with, forms)) for forms in said], dtype=float)
            return idf_of(frequencies, self._keywords.count()), frequencies > 0
        except IndexBroken:
            return np.ones(len(said)), np.ones(len(said), dtype=bool)


def _in_turns(forms: Iterable[Sequence[str]]) -> list[str]:
    """The tokens of the forms of each word, one form of each word after the other, so that none fills the query."""
    rows = (form for row in zip_longest(*forms) for form in row if form)
    return list(dict.fromkeys(token for form in rows for token in form.split()))


def _shared(found: Sequence[tuple[str, float]]) -> frozenset[float]:
    """The cosines that so many vectors have exactly that they must be of one text."""
    return frozenset(cosine for cosine, times in Counter(cosine for _, cosine in found).items() if times >= _MANY)


def best_phrasing(found: Sequence[tuple[str, float]]) -> dict[str, float]:
    """The best cosine of each passage, from vector ids of the form "passage id:phrasing number"."""
    best: dict[str, float] = {}
    for vector_id, cosine in found:
        passage_id = vector_id.rpartition(":")[0]
        if cosine > best.get(passage_id, -2.0):
            best[passage_id] = cosine
    return best


def _hits(
    passages: Sequence[LivePassage], evidence: Evidence, dense: Mapping[str, float], keyword: Mapping[str, float]
) -> list[Hit]:
    names, rows = list(evidence.parts), np.column_stack(list(evidence.parts.values())).round(4).tolist()
    return [
        Hit(
            passage, score, dense.get(passage.id, 0.0), keyword.get(passage.id, 0.0), dict(zip(names, row, strict=True))
        )
        for passage, score, row in zip(passages, evidence.scores.tolist(), rows, strict=True)
    ]
