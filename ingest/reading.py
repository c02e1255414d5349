"""How an import guesses the language of files that name none."""

from __future__ import annotations

from assistant.articles.editing import normal
from assistant.container import Container
from assistant.domain.articles import ArticleKey
from assistant.knowledge.scripts import detect_locale
from ingest.parsed import Reading


def reading_of(container: Container, locale: str = "") -> Reading:
    """Reading with ``locale`` for files that name none, else with what their text is written in.

    Raises:
        Invalid: the locale is no language tag.
    """
    if locale:
        locale = normal(ArticleKey("", locale)).locale
    default = container.installation.current().site.default_locale
    return Reading(locale or None, default, lambda text: detect_locale(text, default))
