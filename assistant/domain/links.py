"""Where the links of an article lead: to another article of the knowledge base, or elsewhere."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote, urlsplit

from assistant.domain.locales import is_locale

_PAGE = re.compile(r"\.(?:md|markdown|x?html?|txt)$", re.IGNORECASE)


def linked_article(href: str, article_id: str) -> tuple[str, str] | None:
    """The id of the article that a link in ``article_id`` means, and the anchor in it ("" without one).

    None for links to the web, to places of this site (``/…``) and to files that are no pages. A leading locale folder
    is passed over, as it is in ids: ``../zh/hub.md`` and ``hub.md`` mean the same article.
    """
    parts = urlsplit(href)
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return None
    if not parts.path:
        return (article_id, parts.fragment) if parts.fragment else None
    path = unquote(parts.path)
    ending = _PAGE.search(path)
    if ending is None and "." in posixpath.basename(path):
        return None
    page = path[: ending.start()] if ending else path
    whole = posixpath.normpath(posixpath.join(posixpath.dirname(article_id), page))
    inside = [part for part in whole.split("/") if part not in ("", ".", "..")]
    if len(inside) > 1 and is_locale(inside[0]):
        inside = inside[1:]
    return ("/".join(inside), unquote(parts.fragment)) if inside else None
