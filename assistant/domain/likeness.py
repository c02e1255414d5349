"""How much two short texts have in common, by their words, in any script."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Mapping
from itertools import pairwise
from typing import TypeVar

_WORDS = re.compile(r"(?=[a-z]*\d|[a-z]{3})[a-z0-9][a-z0-9\-]+|[\u3400-\u9fff\uf900-\ufaff]+")
Key = TypeVar("Key", bound=Hashable)


def terms(text: str) -> frozenset[str]:
    """Words of three letters and more, codes such as L1, and pairs of neighbouring Chinese characters."""
    found: set[str] = set()
    for word in _WORDS.findall(text.lower()):
        found.update(map("".join, pairwise(word)) if word[0] >= "\u3400" and len(word) > 1 else (word,))
    return frozenset(found)


def alike(text: str, others: Mapping[Key, str], *, most: int = 5, least: float = 0.2) -> list[Key]:
    """The keys of the texts most like ``text``, best first.

    The likeness is the cosine of two sets of terms in which a term weighs the less the more texts have it (IDF);
    ``least`` leaves out what shares a stray word only.
    """
    wanted = terms(text)
    sets = {key: terms(other) for key, other in others.items()}
    frequency = Counter(term for found in sets.values() for term in found)
    weight = {term: math.log(1 + (len(sets) + 1) / (1 + count)) ** 2 for term, count in frequency.items()}
    rare = math.log(2 + len(sets)) ** 2

    def size(found: frozenset[str]) -> float:
        return math.sqrt(sum(weight.get(term, rare) for term in found))

    scored = [
        (sum(weight[term] for term in wanted & found) / (size(wanted) * size(found)), key)
        for key, found in sets.items()
        if wanted & found
    ]
    best = sorted((score for score in scored if score[0] >= least), key=lambda score: -score[0])
    return [key for _, key in best[:most]]
