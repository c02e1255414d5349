"""The parts of a message: the question and the story around it, clause by clause."""

from __future__ import annotations

import re

from assistant.knowledge.segment import content_words

# Marks behind which a clause ends, for whoever looks at the first one of a message.
CLAUSE_END = re.compile(r"[,;:.?!，。；：？！\n]+")

_HAN = "[\u3400-\u9fff]"
# Each run of marks or spaces is looked at once, from where it begins: messages are anybody's.
_ENDS = re.compile(
    r"(?<![,;:.?!])[,;:.?!]+(?:\s+|$)"
    rf"|(?<={_HAN})[,;:.?!]+(?={_HAN})"
    r"|[，。；：？！、～\n]+"
    r"|(?<!\s)\s+(?:and|but|so|because)\s+(?=\S+ \S+ \S)",
    re.IGNORECASE,
)
# One word that tells something is a topic, not a question.
_LEAST = 2
# Of a longer message, those that say most.
_MOST = 4


def parts_of(message: str) -> tuple[str, ...]:
    """The clauses of a message that say something by themselves, longest first; empty where there are not several."""
    clauses = [clause.strip() for clause in _ENDS.split(message)]
    if len(clauses) == 1:
        return ()
    said = {clause: len(set(content_words(clause))) for clause in clauses}
    found = sorted((clause for clause, words in said.items() if words >= _LEAST), key=lambda clause: -said[clause])
    return tuple(found[:_MOST]) if len(found) > 1 else ()
