"""The editors' workbench: the list of articles, one article, and a new one."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Cursor, PageEditor, Services
from api.web.article_shapes import chips, locale_name, locales_offered, restore_url, row
from api.web.site import site
from assistant.articles import ArticleView, Filters
from assistant.container import Container
from assistant.domain.addresses import article_url
from assistant.domain.articles import ArticleKey, Audience
from assistant.domain.locales import normalize
from assistant.errors import AskdeskError, Invalid
from assistant.wording import Worded
from ingest.split import split

router = APIRouter(include_in_schema=False)

_ROWS = 50
_BESIDE = 60

Short = Annotated[str, Query(max_length=300)]
Locale = Annotated[str, Query(max_length=35)]
Status = Literal["", "published", "draft", "changed", "deleted"]


def lead_locale(container: Container) -> str:
    """The locale that translations follow."""
    return container.installation.current().site.default_locale


@router.get("/editor")
def index(
    request: Request,
    person: PageEditor,
    container: Services,
    q: Short = "",
    status: Status = "",
    locale: Locale = "",
    category: Short = "",
    source: Short = "",
    cursor: Cursor = "",
    undo: Short = "",
    undo_locale: Locale = "",
) -> Response:
    """All articles, narrowed by what the address says."""
    reading, lead = container.articles.reading, lead_locale(container)
    chosen = {"q": q.strip(), "status": status, "locale": locale, "category": category, "source": source}
    page = reading.page(_filters(chosen, lead), cursor, _ROWS)
    in_use = reading.locales()
    return site(request).page(
        request,
        "editor/index.html",
        title="Articles",
        person=person,
        chosen=chosen,
        rows=[row(view, in_use, lead) for view in page.items],
        counts=reading.counts(),
        categories=[{"name": each.category, "count": each.articles} for each in reading.categories(locale)],
        sources=[name for name, _at, _articles in reading.sources()],
        locales=[(each, locale_name(each)) for each in in_use],
        more_href=_address({**chosen, "cursor": page.next_cursor}) if page.next_cursor else None,
        first_page=not cursor,
        address=_address,
        gap_count=container.gaps.count_open(),
        gone=_deleted(container, undo, undo_locale) if undo else None,
    )


def _filters(chosen: dict[str, str], lead: str) -> Filters:
    status = chosen["status"]
    narrowed = chosen["q"] or chosen["locale"] or status
    return Filters(
        locale=chosen["locale"],
        category=chosen["category"],
        status="" if status == "deleted" else status,
        source=chosen["source"],
        q=chosen["q"],
        deleted=status == "deleted",
        lead="" if narrowed else lead,
    )


def _address(chosen: dict[str, str], **changed: str) -> str:
    query = urlencode({name: value for name, value in {**chosen, **changed}.items() if value})
    return "/editor" + (f"?{query}" if query else "")


def _deleted(container: Container, article_id: str, locale: str) -> dict[str, str] | None:
    """The toast that offers to take a deletion back, if there was one."""
    found = container.articles.reading.page(Filters(deleted=True, locale=locale, q=article_id), limit=_ROWS)
    gone = next((view for view in found.items if view.key == ArticleKey(article_id, locale)), None)
    if gone is None:
        return None
    return {"title": gone.content.title, "undo_url": restore_url(article_id, locale)}


@router.get("/editor/articles/new")
def new(
    request: Request,
    person: PageEditor,
    container: Services,
    locale: Locale = "",
    title: Short = "",
    category: Short = "",
    gap: int | None = None,
    translate: Short = "",
    from_: Annotated[str, Query(alias="from", max_length=35)] = "",
) -> Response:
    """A new article: empty, from an unresolved question, or a translation."""
    lead = lead_locale(container)
    start: dict[str, Any] = {"id": "", "locale": _locale(locale, lead), "title": title, "category": category}
    start |= {"body": "", "alternates": [], "tags": [], "audience": str(Audience.PUBLIC), "gap": None, "from": None}
    if gap is not None:
        start |= _from_gap(container, gap)
    elif translate:
        start |= _from_translation(container, translate, from_, start["locale"])
    return site(request).page(
        request,
        "editor/new.html",
        title="New article",
        person=person,
        start=start,
        locales=[(each, locale_name(each)) for each in locales_offered(container.articles.reading.locales(), lead)],
        categories=[each.category for each in container.articles.reading.categories()],
        gap_count=container.gaps.count_open(),
    )


def _locale(wanted: str, lead: str) -> str:
    try:
        return normalize(wanted) if wanted else lead
    except ValueError as error:
        raise Invalid(Worded("%(problem)s.", problem=error.args[0])) from error


def _from_gap(container: Container, gap_id: int) -> dict[str, Any]:
    gap = container.gaps.get(gap_id)
    asked = dict.fromkeys(each["text"].strip() for each in gap["questions"])
    alternates = [text for text in asked if text != gap["question"] and "\n" not in text and len(text) <= 200]
    asked_as = {"id": gap_id, "count": gap["count"]}
    return {"title": gap["question"], "locale": gap["locale"], "alternates": alternates[:8], "gap": asked_as}


def _from_translation(container: Container, article_id: str, source: str, locale: str) -> dict[str, Any]:
    view = container.articles.reading.get(article_id, source, lead_locale(container))
    content = view.content
    convert = container.to_traditional if (view.key.locale, locale) == ("zh-Hans", "zh-Hant") else str
    return {
        "id": article_id,
        "title": convert(content.title),
        "body": convert(content.body),
        "category": content.category,
        "tags": list(content.tags),
        "audience": str(content.audience),
        "alternates": [convert(each) for each in content.alternates],
        "from": locale_name(view.key.locale),
    }


@router.get("/editor/articles/{article_id:path}")
def article(
    article_id: str,
    request: Request,
    person: PageEditor,
    container: Services,
    locale: Locale = "",
    passage: Short = "",
    answer: Short = "",
    gap: int | None = None,
) -> Response:
    """One article to write on; ``passage`` is the one that ``answer`` quoted and that is to be mended."""
    reading, lead = container.articles.reading, lead_locale(container)
    view = reading.get(article_id, locale, lead)
    in_use = reading.locales()
    beside = reading.page(Filters(category=view.content.category, lead=view.key.locale), limit=_BESIDE)
    return site(request).page(
        request,
        "editor/article.html",
        title=view.content.title,
        person=person,
        article=view,
        state=_state(view),
        chips=chips(view, in_use, lead),
        offered=_others(view, in_use, lead),
        locale_label=locale_name(view.key.locale),
        categories=[each.category for each in reading.categories()],
        beside=[row(each, in_use, lead) for each in beside.items],
        help_url=article_url(view.key.id, view.key.locale),
        quoted=_quoted(view, passage) if passage else None,
        answer=answer,
        gap=_open_gap(container, gap) if gap is not None else None,
    )


def _state(view: ArticleView) -> str:
    return "changed" if view.changed_since_published else str(view.status)


def _others(view: ArticleView, in_use: list[str], lead: str) -> list[dict[str, str]]:
    """The languages that a translation can still be started in."""
    have = {view.key.locale, *(each.locale for each in view.translations)}
    offered = [each for each in locales_offered(in_use, lead) if each not in have]
    return [chip for chip in chips(view, offered, lead) if chip["state"] == "missing"]


def _quoted(view: ArticleView, passage_id: str) -> dict[str, Any]:
    """Where the passage stands in the text: ``{id, start, end, heading}``; ``start`` is -1 when it no longer does."""
    found = next((each for each in split(view.key, view.content) if each.id == passage_id), None)
    if found is None:
        return {"id": passage_id, "start": -1, "end": -1, "heading": ""}
    start, end = place_of(found.text, view.content.body)
    return {"id": passage_id, "start": start, "end": end, "heading": found.heading}


def place_of(passage: str, body: str) -> tuple[int, int]:
    """From where to where a passage stands in an article's text, (-1, -1) if nowhere.

    A passage is a slice of the text, but pieces may have been put together: then its first and last lines tell.
    """
    body = body.replace("\r\n", "\n")
    start = body.find(passage)
    if start >= 0:
        return start, start + len(passage)
    lines = [line.strip() for line in passage.splitlines() if line.strip()]
    first = body.find(lines[0]) if lines else -1
    if first < 0:
        return -1, -1
    last = body.find(lines[-1], first)
    return (first, last + len(lines[-1])) if last >= 0 else (first, first + len(lines[0]))


def _open_gap(container: Container, gap_id: int) -> dict[str, Any] | None:
    try:
        found = container.gaps.get(gap_id)
    except AskdeskError:
        return None
    return found if found["status"] == "open" else None
