"""The numbers of the desk."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import InsightsUser, Services
from api.schemas.insights import Summary

router = APIRouter(prefix="/insights", tags=["insights"])


@router.get("/summary")
def summary(
    _user: InsightsUser,
    container: Services,
    first: Annotated[date | None, Query(alias="from", description="The first day; 28 days before the last.")] = None,
    last: Annotated[date | None, Query(alias="to", description="The last day, included; today.")] = None,
    tz: Annotated[str, Query(max_length=64, description="A time zone; the installation's own.")] = "",
) -> Summary:
    """Conversations, outcomes, resolution, handovers, ratings and times over some days."""
    return Summary.model_validate(container.insights.summary(first, last, tz))
