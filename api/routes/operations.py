"""What operators' tools ask: alive, ready, and the numbers."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from api.dependencies import Services

root = APIRouter(tags=["operations"])


class Health(BaseModel):
    """The process is alive."""

    status: str = "ok"


class Ready(BaseModel):
    """Whether customers can be answered, and the state of each part."""

    ready: bool
    parts: dict[str, str]


@root.get("/healthz")
async def healthz() -> Health:
    """Alive, whatever else is the matter."""
    return Health()


@root.get("/readyz", responses={503: {"model": Ready}})
def readyz(response: Response, container: Services) -> Ready:
    """Whether the installation can answer, and which parts are up; 503 until it can."""
    readiness = container.readiness()
    response.status_code = 200 if readiness.ready else 503
    return Ready(ready=readiness.ready, parts=readiness.parts)


@root.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(container: Services) -> Response:
    """Numbers in Prometheus' text format."""
    return Response(container.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
