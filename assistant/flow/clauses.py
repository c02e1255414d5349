"""The clauses of a message: what it says one after another, the question and the story around it."""

from __future__ import annotations

import re

from assistant.knowledge.segment import content_words

_ENDS = re.compile(r"[,;:.?!]+(?:\s+|$)|[，。；：？！、～]+|\s+(?:and|but|so|because)\s+(?=\w+ \w+ \w+)", re.IGNORECASE)
# One word that tells something is a topic, not a question.
_LEAST = 2
# Of a longer message, those that say most.
_MOST = 4


def clauses(text: str) -> tuple[str, ...]:
    """The clauses of what was said last in a text that say something by themselves, longest first.

    Empty where it is not made of several. What was said before stands on lines of its own.
    """
    *earlier, last = text.strip().split("\n")
    told = {clause.strip(): len(set(content_words(clause))) for clause in _ENDS.split(last)}
    found = sorted((clause for clause, words in told.items() if words >= _LEAST), key=lambda clause: -told[clause])
    return tuple(found[:_MOST]) if earlier or len(found) > 1 else ()
