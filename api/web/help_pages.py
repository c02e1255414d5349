"""The public help centre: search, categories, articles, and whether they helped."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any
from urllib.parse import quote

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from markupsafe import Markup, escape
from starlette.responses import RedirectResponse, Response

from api.dependencies import Services
from api.schemas.help import ArticleOpinion
from api.web.i18n import LOCALE_NAMES, translator
from api.web.site import page_locale, site
from assistant.articles import HelpArticle, HelpHit
from assistant.container import Container
from assistant.domain.addresses import article_url, sibling_url
from assistant.domain.locales import is_chinese
from assistant.domain.markdown import document, inline_text, plain_text, render_markdown
from assistant.errors import IndexBroken

router = APIRouter(include_in_schema=False)

_SNIPPET = 180
_RESULTS = 20


def _reader(request: Request, container: Container) -> str:
    return page_locale(request, None, container.installation.current().site.default_locale)


def category_name(name: str, words: Any) -> str:
    """A category as readers see it: the catalogue's word for a known one, else as the editors wrote it."""
    return str(words(name[:1].upper() + name[1:])) if name else str(words("Other topics"))


def _shown(text: str, article_locale: str, reader: str, container: Container) -> str:
    converted = reader == "zh-Hant" and article_locale == "zh-Hans"
    return container.to_traditional(text) if converted else text


def _link(article: HelpArticle, reader: str, container: Container) -> dict[str, str]:
    summary = plain_text(article.body)[:_SNIPPET].replace("\n", " ")
    return {
        "title": _shown(article.title, article.locale, reader, container),
        "href": article_url(article.id, reader if reader in LOCALE_NAMES else article.locale),
        "summary": _shown(summary, article.locale, reader, container).rstrip() + "…",
    }


Sought = Annotated[str, Query(max_length=200)]
Part = Annotated[str, Query(max_length=20)]


@router.get("/help")
def index(request: Request, container: Services, q: Sought = "", part: Part = "") -> Response:
    """The first page; with a question in the address, what a search finds."""
    if q.strip() or part:
        return _found(request, container, q, part)
    reader = _reader(request, container)
    words = translator(reader, container.to_traditional)
    categories = [
        {
            "name": _shown(category_name(found.name, words), "zh-Hans", reader, container),
            "href": f"/help/c/{quote(found.name or '-', safe='')}",
            "count": len(found.articles),
        }
        for found in container.articles.help.categories(reader)
    ]
    popular = [_link(article, reader, container) for article in container.articles.help.popular(reader)]
    return site(request).page(
        request,
        "help/index.html",
        title="Help centre",
        categories=categories,
        popular=popular,
        preparing=container.preparation(),
    )


@router.get("/help/search")
def search(request: Request, container: Services, q: Sought = "", part: Part = "") -> Response:
    """What a search finds."""
    return _found(request, container, q, part)


def _found(request: Request, container: Container, q: str, part: str) -> Response:
    """The page of results; of it, the results alone as ``part``, for a page that searches while one types."""
    reader = _reader(request, container)
    words = translator(reader, container.to_traditional)
    hits, broken = _hits(container, q, reader)
    results = [
        {
            "title": _shown(hit.article.title, hit.article.locale, reader, container),
            "href": article_url(hit.article.id, reader, hit.anchor),
            "category": category_name(hit.article.category, words),
            "snippet": _marked(_shown(plain_text(hit.text), hit.article.locale, reader, container), q),
        }
        for hit in hits
    ]
    template = "help/_results.html" if part == "results" else "help/search.html"
    return site(request).page(
        request, template, title="Search", query=q.strip(), total=len(results), results=results, broken=broken
    )


def _hits(container: Container, q: str, reader: str) -> tuple[Sequence[HelpHit], bool]:
    """What a search finds, and whether there was no index to search; then the topics and the assistant still serve."""
    try:
        return container.articles.help.search(q, reader, container.look_up, _RESULTS), False
    except IndexBroken:
        return (), True


def _marked(text: str, query: str) -> Markup:
    """The text around the first word of the query, with the query's words marked."""
    terms = sorted({word for word in query.split() if len(word) > 1} or {query}, key=len, reverse=True)
    lowered = text.lower()
    first = min((place for term in terms if (place := lowered.find(term.lower())) >= 0), default=0)
    start = max(0, first - _SNIPPET // 3)
    part = text[start : start + _SNIPPET].replace("\n", " ")
    marked = str(escape(part))
    for term in terms:
        found = str(escape(part[place : place + len(term)])) if (place := part.lower().find(term.lower())) >= 0 else ""
        if found and len(found) > 1:
            marked = marked.replace(found, f"<mark>{found}</mark>", 1)
    return Markup(("…" if start else "") + marked + ("…" if len(text) > start + _SNIPPET else ""))  # noqa: S704 - escaped above


@router.get("/help/c/{category}")
def category(category: str, request: Request, container: Services) -> Response:
    """One category with its articles."""
    reader = _reader(request, container)
    words = translator(reader, container.to_traditional)
    every = container.articles.help.categories(reader)
    wanted = "" if category == "-" else category
    found = next((one for one in every if one.name == wanted), None)
    others = [
        {
            "name": category_name(one.name, words),
            "href": f"/help/c/{quote(one.name or '-', safe='')}",
            "count": len(one.articles),
        }
        for one in every
    ]
    articles = [_link(article, reader, container) for article in (found.articles if found else ())]
    name = category_name(wanted, words)
    return site(request).page(
        request, "help/category.html", title=name, category={"name": name}, articles=articles, others=others
    )


@router.get("/help/{locale}/{article_id:path}")
def article(locale: str, article_id: str, request: Request, container: Services) -> Response:
    """One article, in the address's language or the nearest one that it is published in."""
    reader = request.query_params.get("lang") or locale
    if reader not in LOCALE_NAMES:
        reader = _reader(request, container)
    if "lang" in request.query_params:
        response: Response = RedirectResponse(article_url(article_id, reader), 303)
        response.set_cookie("askdesk_lang", reader, max_age=31_536_000, samesite="lax")
        return response
    words = translator(reader, container.to_traditional)
    found = container.articles.help.article(article_id, reader)
    container.articles.help.viewed(found.id, found.locale)
    body = _shown(found.body, found.locale, reader, container)
    foreign = is_chinese(found.locale) != is_chinese(reader) and found.locale != reader
    shown = {
        "title": _shown(found.title, found.locale, reader, container),
        "html": Markup(render_markdown(body, lambda href: sibling_url(href, found.id, reader))),  # noqa: S704 - sanitised
        "updated_at": found.updated_at,
        "category": {
            "name": category_name(found.category, words),
            "href": f"/help/c/{quote(found.category or '-', safe='')}",
        },
        "converted": reader == "zh-Hant" and found.locale == "zh-Hans",
        "other_language": LOCALE_NAMES.get(found.locale) if foreign else None,
    }
    return site(request).page(
        request,
        "help/article.html",
        title=str(shown["title"]),
        locale=reader,
        article=shown,
        headings=_headings(body),
        related=_related(found, reader, container),
        feedback_url=f"/help/{found.locale}/{quote(found.id, safe='')}/opinion",
        locale_urls={code: article_url(found.id, code) + f"?lang={code}" for code in LOCALE_NAMES},
    )


def _headings(body: str) -> list[dict[str, Any]]:
    tokens = document(body)
    return [
        {"id": opening.attrGet("id"), "text": inline_text(inline), "level": int(opening.tag[1])}
        for opening, inline in pairwise(tokens)
        if opening.type == "heading_open" and opening.tag in ("h2", "h3")
    ]


def _related(found: HelpArticle, reader: str, container: Container) -> list[dict[str, str]]:
    same = next((one for one in container.articles.help.categories(reader) if one.name == found.category), None)
    others = [article for article in (same.articles if same else ()) if article.id != found.id]
    tags = set(found.tags)
    others.sort(key=lambda article: -len(tags & set(article.tags)))
    return [
        {key: value for key, value in _link(article, reader, container).items() if key != "summary"}
        for article in others[:4]
    ]


@router.post("/help/{locale}/{article_id:path}/opinion")
async def opinion(locale: str, article_id: str, request: Request, container: Services) -> Response:
    """Whether an article helped; takes the page's script (JSON) and a plain form alike."""
    as_json = request.headers.get("content-type", "").startswith("application/json")
    raw: Any = await request.json() if as_json else dict(await request.form())
    given = ArticleOpinion.model_validate(raw)
    await run_sync(lambda: container.articles.help.rate(article_id, locale, helpful=given.helpful))
    return Response(status_code=204) if as_json else RedirectResponse(article_url(article_id, locale), 303)
