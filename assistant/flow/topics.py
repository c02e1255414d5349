"""Recognise topics that always go to a person by their words, without a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.domain.rollout import Topic
from assistant.domain.visible import visible
from assistant.knowledge.scripts import levelled

# Scripts that are written without spaces between words: a phrase may begin and end anywhere in them.
_UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_MARKS = re.compile(r"[\W_]+")
_IDLE_SPACE = re.compile(rf"(?<=[{_UNSPACED}]) | (?=[{_UNSPACED}])")
# Shorter words change their meaning with an s: “new”, “news”.
_INFLECTED = 4
_ENDINGS = ("s", "es")


@dataclass(frozen=True, slots=True)
class Recognised:
    """A topic, and the phrase by which it was recognised as the admin wrote it."""

    topic: str
    phrase: str


def topic_in(text: str, topics: Sequence[Topic]) -> Recognised | None:
    """The first of ``topics`` that one of the words or phrases in ``text`` belongs to.

    Letter case, width, punctuation, hidden characters and the Chinese script make no difference. A word in letters
    must stand by itself, or with the ending of a plural; a phrase in Chinese is found wherever it stands.
    """
    if not topics:
        return None
    said = folded(text)
    for topic in topics:
        for phrase, wanted in _phrases(topic):
            if _says(said, wanted):
                return Recognised(topic.name, phrase)
    return None


def folded(text: str) -> str:
    """Text as it is compared: visible, one width, lower case, Simplified, words apart by single spaces."""
    plain = levelled(visible(text))
    return _IDLE_SPACE.sub("", _MARKS.sub(" ", plain)).strip()


@lru_cache(maxsize=256)
def _phrases(topic: Topic) -> tuple[tuple[str, str], ...]:
    return tuple((phrase, folded(phrase)) for phrase in topic.phrases)


def _says(said: str, wanted: str) -> bool:
    start = said.find(wanted) if wanted else -1
    while start >= 0:
        end = start + len(wanted)
        if not _runs_on(said[start - 1 : start], wanted[0]) and _ends(said, end, wanted):
            return True
        start = said.find(wanted, start + 1)
    return False


def _ends(said: str, end: int, wanted: str) -> bool:
    """Whether the word that ``wanted`` ends with ends at ``end`` too, its plural included."""
    ends = [end]
    if wanted[-1].isalpha() and len(wanted.rsplit(" ", 1)[-1]) >= _INFLECTED:
        ends += [end + len(ending) for ending in _ENDINGS if said.startswith(ending, end)]
    return any(not _runs_on(wanted[-1], said[at : at + 1]) for at in ends)


def _runs_on(before: str, after: str) -> bool:
    """Whether two neighbouring characters are of one word."""
    return before.isalnum() and after.isalnum() and not _IS_UNSPACED.search(before + after)
