"""Articles as editors and readers see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assistant.domain.articles import ArticleContent, ArticleKey, ArticleStatus, Audience
from assistant.storage import articles as storage
from assistant.storage.tables import Article, Revision


@dataclass(frozen=True, slots=True)
class Translation:
    """The same article in another locale; ``changed_since_published`` says that a newer draft waits."""

    locale: str
    title: str
    status: ArticleStatus
    updated_at: datetime
    changed_since_published: bool = False


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article with one of its revisions.

    ``revision`` is the number to name when writing; ``published`` the one that customers see (None: they see none);
    ``publishing`` says that an import is about to publish; ``source`` is empty for the editor's own.
    """

    key: ArticleKey
    content: ArticleContent
    revision: int
    published: int | None
    publishing: bool
    source: str
    deleted: bool
    views: int
    helpful: int
    unhelpful: int
    created_at: datetime
    updated_at: datetime
    translations: tuple[Translation, ...] = ()

    @property
    def status(self) -> ArticleStatus:
        """Whether customers see it."""
        return ArticleStatus.DRAFT if self.published is None else ArticleStatus.PUBLISHED

    @property
    def changed_since_published(self) -> bool:
        """Whether a newer draft waits above what customers see."""
        return self.published is not None and self.published != self.revision


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """Some articles, and the cursor that gives the next ones (empty: there are none)."""

    items: list[ArticleView]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class RevisionView:
    """What an article said at one point, who wrote it, and whether customers see it."""

    number: int
    content: ArticleContent
    author: str
    origin: str
    created_at: datetime
    published: bool


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that two revisions say differently; ``diff`` is a unified diff where the field is a long text."""

    field: str
    before: str
    after: str
    diff: str = ""


def view(shown: storage.Shown, translations: tuple[Translation, ...] = ()) -> ArticleView:
    """The article as the rest of the program knows it."""
    article = shown.article
    return ArticleView(
        key=ArticleKey(article.article_id, article.locale),
        content=storage.content(shown.revision),
        revision=article.head,
        published=article.published,
        publishing=article.publishing is not None,
        source=shown.source,
        deleted=article.deleted_at is not None,
        views=article.views,
        helpful=article.helpful,
        unhelpful=article.unhelpful,
        created_at=article.created_at,
        updated_at=article.updated_at,
        translations=translations,
    )


def translation(article: Article) -> Translation:
    """One line about an article in another locale."""
    status = ArticleStatus.DRAFT if article.published is None else ArticleStatus.PUBLISHED
    changed = article.published is not None and article.published != article.head
    return Translation(article.locale, article.title, status, article.updated_at, changed)


def revision_view(revision: Revision, published: int | None) -> RevisionView:
    """A revision as an editor sees it."""
    return RevisionView(
        number=revision.number,
        content=storage.content(revision),
        author=revision.author,
        origin=revision.origin,
        created_at=revision.created_at,
        published=revision.number == published,
    )


def stricter(audience: str, other: str) -> str:
    """Of two audiences, the one that fewer people belong to."""
    order = [str(each) for each in Audience]
    return max(audience, other, key=order.index)
