"""Where customers read an article, and where links between articles lead."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import quote, unquote

_FOREIGN = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|/|#)", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:md|markdown|html?|xhtml|txt)$", re.IGNORECASE)


def article_url(article: str, locale: str, anchor: str = "") -> str:
    """The path of an article's page, at the heading if there is one. A slash in an id is percent-encoded."""
    return f"/help/{locale}/{quote(article, safe='')}" + (f"#{anchor}" if anchor else "")


def sibling_url(href: str, article: str, locale: str) -> str:
    """Where a link inside ``article`` leads: a relative one to the article that it names, any other where it says."""
    if not href or _FOREIGN.match(href):
        return href
    path, _, anchor = unquote(href).partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(article), path.split("?")[0]))
    return article_url(_ENDING.sub("", target), locale, anchor)
