"""The fields of front matter and FAQ rows, checked and named when they are wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from assistant.domain.articles import ArticleStatus, Audience
from assistant.domain.visible import visible
from assistant.wording import Worded
from ingest.failures import Unreadable

_LONGEST_ID = 300
_ID = re.compile(r"[^\s/\x00-\x1f](?:[^\x00-\x1f]*[^\s/\x00-\x1f])?")


def text_of(value: Any) -> str:
    """A scalar as trimmed text; None is empty."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def texts_of(name: str, value: Any, separators: str) -> tuple[str, ...]:
    """A list of texts, or one text cut at any of ``separators``, without blanks and repeats.

    Raises:
        Unreadable: the value is neither.
    """
    if isinstance(value, Mapping):
        raise Unreadable(Worded("“%(name)s” must be a list of texts.", name=name))
    items: Iterable[Any] = value if isinstance(value, list | tuple) else re.split(separators, text_of(value))
    texts = dict.fromkeys(_item(name, item) for item in items)
    return tuple(text for text in texts if text)


def _item(name: str, item: Any) -> str:
    if isinstance(item, list | tuple | Mapping):
        said = "“%(name)s” must be a list of texts; one of its items is a list or has keys (quote the text)."
        raise Unreadable(Worded(said, name=name))
    return text_of(item)


def id_of(value: Any) -> str:
    """An article id as given, or empty. Raises ``Unreadable`` for one that no URL or file name could carry."""
    found = visible(text_of(value))
    if found and (not _ID.fullmatch(found) or len(found) > _LONGEST_ID or ".." in found.split("/")):
        raise Unreadable(
            Worded(
                "The id “%(id)s” cannot be used: no line break, no / at an end, at most 300 characters.", id=found[:60]
            )
        )
    return found


def audience_of(value: Any) -> Audience:
    """Who may read it, everyone by default. Raises ``Unreadable`` rather than show to all what was meant for few."""
    found = text_of(value).lower().replace("_", "-")
    try:
        return Audience(found) if found else Audience.PUBLIC
    except ValueError as error:
        said = "The audience “%(word)s” is not one of %(names)s."
        raise Unreadable(Worded(said, word=found, names=", ".join(Audience))) from error


def status_of(value: Any) -> ArticleStatus:
    """Published unless it says draft. Raises ``Unreadable`` for any other word."""
    found = text_of(value).lower()
    try:
        return ArticleStatus(found) if found else ArticleStatus.PUBLISHED
    except ValueError as error:
        said = "The status “%(word)s” is not one of %(names)s."
        raise Unreadable(Worded(said, word=found, names=", ".join(ArticleStatus))) from error
