"""What a chat model is given to write an answer from, and the names that are kept from it."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.domain.answers import Hit
from assistant.domain.locales import is_chinese
from assistant.knowledge.scripts import to_simplified, to_traditional

_MOST = 5
# Scores are log odds: what is twenty times less likely to answer than the best passage is not asked to.
_NEAR = 3.0


def spellings(names: Sequence[str]) -> tuple[str, ...]:
    """Names as they may be written, in both Chinese scripts: what is to be kept from a model that answers."""
    every = [form for name in names for form in (name, to_simplified(name), to_traditional(name))]
    return tuple(dict.fromkeys(every))


def material(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Of ``hits`` (at least one, best first), up to five passages: of the best article, and of those nearly as good.

    An article that is merely about something similar has no say in the answer, whatever it asks of a model that reads
    it. Nor have passages in another language than the best one's: a sentence cannot be compared with them word by word.
    """
    best = hits[0]
    language = is_chinese(best.passage.locale)
    near = {hit.passage.article for hit in hits if hit.score >= best.score - _NEAR}
    fitting = [hit for hit in hits if hit.passage.article in near and is_chinese(hit.passage.locale) == language]
    return tuple(fitting[:_MOST])
