"""How sure is sure enough: the risk–coverage curve of the knowledge base, today's point on it, and another budget."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import PageEditor, Services
from api.web.charts import curve, spot
from api.web.site import site
from assistant.domain.people import Right

router = APIRouter(prefix="/editor", include_in_schema=False)

# The horizontal axis ends here, or behind today's point if that lies further out.
_SHOWN = 0.3
# Of the budgets on offer, those that the table lists.
_LISTED = (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2)


@router.get("/certainty")
def certainty(request: Request, person: PageEditor, container: Services) -> Response:
    """What the error budget gives, what others would, and whether stated confidence comes true."""
    section = container.installation.view()["assistant"]
    found = container.calibrations.certainty(float(section.values["error_budget"]))
    widest = max(_SHOWN, min(1.0, found.today.wrong * 1.2))
    points = [(point.wrong, point.answered) for point in found.curve if point.wrong <= widest]
    return site(request).page(
        request,
        "editor/certainty.html",
        title="Certainty",
        person=person,
        certainty=found,
        balanced=asdict(found.balanced),
        version=section.version,
        budgets=[asdict(point) for point in found.budgets],
        listed=[point for point in found.budgets if round(point.budget, 3) in _LISTED],
        widest=widest,
        risk=curve(points, widest, 1.0),
        today=spot(found.today.wrong, found.today.answered, widest, 1.0),
        reliable=curve([(one.promised, one.came) for one in found.reliability], 1.0, 1.0),
        dots=[spot(one.promised, one.came, 1.0, 1.0) for one in found.reliability],
        articles=container.articles.reading.counts()["published"],
        gap_count=container.gaps.count_open(),
        is_admin=person.may(Right.ADMINISTER),
    )
