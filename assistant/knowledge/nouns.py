"""Which Chinese words name things, so that a product or place that no source mentions stands out."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from assistant.errors import ModelUnavailable


@lru_cache(maxsize=1)
def _dictionary() -> tuple[frozenset[str], frozenset[str]]:
    """The nouns and the other words of jieba's dictionary, whose lines are a word, its frequency and its class."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise ModelUnavailable("jieba is not installed: install Askdesk's dependencies again.")
    with Path(spec.origin).with_name("dict.txt").open(encoding="utf-8") as lines:
        entries = [line.rstrip().split(" ") for line in lines]
    return (
        frozenset(word for word, _, tag in entries if len(word) > 1 and tag.startswith("n")),
        frozenset(word for word, _, tag in entries if len(word) > 1 and not tag.startswith("n")),
    )


def names_a_thing(word: str) -> bool:
    """Whether a Chinese word of two or more characters is a noun, or none that the dictionary knows, as brands are."""
    nouns, others = _dictionary()
    return word in nouns or word not in others
