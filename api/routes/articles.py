"""Articles, for editors. Ids may contain ``/``; in addresses they are percent-encoded."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Query, Request, UploadFile

from api.dependencies import Cursor, EditorUser, ImportOptions, Limit, Services
from api.errors import words_of
from api.schemas.articles import (
    Article,
    ArticleChange,
    ArticleRevision,
    Category,
    Difference,
    ImportReport,
    NewArticle,
    Revert,
    Source,
    Write,
)
from api.schemas.lists import Listing
from assistant.articles import ArticleView, Filters
from assistant.container import Container
from assistant.domain.anchors import slug
from assistant.domain.articles import ArticleKey, ArticleStatus
from assistant.errors import Invalid
from ingest.importing import Importing
from ingest.uploads import SEVERAL, safe_name

router = APIRouter(tags=["articles"])

Locale = Annotated[str, Query(max_length=35, description="The article's locale; without it, the best one there is.")]


@router.get("/articles")
def list_articles(
    _editor: EditorUser,
    container: Services,
    locale: Annotated[str, Query(max_length=35)] = "",
    category: Annotated[str, Query(max_length=200)] = "",
    status: Literal["", "draft", "published"] = "",
    source: Annotated[str, Query(max_length=500)] = "",
    q: Annotated[str, Query(max_length=200)] = "",
    deleted: bool = False,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Listing[Article]:
    """Articles that all filters let through, the last changed first; `q` looks into ids, titles and bodies."""
    filters = Filters(locale, category, status, source, q, deleted)
    page = container.articles.reading.page(filters, cursor, limit)
    return Listing(items=[Article.of(view) for view in page.items], next_cursor=page.next_cursor or None)


@router.post("/articles", status_code=201)
def create_article(body: NewArticle, editor: EditorUser, container: Services) -> Article:
    """Write a new article; `status: published` publishes it at once."""
    article_id = body.id or _free_id(container, body)
    made = container.articles.editing.create(ArticleKey(article_id, body.locale), body.content(), editor.actor)
    if body.status is ArticleStatus.PUBLISHED:
        made = container.articles.editing.publish(made.key, made.revision, editor.actor)
    return Article.of(made)


@router.get("/categories")
def list_categories(_editor: EditorUser, container: Services, locale: Locale = "") -> list[Category]:
    """The categories in use."""
    found = container.articles.reading.categories(locale)
    return [Category(category=each.category, articles=each.articles) for each in found]


@router.get("/sources")
def list_sources(_editor: EditorUser, container: Services) -> list[Source]:
    """Where imported articles come from."""
    found = container.articles.reading.sources()
    return [Source(name=name, imported_at=imported, articles=articles) for name, imported, articles in found]


@router.post("/articles/import")
def import_articles(
    request: Request,
    editor: EditorUser,
    container: Services,
    files: Annotated[list[UploadFile], File(description="Markdown, HTML, text, JSONL, CSV, XLSX, and zips of these.")],
    options: ImportOptions,
    wait: Annotated[float, Form(ge=0, le=300, description="Seconds to wait until search finds it all.")] = 30,
) -> ImportReport:
    """Import files as `askdesk ingest` does. What is not indexed after `wait` seconds goes on in the background."""
    importing = Importing(container)
    with tempfile.TemporaryDirectory(prefix="askdesk-import-") as folder:
        saved = [_saved(upload, Path(folder)) for upload in files]
        single = len(saved) == 1 and saved[0].parent == Path(folder)
        paths = saved if single else [Path(folder)]
        report = importing.write(
            paths,
            source=options.source.strip() or (saved[0].name if single else SEVERAL),
            locale=options.locale,
            draft=options.draft,
            prune=options.prune,
            actor=editor.actor,
        )
    return ImportReport(**report.as_dict(words_of(request).told), pending=importing.wait(report.jobs, wait))


@router.get("/articles/{id:path}/revisions")
def list_revisions(
    id: str, _editor: EditorUser, container: Services, locale: Locale = "", cursor: Cursor = "", limit: Limit = 50
) -> Listing[ArticleRevision]:
    """What the article said at each point, the newest first."""
    key = _found(container, id, locale).key
    before = int(cursor) if cursor.isdecimal() else None
    found = container.articles.reading.revisions(key, before, limit)
    more = len(found) == limit and found[-1].number > 1
    return Listing(
        items=[ArticleRevision.of(view) for view in found], next_cursor=str(found[-1].number) if more else None
    )


@router.get("/articles/{id:path}/diff")
def compare_revisions(
    id: str,
    _editor: EditorUser,
    container: Services,
    older: Annotated[int | None, Query(ge=1)] = None,
    newer: Annotated[int | None, Query(ge=1)] = None,
    locale: Locale = "",
) -> list[Difference]:
    """The fields that two revisions say differently; by default what is published against the newest draft."""
    found = _found(container, id, locale)
    first, second = older or found.published or found.revision, newer or found.revision
    return [Difference.of(change) for change in container.articles.reading.diff(found.key, first, second)]


@router.post("/articles/{id:path}/publish")
def publish_article(id: str, body: Write, editor: EditorUser, container: Services, locale: Locale = "") -> Article:
    """Let customers see the newest revision."""
    key = _found(container, id, locale).key
    return Article.of(container.articles.editing.publish(key, body.revision, editor.actor))


@router.post("/articles/{id:path}/unpublish")
def unpublish_article(id: str, body: Write, editor: EditorUser, container: Services, locale: Locale = "") -> Article:
    """Let no customer see it any more; nothing is quoted from it from now on."""
    key = _found(container, id, locale).key
    return Article.of(container.articles.editing.unpublish(key, body.revision, editor.actor))


@router.post("/articles/{id:path}/revert")
def revert_article(id: str, body: Revert, editor: EditorUser, container: Services, locale: Locale = "") -> Article:
    """Make what an earlier revision said the newest draft."""
    key = _found(container, id, locale).key
    return Article.of(container.articles.editing.revert(key, body.to, body.revision, editor.actor))


@router.post("/articles/{id:path}/restore")
def restore_article(
    id: str, editor: EditorUser, container: Services, locale: Annotated[str, Query(max_length=35)] = ""
) -> Article:
    """Bring a deleted article back as a draft."""
    key = ArticleKey(id, locale or container.installation.current().site.default_locale)
    return Article.of(container.articles.editing.restore(key, editor.actor))


@router.get("/articles/{id:path}")
def get_article(id: str, _editor: EditorUser, container: Services, locale: Locale = "") -> Article:
    """One article with its newest revision."""
    return Article.of(_found(container, id, locale))


@router.put("/articles/{id:path}")
def save_article(id: str, body: ArticleChange, editor: EditorUser, container: Services, locale: Locale = "") -> Article:
    """Save a new draft; what is published stays until it is published."""
    before = _found(container, id, locale)
    saved = container.articles.editing.save(before.key, body.over(before.content), body.revision, editor.actor)
    if body.status == "published":
        saved = container.articles.editing.publish(saved.key, saved.revision, editor.actor)
    return Article.of(saved)


@router.delete("/articles/{id:path}", status_code=204)
def delete_article(
    id: str,
    editor: EditorUser,
    container: Services,
    revision: Annotated[int | None, Query(ge=1, description="The revision that you last saw.")] = None,
    locale: Locale = "",
) -> None:
    """Delete an article; it can be restored."""
    found = _found(container, id, locale)
    if revision is None:
        raise Invalid("Say with ?revision= which revision you last saw.", {"field": "revision"})
    container.articles.editing.delete(found.key, revision, editor.actor)


def _found(container: Container, article_id: str, locale: str) -> ArticleView:
    default = container.installation.current().site.default_locale
    return container.articles.reading.get(article_id, locale, default)


def _free_id(container: Container, body: NewArticle) -> str:
    """An id from the title that no article has yet."""
    base = slug(body.title, set())
    taken = container.articles.reading.ids_like(base)
    return slug(body.title, taken)


def _saved(upload: UploadFile, folder: Path) -> Path:
    path = folder / safe_name(upload.filename or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(upload.file, file)
    return path
