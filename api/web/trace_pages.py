"""Why this answer, and why not that article? One view, for the desk, for the workbench, and for any question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.dependencies import PageEditor, PageReader, Services
from api.routes.search import key_of
from api.web.article_shapes import locale_name, shown_answer
from api.web.site import site
from api.web.trace_shapes import against, candidate, why, why_not
from assistant.articles import Filters
from assistant.articles.journeys import Asked
from assistant.articles.reasons import Record
from assistant.container import Container
from assistant.domain.articles import Audience
from assistant.domain.people import Person, Right

router = APIRouter(include_in_schema=False)

_FOUND = 12

MessageId = Annotated[str, Path(max_length=64)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """The article that a page is asked about: by its key, or by words of its title that are still to be looked up."""

    article: str
    locale: str
    find: str


def wanted(
    article: Annotated[str, Query(max_length=300)] = "",
    in_: Annotated[str, Query(alias="in", max_length=35)] = "",
    find: Annotated[str, Query(max_length=200)] = "",
) -> Wanted:
    """What the address asks about."""
    return Wanted(article, in_, find.strip())


Against = Annotated[Wanted, Depends(wanted)]


@router.get("/desk/traces/{message}")
def desk_trace(
    message: MessageId, request: Request, reader: PageReader, container: Services, asked_of: Against
) -> Response:
    """Why the assistant answered as it did, for agents."""
    record = container.reasons.record(message)
    return site(request).page(
        request,
        "desk/trace.html",
        title="Why this answer?",
        person=reader,
        counts=container.desk.tickets.counts(reader),
        **_of_record(record, f"/desk/traces/{record.message['id']}", reader, container, asked_of),
    )


@router.get("/editor/traces/{message}")
def editor_trace(
    message: MessageId, request: Request, person: PageEditor, container: Services, asked_of: Against
) -> Response:
    """The same for editors; a customer's message leads to the answer that it got."""
    record = container.reasons.record(message)
    return site(request).page(
        request,
        "editor/trace.html",
        title="Why this answer?",
        person=person,
        gap_count=container.gaps.count_open(),
        **_of_record(record, f"/editor/traces/{record.message['id']}", person, container, asked_of),
    )


@router.get("/editor/why")
def ask_why(
    request: Request,
    person: PageEditor,
    container: Services,
    asked_of: Against,
    q: Annotated[str, Query(max_length=4_000)] = "",
    locale: Annotated[str, Query(max_length=35)] = "",
    audience: Audience = Audience.PUBLIC,
) -> Response:
    """Ask any question, and see why the answer is what it is. Nothing is stored."""
    question = q.strip()
    context = _of_question(question, locale, audience, person, container, asked_of) if question else {}
    return site(request).page(
        request,
        "editor/why.html",
        title="Ask and see why",
        person=person,
        gap_count=container.gaps.count_open(),
        question=question,
        locale_chosen=locale,
        audience=str(audience),
        locales=[(each, locale_name(each)) for each in container.articles.reading.locales()],
        **context,
    )


def _of_record(record: Record, address: str, person: Person, container: Container, asked_of: Wanted) -> dict[str, Any]:
    return {
        "question": record.question,
        "message": record.message,
        "ticket": record.ticket if person.may(Right.READ_TICKETS) else None,
        **_view(record.trace, record.asked, address, person, container, asked_of),
    }


def _of_question(
    question: str, locale: str, audience: Audience, person: Person, container: Container, asked_of: Wanted
) -> dict[str, Any]:
    language = locale or container.detect_locale(question, container.installation.current().site.default_locale)
    audiences = frozenset({str(Audience.PUBLIC), str(audience)})
    answer = container.reasons.ask(question, language, audiences)
    trace = {**answer.trace, "confidence": answer.confidence}
    asked = Asked(str(trace.get("query") or question), answer.language, audiences, str(trace.get("intent", "")))
    address = "/editor/why?" + urlencode({"q": question, "locale": locale, "audience": str(audience)})
    return {"answer": shown_answer(answer), **_view(trace, asked, address, person, container, asked_of)}


def _view(
    trace: Any, asked: Asked, address: str, person: Person, container: Container, asked_of: Wanted
) -> dict[str, Any]:
    """What the view needs, whatever page it is part of."""
    quoted = trace.get("quoted") or []
    may_ask = person.may(Right.SEARCH_KNOWLEDGE)
    return {
        "trace": trace,
        "why": why(trace),
        "candidates": [candidate(one, quoted, address) for one in trace.get("candidates") or []],
        "raw": orjson.dumps(trace, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode(),
        "address": address.partition("?")[0],
        "find": asked_of.find,
        "found": _articles(asked_of.find, address, person, container) if may_ask and asked_of.find else [],
        "against": _against(asked, asked_of, container) if may_ask and asked_of.article else None,
        "may_ask": may_ask,
        "may_edit": person.may(Right.EDIT_ARTICLES),
    }


def _against(asked: Asked, asked_of: Wanted, container: Container) -> dict[str, Any]:
    found = container.reasons.why_not(asked, key_of(asked_of.article, asked_of.locale))
    return why_not(found, asked.language)


def _articles(text: str, address: str, person: Person, container: Container) -> list[dict[str, Any]]:
    """Articles whose title or text has these words; only editors are shown what is not published."""
    status = "" if person.may(Right.EDIT_ARTICLES) else "published"
    page = container.articles.reading.page(Filters(q=text, status=status), limit=_FOUND)
    lower = text.casefold()
    ordered = sorted(page.items, key=lambda each: lower not in each.content.title.casefold())
    return [
        {
            "title": each.content.title,
            "locale": locale_name(each.key.locale),
            "status": str(each.status),
            "href": against(address, each.key.id, each.key.locale),
        }
        for each in ordered
    ]
