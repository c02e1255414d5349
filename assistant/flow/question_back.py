"""The question that a clarifying reply asks, and what can be tapped to answer it."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.domain.answers import Choice, Hit
from assistant.domain.locales import is_chinese
from assistant.flow.extract import in_script
from assistant.flow.voice import say

# Longer names stand on the choices alone: within a sentence they would hide its end.
_LONGEST_IN_TEXT = 80


def question_back(hits: Sequence[Hit], names: Sequence[str], language: str) -> tuple[str, tuple[Choice, ...]]:
    """The question which of the hits is meant, each by its name as a choice; without hits, what it is about at all."""
    if not hits:
        return say("clarify_open", language), ()
    named = names or [hit.passage.title for hit in hits]
    shown = [in_script(hit.passage, name, language) for hit, name in zip(hits, named, strict=True)]
    choices = tuple(
        Choice(name, passage=hit.passage.id, revision=hit.passage.revision)
        for hit, name in zip(hits, shown, strict=True)
    )
    if sum(map(len, shown)) > _LONGEST_IN_TEXT:
        return say("clarify", language), choices
    *first, last = [f"“{name}”" for name in shown] if is_chinese(language) else shown
    listed = ("" if is_chinese(language) else ", ").join(first)
    return say("clarify_between", language, first=listed, last=last), choices
