"""The audit log as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel

from assistant.accounts import Entry


class AuditEntry(BaseModel):
    """Who did what to which thing."""

    id: int
    at: datetime
    actor_id: str | None
    actor: str
    action: str
    thing: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """The entry as the API shows it."""
        return cls(
            id=entry.id,
            at=entry.at,
            actor_id=entry.actor_id,
            actor=entry.actor,
            action=entry.action,
            thing=entry.thing,
            detail=entry.detail,
        )
