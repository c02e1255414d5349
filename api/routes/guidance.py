"""Rules for a model that words answers, for editors."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import EditorUser, Limit, Services
from api.schemas.guidance import (
    GuidanceChange,
    GuidancePublish,
    GuidanceRevert,
    GuidanceRevision,
    GuidanceRevisions,
    GuidanceState,
)

router = APIRouter(prefix="/guidance", tags=["articles"])


@router.get("")
def get_guidance(_person: EditorUser, container: Services) -> GuidanceState:
    """The rules as they are written now, and as they hold."""
    return GuidanceState.of(container.guidance.state())


@router.put("")
def save_guidance(body: GuidanceChange, person: EditorUser, container: Services) -> GuidanceState:
    """Save all rules as a new draft. Answers do not change until it is published. A stale `revision` gives 409."""
    return GuidanceState.of(container.guidance.save(body.to_domain(), body.revision, person.actor))


@router.post("/publish")
def publish_guidance(body: GuidancePublish, person: EditorUser, container: Services) -> GuidanceState:
    """Let the draft hold: from now on, models are told so, and what it forbids is dropped."""
    return GuidanceState.of(container.guidance.publish(body.revision, person.actor))


@router.post("/revert")
def revert_guidance(body: GuidanceRevert, person: EditorUser, container: Services) -> GuidanceState:
    """Bring an older revision back as the draft."""
    return GuidanceState.of(container.guidance.revert(body.revision, body.to, person.actor))


@router.get("/revisions")
def guidance_revisions(_person: EditorUser, container: Services, limit: Limit = 50) -> GuidanceRevisions:
    """What was saved, the newest first."""
    return GuidanceRevisions(items=[GuidanceRevision.of(view) for view in container.guidance.revisions(limit)])
