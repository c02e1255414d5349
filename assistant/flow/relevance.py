"""What of a search is worth listing to somebody who looks around: the nearest passages of nonsense are nonsense."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.domain.answers import Hit
from assistant.flow.request import Retrieved
from assistant.knowledge.segment import tokens


def related(query: str, found: Retrieved) -> Sequence[Hit]:
    """The hits that share a word with ``query``, or that begin one with its words, which may still be in the typing.

    All of them, if the best one nearly answers it: then meaning found what words did not, in another language for one.
    """
    if found.is_nearly_sure:
        return found.hits
    begun = tuple(word for word in tokens(query) if len(word) > 1 or not word.isascii())
    return [hit for hit in found.hits if hit.keyword > 0 or _has_word_beginning(begun, hit)]


def _has_word_beginning(begun: tuple[str, ...], hit: Hit) -> bool:
    return bool(begun) and any(word.startswith(begun) for word in hit.passage.tokens.split())
