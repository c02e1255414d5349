"""How much of everything there is, and what the queue is at."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistant.storage.tables import Article, Conversation, Job, Ticket, User

_LIVE = ("queued", "running")


def published(session: Session) -> int:
    """How many articles customers can read, each locale by itself."""
    found = select(func.count()).where(Article.published.is_not(None), Article.deleted_at.is_(None))
    return session.scalar(found) or 0


def conversations(session: Session) -> int:
    """How many conversations customers have begun by writing something, samples apart."""
    found = select(func.count()).where(Conversation.sample.is_(False), Conversation.last_seq > 0)
    return session.scalar(found) or 0


def open_tickets(session: Session) -> int:
    """How many tickets wait for someone."""
    return session.scalar(select(func.count()).where(Ticket.status.in_(("new", "open")))) or 0


def people(session: Session) -> int:
    """How many people can sign in."""
    return session.scalar(select(func.count()).where(User.active)) or 0


def waiting(session: Session, kinds: Collection[str] = ()) -> int:
    """How many jobs are queued or running, of these kinds where some are named."""
    query = select(func.count()).where(Job.state.in_(_LIVE))
    return session.scalar(query.where(Job.kind.in_(kinds)) if kinds else query) or 0


def failed(session: Session, limit: int) -> Sequence[Job]:
    """Jobs that were given up, the latest first."""
    query = select(Job).where(Job.state == "failed").order_by(Job.finished_at.desc()).limit(limit)
    return session.scalars(query).all()


def failed_kinds(session: Session) -> dict[str, int]:
    """How many jobs of each kind were given up."""
    rows = session.execute(select(Job.kind, func.count()).where(Job.state == "failed").group_by(Job.kind))
    return {kind: count for kind, count in rows}
