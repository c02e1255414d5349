"""Whether the words of a sentence stand in a passage, where, and whether they point the same way there."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from assistant.domain.sentences import sentences
from assistant.flow.claims import Claims, claims_of, plain, quantities_apart
from assistant.flow.numerals import CHINESE_CHARACTERS, ENGLISH
from assistant.flow.units import unit_behind
from assistant.knowledge.nouns import names_a_thing
from assistant.knowledge.scripts import to_simplified
from assistant.knowledge.segment import content_words

_LISTS = json.loads(Path(__file__).with_name("polarity.json").read_text(encoding="utf-8"))
_HAN = re.compile(r"[\u3400-\u9fff]")
_CLAUSE = re.compile(
    r"(?:[;，；：。|()（）]|[,:](?!\d)|(?<!\d)[,:])\s*|\s[–—]\s|\s(?=(?:because|but|while|so that|although|and then)\s)"
    r"|(?=但|因为|所以|否则)"
)

_NEGATIONS = frozenset(_LISTS["negations"].split())
_NEGATIONS_ZH = re.compile("|".join(sorted(_LISTS["negations_zh"].split(), key=len, reverse=True)))
_NOT_NEGATIONS_ZH = re.compile("|".join(_LISTS["not_negations_zh"].split()))
_PHRASES: dict[str, str] = _LISTS["phrases"]
_PHRASE = re.compile(r"\b(?:" + "|".join(sorted(_PHRASES, key=len, reverse=True)) + r")\b")
_WORD = re.compile(r"[a-z_]+(?:['’][a-z]+)?")


@dataclass(frozen=True, slots=True)
class _Side:
    english: frozenset[str]
    chinese: tuple[str, ...]

    def within(self, words: frozenset[str], text: str) -> bool:
        return bool(self.english & words) or any(word in text for word in self.chinese)


_PAIRS = tuple(
    (_Side(frozenset(a.split()), tuple(b.split())), _Side(frozenset(c.split()), tuple(d.split())))
    for a, b, c, d in _LISTS["pairs"]
)
_GENERAL_NOUNS = frozenset(_LISTS["general_nouns"].split())
_WEIGHTY = frozenset(_LISTS["weighty"].split())


@dataclass(frozen=True, slots=True)
class Stretch:
    """A clause, sentence or table row with what is needed to compare it."""

    text: str
    folded: str
    words: frozenset[str]
    content: frozenset[str]
    claims: Claims
    negative: bool


def is_chinese_text(text: str) -> bool:
    """Whether a text is written in Chinese rather than with Latin letters."""
    return len(_HAN.findall(text)) * 3 > sum(character.isalpha() for character in text)


@lru_cache(maxsize=8192)
def stretch(text: str, *, source: bool = False) -> Stretch:
    """A stretch of text, analysed."""
    folded = to_simplified(plain(text)).lower().replace("’", "'")
    joined = _PHRASE.sub(lambda match: _PHRASES[match[0]], folded)
    words = frozenset(_WORD.findall(joined))
    negative = bool(words & _NEGATIONS) or bool(_NEGATIONS_ZH.search(_NOT_NEGATIONS_ZH.sub(" ", folded)))
    content = frozenset(word for word in content_words(quantities_apart(folded)) if not _is_numeral(word))
    return Stretch(text, joined, words, content, claims_of(text, source=source), negative)


def _is_numeral(word: str) -> bool:
    """Whether a word is a number, perhaps with its unit: those are compared by value, not as words."""
    rest = word.lstrip("0123456789.," + CHINESE_CHARACTERS)
    return word in ENGLISH or (rest != word and unit_behind(rest, 0)[1] == len(rest))


@dataclass(frozen=True, slots=True)
class Source:
    """Passages as evidence: their headings, which hold for all of it, and their sentences, rows and clauses."""

    context: Stretch
    units: tuple[Stretch, ...]
    clauses: tuple[Stretch, ...]
    chinese: bool
    weights: dict[str, float]
    text: str

    def weight(self, words: frozenset[str]) -> float:
        """How much the words tell apart here: one that stands in every unit tells little, one that is new, most."""
        return sum(self.weights.get(word, 1.0) for word in words)

    def has(self, word: str) -> bool:
        """Whether a content word stands anywhere in the passages."""
        return word in self.weights or word in self.context.content or (bool(_HAN.search(word)) and word in self.text)

    def foreign_things(self, part: Stretch) -> list[str]:
        """Chinese nouns that no passage holds, apart from those that fit any text."""
        unknown = (word for word in part.content if len(word) > 1 and _HAN.match(word) and not self.has(word))
        return sorted(word for word in unknown if self._is_foreign(word))

    def _is_foreign(self, word: str) -> bool:
        # Characters that all stand here are more likely other words cut wrongly than a thing from elsewhere.
        new = any(character not in self.text for character in word)
        return new and word not in _GENERAL_NOUNS and names_a_thing(word)

    def coverage(self, part: Stretch) -> float:
        """The share of the content words that stand in the passages; 1.0 for a part without any.

        A "not" of its own somewhere in the passages supports nothing: whether it belongs here is ``turned``'s question.
        """
        words = part.content - _NEGATIONS
        return sum(self.has(word) for word in words) / len(words) if words else 1.0


@lru_cache(maxsize=512)
def source_of(passages: tuple[str, ...]) -> Source:
    """Passages made ready to check sentences against. Lines that begin with ``#`` are headings."""
    units: list[str] = []
    headings: list[str] = []
    for passage in passages:
        lines = passage.splitlines()
        headings += [line for line in lines if line.startswith("#")]
        body = "\n".join(line for line in lines if not line.startswith("#"))
        units += _units(body)
    analysed = tuple(stretch(unit, source=True) for unit in units)
    counts = Counter(word for unit in analysed for word in unit.content)
    whole = "\n".join(passages)
    return Source(
        context=stretch("\n".join(headings), source=True),
        units=analysed,
        clauses=tuple(stretch(clause, source=True) for unit in [*headings, *units] for clause in clauses(unit)),
        chinese=is_chinese_text(whole),
        weights={word: 1.0 / count for word, count in counts.items()},
        text=to_simplified(plain(whole)).lower(),
    )


def _units(body: str) -> Iterator[str]:
    """Sentences; of a table, each row with the header above it."""
    header = ""
    for sentence in sentences(body):
        if not sentence.startswith("|"):
            header = ""
            yield sentence
        elif not header:
            header = sentence
            yield sentence
        elif not re.fullmatch(r"[|\s:\-]+", sentence):
            yield f"{sentence} {header}"


def clauses(text: str) -> list[str]:
    """The clauses of a sentence that hold enough to compare; shorter ones stay with the one before."""
    found: list[str] = []
    for part in _CLAUSE.split(plain(text)):
        if not part or not part.strip():
            continue
        if found and len(content_words(part)) < 2:
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def best_units(part: Stretch, source: Source, among: Sequence[Stretch], near: float = 0.95) -> list[Stretch]:
    """The units that share most with ``part``: the best one, and those nearly as good."""
    scored = [(source.weight(part.content & unit.content), unit) for unit in among]
    top = max((score for score, _ in scored), default=0.0)
    return [unit for score, unit in scored if score > 0 and score >= near * top]


def turned(part: Stretch, source: Source) -> str:
    """How ``part`` contradicts the clauses that it shares most with: ``negation``, ``condition``, or empty if not."""
    near = best_units(part, source, source.clauses)
    if not near:
        return ""
    if all(clause.negative != part.negative for clause in near):
        return "negation"
    wider = best_units(part, source, source.units)
    if _opposite(part, wider) or _opposite(part, near):
        return "condition"
    weighty = {word for word in _WEIGHTY if word in part.words or (_HAN.match(word) and word in part.folded)}
    missing = [word for word in weighty if not any(word in unit.words or word in unit.folded for unit in wider)]
    return "condition" if missing else ""


def _opposite(part: Stretch, near: Sequence[Stretch]) -> bool:
    for one, other in _PAIRS:
        for said, unsaid in ((one, other), (other, one)):
            if not said.within(part.words, part.folded) or unsaid.within(part.words, part.folded):
                continue
            if all(unsaid.within(u.words, u.folded) and not said.within(u.words, u.folded) for u in near):
                return True
    return False
