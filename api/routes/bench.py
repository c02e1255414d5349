"""What a benchmark needs to know of the serving process itself. Only where ASKDESK_DEVELOPMENT is on."""

from __future__ import annotations

import time

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import AdminUser, Services
from assistant.errors import NotFound

router = APIRouter(prefix="/bench", tags=["operations"])


class BenchText(BaseModel):
    """A text to embed."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=4_000)


class BenchTime(BaseModel):
    """How long this process took."""

    seconds: float


@router.post("/embedding")
def embedding(body: BenchText, _person: AdminUser, container: Services) -> BenchTime:
    """Embed a text as a question and say how long that alone took; 404 unless ASKDESK_DEVELOPMENT is on."""
    serving = container.knowledge.serving
    if not container.settings.development or serving is None:
        raise NotFound("There is nothing to measure here: set ASKDESK_DEVELOPMENT=true for a benchmark.")
    started = time.perf_counter()
    serving.embedder.embed_query(body.text)
    return BenchTime(seconds=time.perf_counter() - started)
