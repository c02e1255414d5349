"""The evidence for each candidate passage, and the score that it comes to: pure functions, no index and no I/O.

Scores are weighed by what they are worth for this query. The cosine counts in units of its own spread among the
candidates, so that it means the same under any encoder. The keyword side counts as a share of all that the query's
words could tell, words that the knowledge base does not know included: a question in another language than the passages
then shares next to nothing with them, and the cosine alone decides.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assistant.domain.answers import Hit, LivePassage
from assistant.domain.locales import fallbacks
from assistant.knowledge.segment import content_of

Floats = NDArray[np.float64]

# One set of constants for all collections, chosen by eval/search_quality.py on the development data.
KEYWORD_WEIGHT = 2.0
COVERAGE_WEIGHT = 3.0
TITLE_WEIGHT = 2.0
TOGETHER_WEIGHT = 2.0
IN_ORDER_WEIGHT = 1.0
READING_WEIGHT = 0.4

_SPREAD_OVER = 32
_REACH = 0.13
# Where the query's words stand is asked of the best candidates alone: no other is lifted past them by that.
_COMPARED = 12
_TOGETHER = 12
_IN_ORDER = 6
_NEAR_DUPLICATE = 0.03
_TRANSLATION_MARGIN = 2.0


@dataclass(frozen=True)
class Evidence:
    """What the searches say of ``n`` candidates for a query of ``m`` distinct content words.

    ``cosines`` and ``bm25``: (n,); ``covers``: (n, m), which passage has which word; ``idf``: (m,); ``known``: (m,),
    which words occur anywhere in the knowledge base; ``groups``: (n,), equal for passages of one article in any locale.
    ``texts``: the tokens of each candidate in order, joined by white space; ``titles``: (n,), how alike query and title
    are (``title_likeness``). ``together``: (n,), what it adds that the query's words stand close together in a passage;
    None where that was not looked at. ``dense`` is False when no encoder answered, and the cosines mean nothing.
    ``read``: (n,), what a reader says of how surely each candidate answers the query, NaN for those that it has not
    read; None where nothing was read.
    """

    words: tuple[str, ...]
    idf: Floats
    known: NDArray[np.bool_]
    cosines: Floats
    bm25: Floats
    covers: NDArray[np.bool_]
    groups: NDArray[np.int64]
    texts: tuple[str, ...] = ()
    titles: Floats | None = None
    together: Floats | None = None
    dense: bool = True
    read: Floats | None = None

    @cached_property
    def mass(self) -> float:
        """All that the query's words could tell."""
        return float(self.idf.sum())

    @cached_property
    def coverage(self) -> Floats:
        """The share of the query's idf mass that each passage has, 0 to 1: (n,)."""
        if not self.mass:
            return np.zeros(len(self.cosines))
        return np.asarray(self.covers @ self.idf / self.mass, dtype=float)

    @cached_property
    def keyword_share(self) -> Floats:
        """BM25 in units of the query's idf mass, about 0 to 2: (n,)."""
        if not self.mass:
            return np.zeros(len(self.bm25))
        return np.asarray(self.bm25 / self.mass, dtype=float)

    @cached_property
    def parts(self) -> Mapping[str, Floats]:
        """What each side adds to the score of each candidate, by name: (n,) each."""
        found = {
            "dense": _dense_units(self),
            "keyword": KEYWORD_WEIGHT * self.keyword_share,
            "coverage": COVERAGE_WEIGHT * self.coverage,
        }
        if self.titles is not None:
            found["title"] = TITLE_WEIGHT * self.titles
        if self.together is not None:
            found["together"] = self.together
        return found if self.read is None else {**found, "reader": READING_WEIGHT * _above_the_least(self.read)}

    @cached_property
    def scores(self) -> Floats:
        """The score that candidates are ordered by: (n,)."""
        return np.asarray(sum(self.parts.values()), dtype=float)


def _dense_units(evidence: Evidence) -> Floats:
    """How far each cosine stands above the candidates' mean, in units of how far apart they lie: (n,)."""
    cosines = evidence.cosines
    if not evidence.dense or not cosines.size:
        return np.zeros(len(cosines))
    best = np.sort(cosines)[::-1][:_SPREAD_OVER]
    # Two views of how far apart cosines are that mean different things: how they spread here, and what is left to 1.
    # Their geometric mean is steadier than either, in a small knowledge base most of all.
    spread = max(math.sqrt(float(best.std()) * _REACH * max(0.0, 1.0 - float(best[0]))), 1e-4)
    return np.asarray((cosines - best.mean()) / spread, dtype=float)


def _above_the_least(read: Floats) -> Floats:
    """How far each is above the least of those that were read; one that was not gains nothing on any of them."""
    if np.isnan(read).all():
        return np.zeros(len(read))
    least = float(np.nanmin(read))
    return np.asarray(np.nan_to_num(read, nan=least) - least, dtype=float)


def idf_of(frequencies: ArrayLike, total: int) -> Floats:
    """BM25's inverse document frequency of tokens that so many of ``total`` passages have: how much each tells.

    Always above 0, and highest for a token that no passage has.
    """
    df = np.asarray(frequencies, dtype=float)
    return np.asarray(np.log(1.0 + (np.maximum(max(1, total), df) - df + 0.5) / (df + 0.5)), dtype=float)


def word_cover(words: Sequence[str], texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which of the texts (tokens joined by white space) has which word: (n, m)."""
    # Looking for a word between two spaces is twice as fast as making a set of each text.
    sought = [f" {word} " for word in words]
    padded = [f" {text} ".replace("\n", " ") for text in texts]
    rows = [[word in text for word in sought] for text in padded]
    return np.array(rows, dtype=bool).reshape(len(texts), len(words))


def glossed(texts: Sequence[str], forms: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The texts with each of the words written behind every one of its ``forms``, as a gloss in another language.

    ``texts`` are tokens, a field a line; a form is a few tokens joined by a space. A word that is no form of itself,
    but stands in a text by chance, is left out.
    """
    strangers = [f" {word} " for word, said in forms.items() if word not in said]
    glosses: dict[str, str] = {}
    for word, said in forms.items():
        for form in (f" {each} " for each in said if each != word):
            glosses[form] = f"{glosses.get(form, form)}{word} "
    # A gloss behind a short form would stand in the middle of a longer one that holds it.
    longest_first = sorted(glosses.items(), key=lambda pair: -len(pair[0]))
    found = []
    for text in texts:
        written = " " + text.replace("\n", " \n ") + " "
        for word in strangers:
            while word in written:
                written = written.replace(word, " ")
        for form, gloss in longest_first:
            if form in written:
                written = written.replace(form, gloss)
        found.append(written.strip(" ").replace(" \n ", "\n"))
    return tuple(found)


def title_likeness(words: Sequence[str], texts: Sequence[str]) -> Floats:
    """The share of the words of query and title that both have, 0 to 1: (n,).

    ``texts`` have a passage's fields a line each, the title third. That a page has the query's words tells what it
    speaks of; that its title has them and no others tells what it is about, which short questions ask for.
    """
    asked = frozenset(words)
    titles = [frozenset(content_of(text.split("\n", 3)[2].split())) for text in texts]
    return np.array([len(asked & title) / len(asked | title) if title else 0.0 for title in titles], dtype=float)


def with_togetherness(evidence: Evidence) -> Evidence:
    """The evidence with what it adds that the best candidates have the query's words close together.

    A passage that has the words of a question in one sentence is likelier to answer it than one that has them here and
    there. Those that are not looked at gain as little as the least of those that are.
    """
    if len(evidence.words) < 2 or not evidence.mass:
        return evidence
    best = np.argsort(-evidence.scores, kind="stable")[:_COMPARED]
    weights = evidence.idf.tolist()
    found = [
        stands_together(evidence.words, weights, evidence.texts[place].split("\n", 1)[0].split(), _TOGETHER)
        for place in best.tolist()
    ]
    gains = [TOGETHER_WEIGHT * together / evidence.mass + IN_ORDER_WEIGHT * in_order for together, in_order in found]
    together = np.full(len(evidence.cosines), min(gains, default=0.0))
    together[best] = gains
    return replace(evidence, together=together)


def stands_together(
    words: Sequence[str], weights: Sequence[float], tokens: Sequence[str], within: int
) -> tuple[float, float]:
    """How closely the words stand together among the tokens.

    First the most that those of them weigh which stand within ``within`` tokens of each other, then the share of
    neighbouring words that stand near each other there too, in the same order.
    """
    number = {word: place for place, word in enumerate(words)}
    seen = [(at, number[token]) for at, token in enumerate(tokens) if token in number]
    inside = [0] * len(words)
    best, weight, start, in_order = 0.0, 0.0, 0, set[int]()
    for end, (at, word) in enumerate(seen):
        weight += 0.0 if inside[word] else weights[word]
        inside[word] += 1
        while at - seen[start][0] > within:
            left = seen[start][1]
            inside[left] -= 1
            weight -= 0.0 if inside[left] else weights[left]
            start += 1
        best = max(best, weight)
        in_order.update(
            before for place, before in seen[max(0, end - 4) : end] if before == word - 1 and at - place <= _IN_ORDER
        )
    return best, len(in_order) / max(1, len(words) - 1)


def one_locale_each(hits: Sequence[Hit], locale: str) -> list[Hit]:
    """The hits without second translations: of each article, one locale stays, the customer's if it is as good.

    Another locale stays only where it scores clearly higher: then the customer's own says something else there. The
    best score among the translations goes to the best hit that stays.
    """
    if len({hit.passage.locale for hit in hits}) < 2:
        return sorted(hits, key=lambda hit: -hit.score)
    order = {name: place for place, name in enumerate(fallbacks(locale))}
    tops: dict[str, dict[str, float]] = {}
    for hit in hits:
        of_article = tops.setdefault(hit.passage.article, {})
        of_article[hit.passage.locale] = max(hit.score, of_article.get(hit.passage.locale, hit.score))
    return sorted(_kept(hits, tops, order), key=lambda hit: -hit.score)


def _kept(hits: Sequence[Hit], tops: dict[str, dict[str, float]], order: dict[str, int]) -> Iterator[Hit]:
    raised: set[str] = set()
    for hit in sorted(hits, key=lambda each: -each.score):
        scores = tops[hit.passage.article]
        best = max(scores.values())
        close = [name for name, score in scores.items() if score >= best - _TRANSLATION_MARGIN]
        if hit.passage.locale != min(close, key=lambda name: order.get(name, len(order))):
            continue
        if hit.passage.article not in raised and hit.score < best:
            hit = Hit(hit.passage, best, hit.dense, hit.keyword, {**hit.why, "translation": best - hit.score})
        raised.add(hit.passage.article)
        yield hit


def without_duplicates(hits: Sequence[Hit], k: int) -> list[Hit]:
    """The first ``k`` hits of which no two say the same, the better one of each pair kept.

    Passages that differ in a number or a code ("H1", "H2") are never the same, however alike the rest is.
    """
    kept: list[Hit] = []
    # By length: what is much longer or shorter is not even compared.
    sets: dict[int, list[frozenset[str]]] = defaultdict(list)
    for hit in hits:
        if len(kept) == k:
            break
        words = body_words(hit.passage)
        reach = int(len(words) * _NEAR_DUPLICATE / (1.0 - _NEAR_DUPLICATE) + 1e-9)
        near = (other for length in range(len(words) - reach, len(words) + reach + 1) for other in sets.get(length, ()))
        if not any(_says_the_same(words, other) for other in near):
            kept.append(hit)
            sets[len(words)].append(words)
    return kept


def followed_by(hits: Sequence[Hit], others: Sequence[Hit]) -> list[Hit]:
    """The hits of one search and behind them what else another one found, each passage once.

    Scores of two searches cannot be compared: those of the others are lowered to the last one before them.
    """
    found = {hit.passage.id: hit for hit in hits}
    least = min((hit.score for hit in hits), default=math.inf)
    for hit in others:
        if hit.score > least:
            hit = hit._replace(score=least, why={**hit.why, "behind": least - hit.score})
        found.setdefault(hit.passage.id, hit)
    return list(found.values())


def same_as(hit: Hit, others: Sequence[Hit]) -> Hit | None:
    """The first of the others that says the same, if one does."""
    words = body_words(hit.passage)
    return next((other for other in others if _says_the_same(words, body_words(other.passage))), None)


def body_words(passage: LivePassage) -> frozenset[str]:
    """The distinct tokens of a passage's own text."""
    return frozenset(passage.tokens.split("\n", 1)[0].split()) or frozenset((passage.text,))


def _says_the_same(one: frozenset[str], other: frozenset[str]) -> bool:
    allowed = _NEAR_DUPLICATE * max(len(one), len(other))
    if abs(len(one) - len(other)) > allowed:
        return False
    # What they share is little of most, and so found sooner than what they do not.
    if len(one) + len(other) - 2 * len(one & other) > allowed:
        return False
    return not any(any(c.isdigit() for c in word) for word in one ^ other)
