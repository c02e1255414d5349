"""Search of the knowledge base, with why each passage ranked where it did."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import SearchUser, Services
from api.schemas.articles import SearchAnswer, SearchResult
from assistant.domain.articles import Audience

router = APIRouter(tags=["articles"])


@router.get("/search")
def search(
    _person: SearchUser,
    container: Services,
    q: Annotated[str, Query(min_length=1, max_length=4_000)],
    k: Annotated[int, Query(ge=1, le=100)] = 10,
    locale: Annotated[str, Query(max_length=35)] = "",
) -> SearchAnswer:
    """Ranked passages of all published articles, best first, whoever they are for."""
    wanted = locale or container.detect_locale(q, container.installation.current().site.default_locale)
    hits = container.find(q, wanted, k, tuple(str(audience) for audience in Audience))
    return SearchAnswer(results=[SearchResult.of(hit) for hit in hits])
