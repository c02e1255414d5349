"""Passages as search gives them, each different from a plain one in what a test is about."""

from __future__ import annotations

from typing import Any

from assistant.domain.answers import LivePassage

_PLAIN = LivePassage(
    id="p",
    article="a",
    locale="en",
    revision=1,
    title="",
    heading="",
    anchor="",
    kind="paragraph",
    position=0,
    text="",
    category="",
    audience="public",
    tokens="",
)


def passage(article: str, **differing: Any) -> LivePassage:
    """A passage of an article, with the article's name in its id unless it has one of its own."""
    return _PLAIN._replace(**{"id": f"p-{article}", "article": article, **differing})
