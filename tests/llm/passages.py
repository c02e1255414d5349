"""Passages to write from."""

from __future__ import annotations

from assistant.domain.answers import Hit, LivePassage


def hit(
    text: str,
    title: str = "Returns",
    heading: str = "",
    article: str = "returns",
    locale: str = "en",
    category: str = "",
) -> Hit:
    """A passage as search gives it."""
    passage = LivePassage(
        id=f"p-{article}",
        article=article,
        locale=locale,
        revision=1,
        title=title,
        heading=heading,
        anchor="",
        kind="text",
        position=0,
        text=text,
        category=category,
        audience="public",
        tokens="",
    )
    return Hit(passage, 1.0, 1.0, 1.0)


RETURNS = hit("You can return goods within 30 days. Refunds take 5 working days.")
