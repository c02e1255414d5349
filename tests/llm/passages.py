"""Passages to write from."""

from __future__ import annotations

from assistant.domain.answers import Hit
from tests.passages import passage


def hit(
    text: str,
    title: str = "Returns",
    heading: str = "",
    article: str = "returns",
    locale: str = "en",
    category: str = "",
) -> Hit:
    """A passage as search gives it."""
    found = passage(article, locale=locale, title=title, heading=heading, kind="text", text=text, category=category)
    return Hit(found, 1.0, 1.0, 1.0)


RETURNS = hit("You can return goods within 30 days. Refunds take 5 working days.")
