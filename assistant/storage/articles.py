"""Queries about articles, their revisions and the sources that they come from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from assistant.domain.articles import ArticleContent, ArticleKey, Audience
from assistant.storage.queries import insert, sliced
from assistant.storage.tables import Article, Revision, Source, SourceFile
from assistant.storage.tables.base import now


class Shown(NamedTuple):
    """An article, one of its revisions and the name of its source (empty: the editor's own)."""

    article: Article
    revision: Revision
    source: str


class Filters(NamedTuple):
    """Which articles a list shows; an empty field does not narrow it.

    ``lead`` shows an article that exists in this locale in no other, so that translations do not fill the list.
    """

    locale: str = ""
    category: str = ""
    status: str = ""
    source: str = ""
    q: str = ""
    deleted: bool = False
    lead: str = ""


class Untranslated(NamedTuple):
    """Articles that are not there in a language: the locales they are in, and their share of all articles, 0 to 1."""

    locales: frozenset[str]
    share: float


class CategoryCount(NamedTuple):
    """A category and how many articles it has."""

    category: str
    articles: int


def by_key(session: Session, key: ArticleKey, *, locked: bool = False) -> Article | None:
    """The article, deleted or not; ``locked`` until the unit of work ends."""
    query = select(Article).where(Article.article_id == key.id, Article.locale == key.locale)
    return session.scalars(query.with_for_update() if locked else query).first()


def by_keys(session: Session, keys: Collection[ArticleKey]) -> dict[ArticleKey, Article]:
    """The articles that exist, deleted or not, locked until the unit of work ends."""
    wanted = set(keys)
    found: dict[ArticleKey, Article] = {}
    for some in sliced(sorted({key.id for key in wanted})):
        query = select(Article).where(Article.article_id.in_(some)).order_by(Article.id).with_for_update()
        for article in session.scalars(query):
            key = ArticleKey(article.article_id, article.locale)
            if key in wanted:
                found[key] = article
    return found


def by_numbers(session: Session, keys: Collection[int], *, locked: bool = False) -> list[Article]:
    """Articles by their row number, in that order."""
    query = select(Article).where(Article.id.in_(keys)).order_by(Article.id)
    return list(session.scalars(query.with_for_update() if locked else query))


def ids_like(session: Session, start: str) -> set[str]:
    """The ids that begin like this."""
    query = select(Article.article_id).where(Article.article_id.startswith(start, autoescape=True))
    return set(session.scalars(query))


def locales_of(session: Session, article_id: str, *, published: bool = False) -> list[str]:
    """The locales in which an article exists and is not deleted."""
    query = select(Article.locale).where(Article.article_id == article_id, Article.deleted_at.is_(None))
    if published:
        query = query.where(Article.published.is_not(None))
    return list(session.scalars(query.order_by(Article.locale)))


def locales_in_use(session: Session, *, published: bool = False) -> list[str]:
    """The locales that articles, or only the published ones, are written in, the most used first."""
    query = select(Article.locale).where(Article.deleted_at.is_(None)).group_by(Article.locale)
    if published:
        query = query.where(Article.published.is_not(None))
    return list(session.scalars(query.order_by(func.count().desc(), Article.locale)))


def untranslated(session: Session, language: str, audiences: Collection[Audience] = tuple(Audience)) -> Untranslated:
    """What these audiences may read, but not in any locale of a language ("zh": zh-Hans, zh-Hant)."""
    other = aliased(Article)
    articles = select(func.count(other.article_id.distinct())).where(*_readable(audiences, other))
    every = session.scalar(articles) or 0
    missing = every - (session.scalar(articles.where(_is_in(other, language))) or 0)
    if not missing:
        return Untranslated(frozenset(), 0.0)
    own = select(other.id).where(
        other.article_id == Article.article_id, *_readable(audiences, other), _is_in(other, language)
    )
    locales = select(Article.locale).where(*_readable(audiences), ~own.exists()).distinct()
    return Untranslated(frozenset(session.scalars(locales)), missing / every)


def translated(
    session: Session, article_ids: Collection[str], language: str, audiences: Collection[Audience]
) -> set[str]:
    """Those of the articles that these audiences may read in some locale of a language."""
    query = select(Article.article_id).where(
        Article.article_id.in_(article_ids), *_readable(audiences), _is_in(Article, language)
    )
    return set(session.scalars(query))


def _is_in(article: type[Article], language: str) -> ColumnElement[bool]:
    return or_(article.locale == language, article.locale.startswith(f"{language}-", autoescape=True))


def changed_waiting(session: Session) -> int:
    """How many published articles have a newer draft."""
    waiting = Article.published.is_not(None) & (Article.published != Article.head) & Article.deleted_at.is_(None)
    return session.scalar(select(func.count()).select_from(Article).where(waiting)) or 0


def overview(session: Session) -> Sequence[Article]:
    """Every article that is not deleted, without its text, by id and locale."""
    return session.scalars(
        select(Article).where(Article.deleted_at.is_(None)).order_by(Article.article_id, Article.locale)
    ).all()


def translations(session: Session, article_ids: Collection[str]) -> Sequence[Article]:
    """All articles with these ids that are not deleted, in whatever locale."""
    query = select(Article).where(Article.article_id.in_(article_ids), Article.deleted_at.is_(None))
    return session.scalars(query.order_by(Article.article_id, Article.locale)).all()


def shown(session: Session, article: Article, number: int) -> Shown:
    """The article with this revision of it."""
    revision = session.get_one(Revision, (article.id, number))
    source = session.get(Source, article.source_id) if article.source_id else None
    return Shown(article, revision, source.name if source else "")


def published_text_since(session: Session, article: Article, moment: datetime) -> bool:
    """Whether what the article publishes was written after a moment."""
    revision = session.get(Revision, (article.id, article.published)) if article.published is not None else None
    return revision is not None and revision.created_at > moment


def page(session: Session, filters: Filters, after: tuple[datetime, int] | None, limit: int) -> list[Shown]:
    """Articles with their newest revision, the last changed first, from after a time and row number."""
    query = (
        select(Article, Revision, Source.name)
        .join(Revision, and_(Revision.article_pk == Article.id, Revision.number == Article.head))
        .outerjoin(Source, Source.id == Article.source_id)
        .where(*_conditions(filters))
        .order_by(Article.updated_at.desc(), Article.id.desc())
        .limit(limit)
    )
    if after is not None:
        at, number = after
        query = query.where(or_(Article.updated_at < at, and_(Article.updated_at == at, Article.id < number)))
    return [Shown(article, revision, name or "") for article, revision, name in session.execute(query)]


_STATUSES = {
    "published": Article.published.is_not(None),
    "draft": Article.published.is_(None),
    "changed": and_(Article.published.is_not(None), Article.published != Article.head),
}


def _conditions(filters: Filters) -> list[Any]:
    conditions: list[Any] = [Article.deleted_at.is_not(None) if filters.deleted else Article.deleted_at.is_(None)]
    if filters.locale:
        conditions.append(Article.locale == filters.locale)
    if filters.category:
        conditions.append(Revision.category == filters.category)
    if filters.source:
        conditions.append(Source.name == filters.source)
    if filters.status:
        conditions.append(_STATUSES[filters.status])
    if filters.lead:
        other = aliased(Article)
        same = select(other.id).where(other.article_id == Article.article_id, other.deleted_at.is_(None))
        conditions.append(or_(Article.locale == filters.lead, ~same.where(other.locale == filters.lead).exists()))
    if filters.q:
        fields = (Revision.title, Revision.body, Article.article_id)
        conditions.append(or_(*(field.icontains(filters.q, autoescape=True) for field in fields)))
    return conditions


def every(session: Session) -> Iterable[Shown]:
    """Each article that is not deleted, with its published revision, or its newest where none is published."""
    number = func.coalesce(Article.published, Article.head)
    query = (
        select(Article, Revision, Source.name)
        .join(Revision, and_(Revision.article_pk == Article.id, Revision.number == number))
        .outerjoin(Source, Source.id == Article.source_id)
        .where(Article.deleted_at.is_(None))
        .order_by(Article.article_id, Article.locale)
        .execution_options(yield_per=200)
    )
    for article, revision, name in session.execute(query):
        yield Shown(article, revision, name or "")


def categories(session: Session, locale: str = "", *, audiences: Collection[Audience] = ()) -> list[CategoryCount]:
    """Categories with the number of their articles; with ``audiences``, of the published ones they may read."""
    query = select(Article.category, func.count()).where(Article.deleted_at.is_(None), Article.category != "")
    if locale:
        query = query.where(Article.locale == locale)
    if audiences:
        query = query.where(*_readable(audiences))
    rows = session.execute(query.group_by(Article.category).order_by(Article.category))
    return [CategoryCount(category, articles) for category, articles in rows]


def published(
    session: Session, locales: Collection[str], audiences: Collection[Audience], category: str = "", limit: int = 1_000
) -> list[Shown]:
    """Published articles that these audiences may read, the most viewed first."""
    query = _published(audiences).where(Article.locale.in_(locales))
    if category:
        query = query.where(Article.category == category)
    rows = session.execute(query.order_by(Article.views.desc(), Article.title).limit(limit))
    return [Shown(article, revision, "") for article, revision in rows]


def readable(
    session: Session, article_ids: Collection[str], locales: Collection[str], audiences: Collection[Audience]
) -> list[Shown]:
    """The published revisions of these articles in these locales that the audiences may read."""
    query = _published(audiences).where(Article.article_id.in_(article_ids), Article.locale.in_(locales))
    return [Shown(article, revision, "") for article, revision in session.execute(query)]


def _published(audiences: Collection[Audience]) -> Any:
    return (
        select(Article, Revision)
        .join(Revision, and_(Revision.article_pk == Article.id, Revision.number == Article.published))
        .where(*_readable(audiences))
    )


def _readable(audiences: Collection[Audience], article: type[Article] = Article) -> tuple[ColumnElement[bool], ...]:
    allowed = article.audience.in_([str(audience) for audience in audiences])
    return article.published.is_not(None), article.deleted_at.is_(None), allowed


def count(session: Session, key: ArticleKey, column: str) -> bool:
    """Whether a published article's ``views``, ``helpful`` or ``unhelpful`` went up by one."""
    counted = getattr(Article, column)
    changed = session.execute(
        update(Article)
        .where(Article.article_id == key.id, Article.locale == key.locale, Article.published.is_not(None))
        .values({counted: counted + 1})
        .returning(Article.id)
    )
    return changed.first() is not None


def counts(session: Session) -> dict[str, int]:
    """How many articles are published, drafts, waiting to be published, and deleted."""
    rows = session.execute(
        select(
            func.count().filter(Article.published.is_not(None), Article.deleted_at.is_(None)),
            func.count().filter(Article.published.is_(None), Article.deleted_at.is_(None)),
            func.count().filter(Article.publishing.is_not(None)),
            func.count().filter(Article.deleted_at.is_not(None)),
        )
    ).one()
    return dict(zip(("published", "draft", "publishing", "deleted"), rows, strict=True))


def content(revision: Revision) -> ArticleContent:
    """What a revision says."""
    return ArticleContent(
        title=revision.title,
        body=revision.body,
        category=revision.category,
        tags=tuple(revision.tags),
        audience=Audience(revision.audience),
        alternates=tuple(revision.alternates),
    )


def add(session: Session, key: ArticleKey) -> Article:
    """A new article without a revision yet."""
    article = Article(article_id=key.id, locale=key.locale, head=0)
    session.add(article)
    session.flush()
    return article


def add_revision(session: Session, article: Article, said: ArticleContent, author: str, origin: str) -> Revision:
    """The next revision of an article; nothing about what is published changes."""
    article.head += 1
    article.updated_at = now()
    revision = Revision(
        article_pk=article.id,
        number=article.head,
        title=said.title,
        body=said.body,
        category=said.category,
        tags=list(said.tags),
        alternates=list(said.alternates),
        audience=str(said.audience),
        digest=said.digest(),
        author=author,
        origin=origin,
    )
    session.add(revision)
    if article.published is None:
        article.title, article.category, article.audience = said.title, said.category, str(said.audience)
    return revision


def revision(session: Session, article: Article, number: int) -> Revision | None:
    """One revision of an article."""
    return session.get(Revision, (article.id, number))


def revisions(session: Session, article: Article, before: int | None, limit: int) -> Sequence[Revision]:
    """Revisions of an article, newest first."""
    query = select(Revision).where(Revision.article_pk == article.id)
    if before is not None:
        query = query.where(Revision.number < before)
    return session.scalars(query.order_by(Revision.number.desc()).limit(limit)).all()


def revisions_at(session: Session, numbers: Mapping[int, int]) -> dict[int, Revision]:
    """For each article's row number, the revision with the number given."""
    found: dict[int, Revision] = {}
    every_key = sorted(numbers)
    for at in range(0, len(every_key), 200):
        pairs = [and_(Revision.article_pk == key, Revision.number == numbers[key]) for key in every_key[at : at + 200]]
        found.update({row.article_pk: row for row in session.scalars(select(Revision).where(or_(*pairs)))})
    return found


def source_named(session: Session, name: str) -> Source | None:
    """The source with this name."""
    return session.scalars(select(Source).where(Source.name == name)).first()


def sources(session: Session) -> list[tuple[Source, int]]:
    """All sources by name, with how many articles each has."""
    query = (
        select(Source, func.count(Article.id))
        .outerjoin(Article, and_(Article.source_id == Source.id, Article.deleted_at.is_(None)))
        .group_by(Source.id)
        .order_by(Source.name)
    )
    return [(source, articles) for source, articles in session.execute(query)]


def source_names(session: Session, ids: Collection[int]) -> dict[int, str]:
    """The names of sources by id."""
    return {row.id: row.name for row in session.execute(select(Source.id, Source.name).where(Source.id.in_(ids)))}


def ensure_source(session: Session, name: str) -> Source:
    """The source with this name, made when there was none."""
    session.execute(insert(session, Source).values(name=name, created_at=now()).on_conflict_do_nothing())
    return session.scalars(select(Source).where(Source.name == name)).one()


def of_source(session: Session, source_id: int) -> list[tuple[int, ArticleKey]]:
    """Row number and key of each article of a source that is not deleted."""
    query = select(Article.id, Article.article_id, Article.locale)
    rows = session.execute(query.where(Article.source_id == source_id, Article.deleted_at.is_(None)))
    return [(number, ArticleKey(article_id, locale)) for number, article_id, locale in rows]


def files_of(session: Session, source_id: int) -> dict[str, SourceFile]:
    """The files of a source as they were last read, by path."""
    rows = session.scalars(select(SourceFile).where(SourceFile.source_id == source_id))
    return {row.path: row for row in rows}


def put_files(
    session: Session,
    source_id: int,
    files: Mapping[str, tuple[str, Sequence[ArticleKey], Mapping[str, Sequence[str]]]],
) -> None:
    """Remember what these files gave: their digest, the articles in them, and the pictures that they refer to."""
    forget_files(session, source_id, files)
    for path, (digest, keys, shown) in files.items():
        articles = [[key.id, key.locale] for key in keys]
        pictures = {target: list(found) for target, found in shown.items()}
        session.add(SourceFile(source_id=source_id, path=path, digest=digest, articles=articles, pictures=pictures))
    session.flush()


def forget_files(session: Session, source_id: int, paths: Iterable[str]) -> None:
    """Forget that these files were read."""
    for some in sliced(paths):
        session.execute(delete(SourceFile).where(SourceFile.source_id == source_id, SourceFile.path.in_(some)))
