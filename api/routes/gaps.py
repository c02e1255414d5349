"""Unresolved questions, for editors."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.dependencies import Cursor, EditorUser, Limit, Services
from api.schemas.gaps import Gap, GapChange, GapPage

router = APIRouter(prefix="/gaps", tags=["articles"])


@router.get("")
def gaps(
    _person: EditorUser,
    container: Services,
    status: Literal["open", "fixed", "dismissed"] = "open",
    locale: Annotated[str, Query(max_length=35)] = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> GapPage:
    """Unresolved questions, grouped and counted, the most asked first."""
    return GapPage.model_validate(container.gaps.list(status, locale, cursor, limit))


@router.patch("/{id}")
def change_gap(id: int, body: GapChange, person: EditorUser, container: Services) -> Gap:
    """Close an unresolved question as fixed or dismissed, or open it again."""
    return Gap.model_validate(container.gaps.close(id, body.status, person.actor, body.article))
