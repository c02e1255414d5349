"""Misspelled words of a question, as the knowledge base spells them.

A word that no passage has is compared with those at one slip's distance: a letter too many, missing, wrong, or two in
the wrong order. These can all be listed and looked up, which takes a few milliseconds in a knowledge base of any size
and needs no vocabulary beside the index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

# Of shorter words, one slip makes another word as often as not, and of those this short so does a wrong letter.
_SHORTEST, _SHORT, _LONGEST = 5, 5, 20
# What is meant is something that the knowledge base speaks of, not a word in passing.
_SPOKEN_OF = 2
# A question of mostly unknown words is in another language, not misspelled.
_MOST = 3
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def spelled(tokens: Sequence[str], occurrences: Callable[[str], int]) -> list[str]:
    """The tokens, with misspelled ones as the knowledge base writes them.

    ``occurrences`` tells in how many passages a token occurs.
    """
    unknown = [token for token in dict.fromkeys(tokens) if _may_be_misspelled(token) and not occurrences(token)]
    if not unknown or len(unknown) > _MOST:
        return list(tokens)
    meant = {token: _nearest(token, occurrences) for token in unknown}
    return [meant.get(token) or token for token in tokens]


def _may_be_misspelled(token: str) -> bool:
    return _SHORTEST <= len(token) <= _LONGEST and token.isascii() and token.isalpha()


def _nearest(word: str, occurrences: Callable[[str], int]) -> str:
    """The most frequent of the known words at one slip's distance; empty where there is none."""
    counted = {slip: occurrences(slip) for slip in set(_slips(word))}
    best = max(counted, key=lambda slip: (counted[slip], slip), default="")
    return best if counted.get(best, 0) >= _SPOKEN_OF else ""


def _slips(word: str) -> Iterator[str]:
    """Every word at one slip's distance that begins alike: the first letter is hardly ever wrong."""
    for place in range(1, len(word) + 1):
        before, after = word[:place], word[place:]
        for letter in _LETTERS:
            yield before + letter + after
            if after and len(word) > _SHORT:
                yield before + letter + after[1:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
