"""The page of numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import PageInsights, Services
from api.web.site import site
from assistant.domain.people import Right
from assistant.insights import Summary

router = APIRouter(prefix="/desk/insights", include_in_schema=False)

PERIODS = (7, 28, 90, 365)
# Longer periods are drawn by the week, or the columns become too thin to point at.
_LONGEST_BY_DAY = 90


@router.get("")
def insights(
    request: Request, reader: PageInsights, container: Services, days: Annotated[int, Query(ge=1, le=731)] = 28
) -> Response:
    """The numbers of the last days, beside those of as many days before."""
    last = container.insights.today()
    first = last - timedelta(days=days - 1)
    summary = container.insights.summary(first, last)
    before = container.insights.summary(first - timedelta(days=days), first - timedelta(days=1))
    return site(request).page(
        request,
        "desk/insights.html",
        title="Numbers",
        person=reader,
        days=days,
        periods=PERIODS,
        now=summary,
        before=before,
        columns=_columns(summary),
        counts=container.desk.tickets.counts(reader) if reader.may(Right.READ_TICKETS) else None,
    )


def _columns(summary: Summary) -> list[dict[str, Any]]:
    """The volume in columns of a day, or of a week for long periods: the first day, conversations, handovers."""
    width = 1 if len(summary.days) <= _LONGEST_BY_DAY else 7
    groups = [summary.days[start : start + width] for start in range(0, len(summary.days), width)]
    return [
        {
            "first": group[0].date,
            "conversations": sum(day.conversations for day in group),
            "handovers": sum(day.handovers for day in group),
        }
        for group in groups
    ]
