"""The audit log: who did what to which thing. References only, never personal values."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.domain.people import Actor
from assistant.storage.tables import AuditEntry, User


def record(session: Session, actor: Actor, action: str, thing: str, detail: dict[str, Any] | None = None) -> None:
    """Add an entry such as ``user.changed`` on ``user:ID``; it is kept if the unit of work is."""
    session.add(AuditEntry(actor_id=actor.id, actor=actor.label, action=action, thing=thing, detail=detail or {}))


def entries_before(
    session: Session, number: int | None, limit: int, about: str = "", actor_id: str = ""
) -> Sequence[tuple[AuditEntry, str]]:
    """Entries with the actor's present name, newest first, those older than entry ``number``.

    ``about`` is how actions begin, such as ``user``; with ``actor_id``, only what that person did.
    """
    query = select(AuditEntry, User.name, User.email).outerjoin(User, User.id == AuditEntry.actor_id)
    if number is not None:
        query = query.where(AuditEntry.id < number)
    if about:
        query = query.where(AuditEntry.action.startswith(about + ".", autoescape=True))
    if actor_id:
        query = query.where(AuditEntry.actor_id == actor_id)
    rows = session.execute(query.order_by(AuditEntry.id.desc()).limit(limit))
    return [(entry, name or email or entry.actor) for entry, name, email in rows]


def happened(session: Session, thing: str, actions: Collection[str], since: datetime) -> bool:
    """Whether one of these actions was taken on a thing after a moment."""
    query = select(AuditEntry.id).where(AuditEntry.thing == thing, AuditEntry.action.in_(actions))
    return session.scalars(query.where(AuditEntry.at > since).limit(1)).first() is not None
