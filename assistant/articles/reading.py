"""Articles as editors look at them: one, many, and how one came to say what it says."""

from __future__ import annotations

import base64
import binascii
import difflib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from assistant.articles.editing import normal
from assistant.articles.views import (
    ArticlePage,
    ArticleView,
    FieldChange,
    RevisionView,
    Translation,
    revision_view,
    translation,
    view,
)
from assistant.domain import locales
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.errors import Invalid, NotFound
from assistant.storage import articles as storage
from assistant.storage.articles import CategoryCount, Filters
from assistant.storage.database import Database, Session
from assistant.storage.tables import Article
from assistant.wording import Worded

MOST = 200


class Reading:
    """Everything that an editor reads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, article_id: str, locale: str = "", default_locale: str = locales.DEFAULT_LOCALE) -> ArticleView:
        """The article with its newest revision; without ``locale``, in the best one that it has.

        Raises:
            NotFound: there is no such article.
        """
        with self._database.read() as session:
            if not locale:
                locale = _best(storage.locales_of(session, article_id), default_locale)
            article = _found(session, ArticleKey(article_id, locale or default_locale))
            others = _translations(session, [article_id]).get(article_id, [])
            return view(storage.shown(session, article, article.head), _other(others, article.locale))

    def page(self, filters: Filters, cursor: str = "", limit: int = 50) -> ArticlePage:
        """Articles that the filters let through, the last changed first, each with its translations.

        Raises:
            Invalid: the cursor is none that was given.
        """
        limit = max(1, min(limit, MOST))
        if filters.locale:
            filters = filters._replace(locale=normal(ArticleKey("", filters.locale)).locale)
        with self._database.read() as session:
            rows = storage.page(session, filters, _decoded(cursor), limit + 1)
            others = _translations(session, [row.article.article_id for row in rows])
        items = [view(row, _other(others[row.article.article_id], row.article.locale)) for row in rows[:limit]]
        more = len(rows) > limit
        return ArticlePage(items, _encoded(rows[limit - 1].article) if more else "")

    def revisions(self, key: ArticleKey, before: int | None = None, limit: int = 50) -> list[RevisionView]:
        """What the article said at each point, the newest first.

        Raises:
            NotFound: there is no such article.
        """
        with self._database.read() as session:
            article = _found(session, normal(key), deleted=True)
            rows = storage.revisions(session, article, before, max(1, min(limit, MOST)))
            return [revision_view(row, article.published) for row in rows]

    def revision(self, key: ArticleKey, number: int) -> RevisionView:
        """What the article said at one point.

        Raises:
            NotFound: there is no such article or revision.
        """
        with self._database.read() as session:
            article = _found(session, normal(key), deleted=True)
            row = storage.revision(session, article, number)
            if row is None:
                raise NotFound(Worded("The article “%(id)s” has no revision %(n)s.", id=key.id, n=number))
            return revision_view(row, article.published)

    def diff(self, key: ArticleKey, older: int, newer: int) -> list[FieldChange]:
        """The fields that two revisions say differently.

        Raises:
            NotFound: there is no such article or revision.
        """
        with self._database.read() as session:
            article = _found(session, normal(key), deleted=True)
            found = [storage.revision(session, article, number) for number in (older, newer)]
        before, after = (storage.content(row) if row else None for row in found)
        if before is None or after is None:
            said = Worded(
                "The article “%(id)s” has no revisions %(older)s and %(newer)s.", id=key.id, older=older, newer=newer
            )
            raise NotFound(said)
        return _changes(before, after)

    def ids_like(self, start: str) -> set[str]:
        """The ids that begin like this, those of deleted articles too."""
        with self._database.read() as session:
            return storage.ids_like(session, start)

    def categories(self, locale: str = "") -> list[CategoryCount]:
        """Categories in use, with how many articles each has."""
        with self._database.read() as session:
            return storage.categories(session, locale)

    def locales(self) -> list[str]:
        """The locales that articles are written in, the most used first."""
        with self._database.read() as session:
            return storage.locales_in_use(session)

    def sources(self) -> list[tuple[str, datetime | None, int]]:
        """Each source's name, when it was last imported, and how many articles it has."""
        with self._database.read() as session:
            return [(source.name, source.imported_at, articles) for source, articles in storage.sources(session)]

    def counts(self) -> dict[str, int]:
        """How many articles are published, drafts, being published by an import, deleted, or have a newer draft."""
        with self._database.read() as session:
            return {**storage.counts(session), "changed": storage.changed_waiting(session)}

    def every(self) -> Iterator[ArticleView]:
        """Each article with its published revision, or its newest where none is published, by id."""
        with self._database.read() as session:
            for row in storage.every(session):
                yield view(row)


def _found(session: Session, key: ArticleKey, *, deleted: bool = False) -> Article:
    article = storage.by_key(session, normal(key))
    if article is None or (article.deleted_at is not None and not deleted):
        raise NotFound(Worded("There is no article “%(id)s” (%(locale)s).", id=key.id, locale=key.locale))
    return article


def _best(available: list[str], default_locale: str) -> str:
    ordered = [locale for locale in locales.fallbacks(default_locale) if locale in available]
    return next(iter([*ordered, *available]), "")


def _translations(session: Session, article_ids: list[str]) -> dict[str, list[Translation]]:
    found: dict[str, list[Translation]] = defaultdict(list)
    for article in storage.translations(session, article_ids):
        found[article.article_id].append(translation(article))
    return found


def _other(translations: list[Translation], locale: str) -> tuple[Translation, ...]:
    return tuple(each for each in translations if each.locale != locale)


def _encoded(article: Article) -> str:
    plain = f"{article.updated_at.timestamp()!r} {article.id}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _decoded(cursor: str) -> tuple[datetime, int] | None:
    if not cursor:
        return None
    try:
        at, number = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split()
        return datetime.fromtimestamp(float(at), UTC), int(number)
    except (ValueError, binascii.Error, OverflowError) as error:
        raise Invalid("This cursor was not given by this list.", {"field": "cursor"}) from error


def _changes(before: ArticleContent, after: ArticleContent) -> list[FieldChange]:
    changes: list[FieldChange] = []
    for field in ("title", "body", "category", "tags", "audience", "alternates"):
        old, new = _text(getattr(before, field)), _text(getattr(after, field))
        if old != new:
            changes.append(FieldChange(field, old, new, _unified(old, new) if field == "body" else ""))
    return changes


def _text(value: object) -> str:
    return "\n".join(value) if isinstance(value, tuple) else str(value)


def _unified(old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=3)
    return "\n".join(list(lines)[2:])
