"""Misspelled words of a question, put right as the knowledge base spells them.

A word that no passage has is compared with those at one slip's distance: in English a letter too many, missing, wrong,
or two in the wrong order; in Chinese, which is typed by sound, a character in place of another that sounds alike. These
can all be listed and looked up, which takes a few milliseconds in a knowledge base of any size and needs no vocabulary
beside the index.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from assistant.knowledge.scripts import has_chinese, to_simplified
from assistant.knowledge.segment import content_words, dictionary_words, is_function_word, is_usual

Occurrences = Callable[[str], int]

# Of shorter words, one slip makes another word as often as not, and of those this short so does a wrong letter.
_SHORTEST, _SHORT = 4, 5
_LONGEST_CHINESE = 3
# What is meant is something that the knowledge base speaks of, not a word in passing.
_SPOKEN_OF = 2
# A question of mostly unknown words is in another language, not misspelled.
_MOST = 3
# So is one in which so many neighbours might be one word; trying them all would take long, too.
_MOST_LOOSE = 20
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# A whole word of nothing but letters: no part of a code, a name with a digit, an address or a file.
_WORD = re.compile(r"(?<![\w'’@&+·.-])[A-Za-z]{4,20}(?![\w'’@&+·-]|\.\w)")
_HAN_RUN = re.compile(r"[\u4e00-\u9fff]+")
# A negation typed in place of something else would turn the question round.
_NEGATIONS = frozenset("不没别未无非")


def warm_up() -> None:
    """Load words and sounds now (about a third of a second) instead of within the first mistyped question."""
    _english_words()
    _sounds()


class Spelled(NamedTuple):
    """A text as it was meant; ``slips`` are the words put right, as they were written, each with what was meant."""

    text: str
    slips: Mapping[str, str]


def spelled(text: str, occurrences: Occurrences) -> Spelled:
    """The text with its misspelled words as the knowledge base writes them; in Simplified where Chinese was mended.

    ``occurrences`` tells in how many passages a token occurs.
    """
    slips = _english(text, occurrences)
    if has_chinese(text):
        slips |= _chinese(to_simplified(text), occurrences)
    return Spelled(put_right(text, slips), slips)


def put_right(text: str, slips: Mapping[str, str]) -> str:
    """The text with these slips as they were meant."""
    for written, meant in slips.items():
        if has_chinese(written):
            text = to_simplified(text).replace(written, meant)
        else:
            text = re.sub(rf"\b{written}\b", meant, text)
    return text


def _english(text: str, occurrences: Occurrences) -> dict[str, str]:
    unknown = dict(islice(_unknown(text, occurrences), _MOST + 1))
    if len(unknown) > _MOST:
        return {}
    meant = {word: _surface(word, _most_frequent(set(_slips(stem)), occurrences)) for word, stem in unknown.items()}
    return {word: other for word, other in meant.items() if other}


def _unknown(text: str, occurrences: Occurrences) -> Iterator[tuple[str, str]]:
    """The words that neither a passage nor the dictionary has, each with its stem."""
    for word in dict.fromkeys(_WORD.findall(text)):
        stem = _stem(word.lower())
        if len(stem) >= _SHORTEST and not occurrences(stem) and word.lower() not in _english_words():
            yield word, stem


@lru_cache(maxsize=1)
def _english_words() -> frozenset[str]:
    """The words of the English dictionary: none of them is a slip, whatever the articles speak of."""
    from spellchecker import SpellChecker

    return frozenset(SpellChecker(language="en").word_frequency.words())


def _stem(word: str) -> str:
    """The token of a word that carries meaning; empty for others."""
    found = content_words(word)
    return found[0] if len(found) == 1 else ""


def _most_frequent(candidates: set[str], occurrences: Occurrences) -> str:
    counted = {candidate: occurrences(candidate) for candidate in candidates}
    best = max(counted, key=lambda candidate: (counted[candidate], candidate), default="")
    return best if counted.get(best, 0) >= _SPOKEN_OF else ""


def _slips(word: str) -> Iterator[str]:
    """Every word at one slip's distance that begins alike: the first letter is hardly ever wrong."""
    cuts = [(word[:place], word[place:]) for place in range(1, len(word) + 1)]
    yield from (before + after[1] + after[0] + after[2:] for before, after in cuts if len(after) > 1)
    yield from (before + after[1:] for before, after in cuts if after)
    yield from (before + letter + after for before, after in cuts for letter in _LETTERS)
    if len(word) > _SHORT:
        yield from (before + letter + after[1:] for before, after in cuts if after for letter in _LETTERS)


def _surface(written: str, stem: str) -> str:
    """The word at one slip's distance of what was written that has this stem, in the same case; empty if none has."""
    near = [slip for slip in _slips(written.lower()) if stem and slip.startswith(stem[:-1]) and _stem(slip) == stem]
    meant = next((slip for slip in near if slip in _english_words()), near[0] if near else "")
    if written.isupper():
        return meant.upper()
    return meant.capitalize() if written[0].isupper() else meant


def _chinese(text: str, occurrences: Occurrences) -> dict[str, str]:
    """What was typed with a character that only sounds like the right one, and what was meant.

    Such a slip is hardly ever a word of the dictionary, so it falls apart into single characters.
    """
    loose = list(islice(_loose(text, occurrences), _MOST_LOOSE + 1))
    if len(loose) > _MOST_LOOSE:
        return {}
    slips: dict[str, str] = {}
    mended = -1
    for place, left, right in loose:
        meant = _meant(left, right, occurrences) if place > mended else ""
        if meant:
            slips[left + right] = meant
            mended = place + 1
    return slips if len(slips) <= _MOST else {}


def _loose(text: str, occurrences: Occurrences) -> Iterator[tuple[int, str, str]]:
    """The neighbours that might be one word mistyped, each with its place in the text; they may overlap."""
    place = 0
    for run in _HAN_RUN.findall(text):
        words = [
            part
            for word in dictionary_words(run)
            for part in ((word,) if is_usual(word) or occurrences(word) else word)
        ]
        for offset, (left, right) in enumerate(pairwise(words)):
            may_be_one = len(left + right) <= _LONGEST_CHINESE and not (
                is_function_word(left) or is_function_word(right)
            )
            if may_be_one and not occurrences(left + right):
                yield place + offset, left, right
        place += len(words)


def _meant(left: str, right: str, occurrences: Occurrences) -> str:
    """The known word that two neighbours make once one of them is written as another character of its sound."""
    candidates = {other + right for other in _alike(left)} | {left + other for other in _alike(right)}
    return _most_frequent(candidates, occurrences)


def _alike(word: str) -> Sequence[str]:
    """The other characters of a single character's sound, whatever its tone; none for a word of several."""
    if len(word) > 1 or word in _NEGATIONS:
        return ()
    sounds, characters = _sounds()
    return characters.get(sounds.get(word, ""), ())


@lru_cache(maxsize=1)
def _sounds() -> tuple[dict[str, str], dict[str, list[str]]]:
    """The sound of each character in common use, and the characters of each sound."""
    # How whole phrases are read is not asked, and takes more memory than all the rest.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import lazy_pinyin

    sounds = {character: lazy_pinyin(character)[0] for character in _in_common_use()}
    characters = defaultdict(list)
    for character, sound in sounds.items():
        characters[sound].append(character)
    return sounds, characters


def _in_common_use() -> Iterator[str]:
    """The 6,763 characters of GB 2312, levels 1 and 2."""
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            with suppress(UnicodeDecodeError):  # the last row of level 1 is not full
                yield bytes((row, cell)).decode("gb2312")
