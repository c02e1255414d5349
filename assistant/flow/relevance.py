"""Which hits concern what was asked: the nearest passages of nonsense are nonsense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.domain.answers import Hit
from assistant.domain.locales import is_chinese
from assistant.flow.request import Retrieved
from assistant.knowledge.segment import content_of, tokens
from assistant.knowledge.spelling import put_right

# Asked after two about something else, .153 of the unanswerable questions are answered so, and .181 if any hit counts;
# alone .148 (`askdesk eval run switched`).
HALF = 0.5
# So small a share that a single word is enough.
A_WORD = 1e-6


def related(query: str, found: Retrieved) -> Sequence[Hit]:
    """The hits that share a word with ``query``, or that begin one with its words, which may still be in the typing.

    All of them, if the best one nearly answers it: then meaning found what words did not, in another language for one.
    """
    if found.is_nearly_sure:
        return found.hits
    begun = tuple(word for word in tokens(query) if len(word) > 1 or not word.isascii())
    return [hit for hit in found.hits if hit.keyword > 0 or _has_word_beginning(begun, hit)]


def is_about(message: str, language: str, hits: Sequence[Hit], slips: Mapping[str, str], least: float = HALF) -> bool:
    """Whether any of the hits for a message read together with earlier questions is about the message, too.

    It is if it has at least the share ``least`` of the message's own words, put right where they are ``slips``. A
    message without any, or in another language than the hit, is taken at its meaning.
    """
    words = set(content_of(tokens(put_right(message, slips))))
    return any(
        not words
        or is_chinese(language) != is_chinese(hit.passage.locale)
        or len(words.intersection(hit.passage.tokens.split())) >= least * len(words)
        for hit in hits
    )


def _has_word_beginning(begun: tuple[str, ...], hit: Hit) -> bool:
    return bool(begun) and any(word.startswith(begun) for word in hit.passage.tokens.split())
