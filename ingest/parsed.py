"""What every format is read into, and how a locale is found."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from assistant.domain.articles import ArticleContent, ArticleKey, ArticleStatus
from assistant.domain.locales import DEFAULT_LOCALE, normalize
from assistant.wording import Worded
from ingest.failures import Unreadable

LocaleOrigin = Literal["article", "option", "html", "folder", "detected", "default"]


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """An article as its source says it; ``locale_from`` tells how its locale was found, ``path`` where it was read."""

    key_id: str
    locale: str
    content: ArticleContent
    status: ArticleStatus
    path: str
    locale_from: LocaleOrigin

    @property
    def key(self) -> ArticleKey:
        """The article's key."""
        return ArticleKey(self.key_id, self.locale)

    @property
    def digest(self) -> str:
        """SHA-256 of all that the source says of this article: one changed row of a file changes one article."""
        return hashlib.sha256(f"{self.content.digest()}\x1e{self.status}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reading:
    """How an import is read: ``--locale``, the locale when nothing else tells, and how a text's language is guessed.

    ``picture`` gives the address at which a picture is shown that the file being read refers to, or "" for none.
    """

    locale: str | None = None
    default_locale: str = DEFAULT_LOCALE
    detect: Callable[[str], str | None] = lambda _text: None
    picture: Callable[[str], str] = lambda _target: ""

    def locale_of(self, said: str, html: str, folder: str | None, text: str) -> tuple[str, LocaleOrigin]:
        """The locale of an article and where it was found: what it says itself, the option, HTML, folder, its text.

        Raises:
            Unreadable: the article itself names something that is no locale.
        """
        if said.strip():
            return _named(said), "article"
        if self.locale:
            return normalize(self.locale), "option"
        marked = _tolerated(html)
        if marked:
            return marked, "html"
        if folder:
            return folder, "folder"
        detected = self.detect(text)
        if detected:
            return normalize(detected), "detected"
        return normalize(self.default_locale), "default"


def _named(locale: str) -> str:
    try:
        return normalize(locale)
    except ValueError as error:
        raise Unreadable(Worded("The locale is wrong: %(problem)s.", problem=error.args[0])) from error


def _tolerated(locale: str) -> str | None:
    """An ``<html lang>`` as stored, or None: templates often leave nonsense there, which is no reason to fail."""
    try:
        return normalize(locale) if locale.strip() else None
    except ValueError:
        return None
