"""What editors look after: unresolved questions, and articles that need one of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import Cursor, PageEditor, Services
from api.web.article_shapes import edit_url, locale_name, translate_url
from api.web.editor_pages import lead_locale
from api.web.site import site
from assistant.articles import Concern, Worry
from assistant.domain.people import Right

router = APIRouter(prefix="/editor", include_in_schema=False)

_SHOWN = 25


@router.get("/gaps")
def gaps(
    request: Request,
    person: PageEditor,
    container: Services,
    status: Literal["open", "fixed", "dismissed"] = "open",
    locale: Annotated[str, Query(max_length=35)] = "",
    cursor: Cursor = "",
) -> Response:
    """Questions that the knowledge base did not answer, the most asked first."""
    page = container.gaps.list(status, locale, cursor)
    return site(request).page(
        request,
        "editor/gaps.html",
        title="Unresolved questions",
        person=person,
        chosen=status,
        locale_chosen=locale,
        items=page["items"],
        next_cursor=page["next_cursor"],
        first_page=not cursor,
        locales=[(each, locale_name(each)) for each in container.articles.reading.locales()],
        may_read_tickets=person.may(Right.READ_TICKETS),
        gap_count=container.gaps.count_open(),
    )


@router.get("/health")
def health(request: Request, person: PageEditor, container: Services) -> Response:
    """Articles that need an editor, by reason."""
    lead = lead_locale(container)
    concerns = container.articles.upkeep.concerns(lead)
    groups = [
        {"worry": str(worry), "count": len(found), "items": [_concern(each) for each in found[:_SHOWN]]}
        for worry, found in concerns.items()
    ]
    return site(request).page(
        request,
        "editor/health.html",
        title="Health",
        person=person,
        groups=groups,
        lead=locale_name(lead),
        counts=container.articles.reading.counts(),
        gap_count=container.gaps.count_open(),
    )


def _concern(concern: Concern) -> dict[str, Any]:
    key = concern.key
    missing = [
        {"name": locale_name(locale), "href": translate_url(key.id, key.locale, locale)} for locale in concern.missing
    ]
    return {
        "title": concern.title,
        "href": edit_url(key.id, key.locale),
        "locale": locale_name(key.locale),
        "updated_at": concern.updated_at,
        "share": concern.share if concern.worry is Worry.UNHELPFUL else None,
        "votes": concern.votes,
        "missing": missing,
    }
