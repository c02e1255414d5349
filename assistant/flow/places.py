"""Where in an article the answer stands: how well each of its passages fits a question, and which to quote."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from assistant.domain.answers import Hit
from assistant.domain.articles import PassageKind
from assistant.domain.sentences import sentences
from assistant.flow.amounts import Amount, asked_amounts, stated_amounts
from assistant.knowledge.scripts import to_simplified
from assistant.knowledge.segment import content_of, content_words, tokens

_HOW_TO = re.compile(r"\bhow (?:do|can|could|should|to|would)\b|\bsteps?\b|怎么|如何|怎样|步骤|方法")
# Words that ask, of which a passage that holds them tells nothing.
_ASKING = re.compile(
    r"\b(?:how (?:much|many|long|far|old|fast|big|often|quick)|when|what|which|where|who|why|how)\b"
    r"|多少|多久|几|什么时候|多长|多大|何时|怎么|如何|怎样|什么|哪里|哪个"
)
_HAN = re.compile(r"[\u3400-\u9fff]")
# It shows how what was said works out for somebody.
_EXAMPLE = re.compile(r"^\W*(?:for )?example\b|\bfor example\b|例如|比如|举例|舉例", re.IGNORECASE)
_RULE = re.compile(r"[|\s:\-]+")
# A second passage is quoted when the first leaves this share of the question open and the second covers as much of it.
_LEFT_OPEN = 0.45
# How much less a second passage may fit and still be quoted (more below the same heading, which it belongs under), and
# what a word in a heading tells more than one below it.
_NEARLY_AS_GOOD, _BELONGS = 0.1, 0.15
_HEADING = 0.6
# 专票 is 专用发票 and 锁了 is 锁定: in Chinese the characters of a word tell too, half as much.
_CHARACTER = 0.5
# What a sentence tells that states the amount asked for: something by itself, more with the question's words beside it.
_STATED, _STATED_ABOUT_IT = 0.3, 0.6
_STEPS_ASKED, _STEPS_UNASKED = 0.35, 0.2
# Steps that are asked for know nearly as much of the question as any passage: others are steps of something else.
_STEPS_KNOW = 0.85
# The first passage of an article says what the rest explains.
_LEAD = 0.1


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence, a list item or a row of a table, with its words and those of the row that heads it."""

    text: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as places are judged by it: what each of its words tells within one article, and what is asked for."""

    weights: Mapping[str, float]
    amounts: frozenset[Amount]
    steps: bool

    def covered(self, words: Iterable[str]) -> float:
        """The share of the question that these words cover."""
        total = sum(self.weights.values())
        return sum(self.weights.get(word, 0.0) for word in set(words)) / total if total else 0.0

    def stated(self, unit: Unit) -> float:
        """The share of the kinds of amount asked for that the unit states; of an example, half as much."""
        if not self.amounts:
            return 0.0
        share = len(self.amounts & stated_amounts(unit.text)) / len(self.amounts)
        return 0.5 * share if _EXAMPLE.search(unit.text) else share

    def stated_in(self, hit: Hit) -> frozenset[Amount]:
        """The kinds of amount asked for that a passage states."""
        return frozenset().union(*(self.amounts & stated_amounts(unit.text) for unit in units(hit.passage.text)))


@lru_cache(maxsize=4096)
def unit_of(text: str, head: str = "") -> Unit:
    """A unit of a text under the row of a table that heads it."""
    return Unit(text, with_characters(tokens(f"{head}\n{text}" if head else text)))


def with_characters(words: Iterable[str]) -> frozenset[str]:
    """The words, and of Chinese ones their characters."""
    every = set(words)
    chinese = (character for word in every if not word.isascii() for character in word if _HAN.match(character))
    return frozenset(every.union(chinese))


def units(text: str) -> list[Unit]:
    """What a passage is made of, in order, without the rows that head its tables."""
    found: list[Unit] = []
    head = ""
    for line in (line.strip() for line in text.split("\n")):
        if not line.startswith("|"):
            head = ""
            found.extend(unit_of(sentence) for sentence in sentences(line))
        elif not head:
            head = line
        elif not _RULE.fullmatch(line):
            found.append(unit_of(line, head))
    return found


def headings(hit: Hit) -> frozenset[str]:
    """The words of the headings above a passage, without the title that all passages of an article share."""
    return _cut(hit.passage.tokens)[1]


def words_of(hit: Hit) -> frozenset[str]:
    """The words of a passage and of the headings above it."""
    return _cut(hit.passage.tokens)[0]


# Kept: within a turn, the passages of the best article are looked at from many sides.
@lru_cache(maxsize=256)
def _cut(fields: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a passage with its headings, and those of the headings alone."""
    text, _end, rest = fields.partition("\n")
    above = with_characters(rest.partition("\n")[0].split())
    return with_characters(text.split()) | above, above


def of_best_article(hits: Sequence[Hit]) -> list[Hit]:
    """The hits from the article of the first one, in its language."""
    best = hits[0].passage
    return [hit for hit in hits if (hit.passage.article, hit.passage.locale) == (best.article, best.locale)]


def asked_of(query: str, same: Sequence[Hit]) -> Asked:
    """What a question asks of the passages of one article; a word that every passage has tells little."""
    plain = to_simplified(query).lower()
    words = with_characters(content_words(_ASKING.sub(" ", plain)))
    weights = _weights(content_of(sorted(words)), same)
    return Asked(weights, asked_amounts(query), bool(_HOW_TO.search(plain)))


def _weights(words: Iterable[str], same: Sequence[Hit]) -> dict[str, float]:
    sets = [words_of(hit) for hit in same]
    known = {word: sum(word in found for found in sets) for word in sorted(words)}
    return {
        word: log(1 + len(sets) / (1 + times)) * _worth(word)
        for word, times in known.items()
        # Of a Chinese word that no passage has, 能开 or 专票, the characters tell instead.
        if times or len(word) == 1 or not _HAN.match(word)
    }


def _worth(word: str) -> float:
    return _CHARACTER if len(word) == 1 and _HAN.match(word) else 1.0


def _scores(same: Sequence[Hit]) -> dict[str, float]:
    """What search says for each passage of one article, from 0 for the best to -1 for the last.

    An article's title and phrasings are searched as part of its first passage. They find the article, not the place in
    it, so the first passage counts no more than the best of those under a heading.
    """
    placed = [hit.score for hit in same if hit.passage.heading]
    limit = max(placed) if placed else max(hit.score for hit in same)
    scores = {hit.passage.id: min(hit.score, limit) for hit in same}
    top = max(scores.values())
    spread = max(1e-6, top - min(scores.values()))
    return {passage: (score - top) / spread for passage, score in scores.items()}


def _fit(asked: Asked, hit: Hit, score: float, most: float) -> float:
    covered = asked.covered(words_of(hit))
    value = covered + _HEADING * asked.covered(headings(hit)) + 0.5 * score
    if asked.amounts:
        # Of the sentence alone: a heading asks of all that stands below it.
        told = (
            (_STATED + _STATED_ABOUT_IT * asked.covered(one.words)) * asked.stated(one)
            for one in units(hit.passage.text)
        )
        value += max(told, default=0.0)
    return value + _of_steps(asked, hit, covered, most) + (_LEAD if hit.passage.position == 0 else 0.0)


def _of_steps(asked: Asked, hit: Hit, covered: float, most: float) -> float:
    """What it tells for or against a passage that it consists of steps; ``most`` is what any covers of the question."""
    if hit.passage.kind != PassageKind.STEPS:
        return 0.0
    if asked.steps:
        return _STEPS_ASKED if covered >= _STEPS_KNOW * most else 0.0
    return -_STEPS_UNASKED if asked.amounts else 0.0


def chosen(query: str, hits: Sequence[Hit]) -> list[Hit]:
    """The passages to quote: the best place in the best article, and at most one more.

    The second is one that fits nearly as well (both then stand in the article's order), or one that covers what the
    first leaves open. Where amounts are asked for, it is one that states those which the first does not.
    """
    same = of_best_article(hits)
    asked = asked_of(query, same)
    scores = _scores(same)
    most = max(asked.covered(words_of(hit)) for hit in same)
    fits = [(_fit(asked, hit, scores[hit.passage.id], most), hit) for hit in same]
    (fit, first), *others = sorted(fits, key=lambda found: (-found[0], found[1].passage.position))
    if told := asked.stated_in(first):
        return [first, *[hit for _fit, hit in others if asked.stated_in(hit) - told][:1]]
    near = [hit for value, hit in others if value >= fit - _margin(first, hit)]
    if near:
        return sorted((first, near[0]), key=lambda hit: hit.passage.position)
    return [first, *_rest(query, first, [hit for _fit, hit in others], same)]


def _margin(first: Hit, hit: Hit) -> float:
    return _BELONGS if hit.passage.heading == first.passage.heading else _NEARLY_AS_GOOD


def _rest(query: str, first: Hit, others: Sequence[Hit], same: Sequence[Hit]) -> list[Hit]:
    """The passage that covers what the first leaves open of the question, if much is left and one covers it."""
    every = Asked(_weights(frozenset(content_words(query)), same), frozenset(), False)
    covered = words_of(first)
    left = Asked({word: weight for word, weight in every.weights.items() if word not in covered}, frozenset(), False)
    if not others or sum(left.weights.values()) < _LEFT_OPEN * sum(every.weights.values()):
        return []
    more = max(others, key=lambda hit: left.covered(words_of(hit)))
    return [more] if left.covered(words_of(more)) >= _LEFT_OPEN else []
