"""Where customers read an article, and where links between articles lead."""

from __future__ import annotations

from urllib.parse import quote

from assistant.domain.links import linked_article


def article_url(article: str, locale: str, anchor: str = "") -> str:
    """The path of an article's page, at the heading if there is one. A slash in an id is percent-encoded."""
    return f"/help/{locale}/{quote(article, safe='')}" + (f"#{anchor}" if anchor else "")


def sibling_url(href: str, article: str, locale: str) -> str:
    """Where a link inside ``article`` leads: a relative one to the article that it names, any other where it says."""
    linked = linked_article(href, article)
    return href if linked is None else article_url(linked[0], locale, linked[1])
