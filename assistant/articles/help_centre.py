"""The help centre: what readers without an account find, in their language or the nearest there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from assistant.articles.editing import normal
from assistant.domain.answers import Hit
from assistant.domain.articles import ArticleKey, Audience
from assistant.domain.locales import fallbacks
from assistant.errors import NotFound
from assistant.storage import articles as storage
from assistant.storage.database import Database

PUBLIC = (Audience.PUBLIC,)

Find = Callable[[str, str, int], Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class HelpArticle:
    """A published article as a reader sees it. ``locale`` is the one found, ``others`` the locales it is also in."""

    id: str
    locale: str
    title: str
    body: str
    category: str
    tags: tuple[str, ...]
    revision: int
    updated_at: datetime
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HelpCategory:
    """A category and its articles, the most read first."""

    name: str
    articles: tuple[HelpArticle, ...]


@dataclass(frozen=True, slots=True)
class HelpHit:
    """An article that a search found, and the passage that it was found by."""

    article: HelpArticle
    heading: str
    anchor: str
    text: str


class HelpCentre:
    """Published articles for readers; every method shows only what the audiences may read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def article(self, article_id: str, locale: str, audiences: Sequence[Audience] = PUBLIC) -> HelpArticle:
        """The article in the reader's locale, or else the nearest one that it is published in.

        Raises:
            NotFound: nothing of that id is published for this reader.
        """
        order = _order(locale)
        with self._database.read() as session:
            locales = storage.locales_of(session, article_id, published=True)
            found = storage.readable(session, [article_id], locales, audiences)
        if not found:
            raise NotFound("There is no such article, or it is no longer published.")
        best = min(found, key=lambda shown: _rank(shown.article.locale, order))
        others = tuple(shown.article.locale for shown in found if shown is not best)
        return _help_article(best, others)

    def categories(self, locale: str, audiences: Sequence[Audience] = PUBLIC) -> list[HelpCategory]:
        """All categories by name, each with its articles; an article not in the locale appears in the nearest one.

        Articles without a category come last, under an empty name.
        """
        order = _order(locale)
        with self._database.read() as session:
            found = storage.published(session, order, audiences)
        grouped: dict[str, list[HelpArticle]] = {}
        for shown in _one_locale_each(found, order):
            grouped.setdefault(shown.article.category, []).append(_help_article(shown))
        names = sorted(grouped, key=lambda name: (name == "", name))
        return [HelpCategory(name, tuple(grouped[name])) for name in names]

    def popular(self, locale: str, limit: int = 6, audiences: Sequence[Audience] = PUBLIC) -> list[HelpArticle]:
        """The articles that are read most: those in the reader's language, then others where these are too few."""
        found: dict[str, storage.Shown] = {}
        with self._database.read() as session:
            for tried in _order(locale):
                for shown in storage.published(session, (tried,), audiences, limit=2 * limit):
                    found.setdefault(shown.article.article_id, shown)
                if len(found) >= limit:
                    break
        return [_help_article(shown) for shown in found.values()][:limit]

    def search(
        self, query: str, locale: str, find: Find, limit: int = 20, audiences: Sequence[Audience] = PUBLIC
    ) -> list[HelpHit]:
        """The articles that ``find(query, locale, k)`` finds, best first, each once, in the reader's locale if it is.

        The passage shown is the one that was found, in whatever language it is.
        """
        if not query.strip():
            return []
        order = _order(locale)
        best: dict[str, Hit] = {}
        for hit in find(query, order[0], limit * 4):
            best.setdefault(hit.passage.article, hit)
        with self._database.read() as session:
            locales = {hit.passage.locale for hit in best.values()} | set(order)
            rows = storage.readable(session, list(best), locales, audiences)
        shown = {row.article.article_id: row for row in _one_locale_each(rows, order)}
        hits = [_hit(best[article], shown[article]) for article in best if article in shown]
        return hits[:limit]

    def viewed(self, article_id: str, locale: str) -> None:
        """Count one reader of a published article."""
        self._count(article_id, locale, "views")

    def rate(self, article_id: str, locale: str, *, helpful: bool) -> None:
        """Count one reader's word on whether the article helped.

        Raises:
            NotFound: no such article is published.
        """
        if not self._count(article_id, locale, "helpful" if helpful else "unhelpful"):
            raise NotFound("There is no such article, or it is no longer published.")

    def _count(self, article_id: str, locale: str, column: str) -> bool:
        with self._database.write() as session:
            return storage.count(session, normal(ArticleKey(article_id, locale)), column)


def _order(locale: str) -> tuple[str, ...]:
    return fallbacks(normal(ArticleKey("", locale)).locale)


def _rank(locale: str, order: Sequence[str]) -> int:
    return order.index(locale) if locale in order else len(order)


def _one_locale_each(found: Iterable[storage.Shown], order: Sequence[str]) -> list[storage.Shown]:
    """Of each article the best locale, in the order in which the articles came."""
    chosen: dict[str, storage.Shown] = {}
    for shown in found:
        known = chosen.get(shown.article.article_id)
        if known is None or _rank(shown.article.locale, order) < _rank(known.article.locale, order):
            chosen[shown.article.article_id] = shown
    return list(chosen.values())


def _help_article(shown: storage.Shown, others: tuple[str, ...] = ()) -> HelpArticle:
    article, revision = shown.article, shown.revision
    return HelpArticle(
        id=article.article_id,
        locale=article.locale,
        title=revision.title,
        body=revision.body,
        category=revision.category,
        tags=tuple(revision.tags),
        revision=revision.number,
        updated_at=revision.created_at,
        others=others,
    )


def _hit(hit: Hit, shown: storage.Shown) -> HelpHit:
    same = hit.passage.locale == shown.article.locale
    return HelpHit(
        _help_article(shown), hit.passage.heading if same else "", hit.passage.anchor if same else "", hit.passage.text
    )
