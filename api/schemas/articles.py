"""Articles, imports and search as the API shows them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assistant.articles import ArticleView, FieldChange, RevisionView
from assistant.domain.answers import Hit
from assistant.domain.articles import ArticleContent, ArticleStatus, Audience

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Body = Annotated[str, StringConstraints(max_length=1_000_000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Phrasing = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000)]
Revision = Annotated[int, Field(ge=1, description="The revision that this write started from; a stale one gives 409.")]


class Translation(BaseModel):
    """The same article in another locale."""

    model_config = ConfigDict(from_attributes=True)

    locale: str
    title: str
    status: ArticleStatus


class Article(BaseModel):
    """An article with its newest revision. `published_revision` is the one that customers see."""

    id: str
    locale: str
    title: str
    body: str = Field(description="Markdown.")
    category: str
    tags: list[str]
    audience: Audience
    alternates: list[str]
    status: ArticleStatus
    revision: int
    published_revision: int | None
    publishing: bool = Field(description="Whether an import is about to publish it.")
    source: str = Field(description="The source that it was imported from; empty for the editors' own.")
    views: int
    helpful: int
    unhelpful: int
    translations: list[Translation]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: ArticleView) -> Article:
        """The article as JSON."""
        return cls(
            id=view.key.id,
            locale=view.key.locale,
            **asdict(view.content),
            status=view.status,
            revision=view.revision,
            published_revision=view.published,
            publishing=view.publishing,
            source=view.source,
            views=view.views,
            helpful=view.helpful,
            unhelpful=view.unhelpful,
            translations=[Translation.model_validate(each) for each in view.translations],
            created_at=view.created_at,
            updated_at=view.updated_at,
        )


class NewArticle(BaseModel):
    """A new article; without an id, one is made from the title."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] = ""
    locale: Annotated[str, StringConstraints(min_length=2, max_length=35)]
    title: Title
    body: Body
    category: Short = ""
    tags: list[Short] = Field(default_factory=list, max_length=100)
    audience: Audience = Audience.PUBLIC
    alternates: list[Phrasing] = Field(default_factory=list, max_length=500)
    status: ArticleStatus = ArticleStatus.DRAFT

    def content(self) -> ArticleContent:
        """What the article says."""
        return ArticleContent(
            self.title, self.body, self.category, tuple(self.tags), self.audience, tuple(self.alternates)
        )


class ArticleChange(BaseModel):
    """What an article is to say; fields that are left out stay. `status: published` publishes it as well."""

    model_config = ConfigDict(extra="forbid")

    revision: Revision
    title: Title | None = None
    body: Body | None = None
    category: Short | None = None
    tags: list[Short] | None = Field(None, max_length=100)
    audience: Audience | None = None
    alternates: list[Phrasing] | None = Field(None, max_length=500)
    status: Literal["published"] | None = None

    def over(self, before: ArticleContent) -> ArticleContent:
        """The content with the changes made."""
        return ArticleContent(
            title=before.title if self.title is None else self.title,
            body=before.body if self.body is None else self.body,
            category=before.category if self.category is None else self.category,
            tags=before.tags if self.tags is None else tuple(self.tags),
            audience=before.audience if self.audience is None else self.audience,
            alternates=before.alternates if self.alternates is None else tuple(self.alternates),
        )


class Write(BaseModel):
    """The revision that a write started from."""

    model_config = ConfigDict(extra="forbid")

    revision: Revision


class Revert(Write):
    """The revision whose content becomes a new draft."""

    to: int = Field(ge=1)


class ArticleRevision(BaseModel):
    """What an article said at one point."""

    number: int
    title: str
    body: str
    category: str
    tags: list[str]
    audience: Audience
    alternates: list[str]
    author: str
    origin: str
    created_at: datetime
    published: bool

    @classmethod
    def of(cls, view: RevisionView) -> ArticleRevision:
        """The revision as JSON."""
        return cls(
            number=view.number,
            **asdict(view.content),
            author=view.author,
            origin=view.origin,
            created_at=view.created_at,
            published=view.published,
        )


class Difference(BaseModel):
    """A field that two revisions say differently; `diff` is a unified diff of the body."""

    model_config = ConfigDict(from_attributes=True)

    field: str
    before: str
    after: str
    diff: str

    @classmethod
    def of(cls, change: FieldChange) -> Difference:
        """The difference as JSON."""
        return cls.model_validate(change)


class Category(BaseModel):
    """A category and how many articles it has."""

    category: str
    articles: int


class Source(BaseModel):
    """Where imported articles come from."""

    name: str
    articles: int
    imported_at: datetime | None


class Failed(BaseModel):
    """A file or row, and why it was left out or waits as a draft."""

    path: str
    reason: str


class ImportReport(BaseModel):
    """What an import did; `pending` batches are still being indexed."""

    added: int
    updated: int
    unchanged: int
    removed: int
    conflicts: list[Failed]
    failed: list[Failed]
    warnings: list[Failed] = Field(description="Pictures that imported articles refer to and do not show, and why.")
    pending: int


class SearchResult(BaseModel):
    """A passage, and why it ranked where it did: `dense` is a cosine, `keyword` BM25, `why` adds up to `score`."""

    article: str
    locale: str
    passage: str
    title: str
    heading: str
    anchor: str
    text: str
    category: str
    audience: str
    score: float
    dense: float
    keyword: float
    why: dict[str, float]

    @classmethod
    def of(cls, hit: Hit) -> SearchResult:
        """The hit as JSON."""
        passage = hit.passage
        named: dict[str, Any] = {
            name: getattr(passage, name)
            for name in ("article", "locale", "title", "heading", "anchor", "text", "category", "audience")
        }
        return cls(
            **named,
            passage=passage.id,
            score=hit.score,
            dense=hit.dense,
            keyword=hit.keyword,
            why=dict(hit.why),
        )


class SearchAnswer(BaseModel):
    """Ranked passages, best first."""

    results: list[SearchResult]
