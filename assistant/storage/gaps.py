"""Queries about unresolved questions."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from assistant.storage.tables import Conversation, Gap, GapQuestion, Message, Ticket
from assistant.storage.tables.base import now

_EXAMPLES = 8


def text_of(session: Session, message_id: str) -> str | None:
    """A message's words."""
    return session.scalar(select(Message.text).where(Message.id == message_id))


def question(session: Session, message_id: str) -> GapQuestion | None:
    """Where a message is filed already."""
    return session.get(GapQuestion, message_id)


def open_vectors(session: Session, locale: str, model: str) -> list[tuple[int, bytes]]:
    """The ids and vectors of the open groups of a language whose vectors are of this model."""
    query = select(Gap.id, Gap.vector).where(Gap.status == "open", Gap.locale == locale, Gap.model == model)
    return [(row.id, row.vector or b"") for row in session.execute(query.order_by(Gap.id))]


def every_open(session: Session, model: str) -> list[Gap]:
    """All open groups whose vectors are of this model, the most asked first."""
    query = select(Gap).where(Gap.status == "open", Gap.model == model).order_by(Gap.count.desc(), Gap.id)
    return list(session.scalars(query.limit(2_000)))


def add_group(session: Session, text: str, locale: str, model: str, vector: bytes) -> Gap:
    """A new open group with its first wording."""
    gap = Gap(question=text[:500], locale=locale, model=model, vector=vector)
    session.add(gap)
    session.flush()
    return gap


def add_question(session: Session, gap: Gap, message_id: str, reason: str) -> None:
    """Count a message into a group."""
    sample = session.scalar(select(Message.sample).where(Message.id == message_id)) or False
    session.add(GapQuestion(message_id=message_id, gap_id=gap.id, reason=reason))
    gap.count += 1
    gap.last_at = now()
    gap.sample = sample if gap.count == 1 else (gap.sample and sample)


def group(session: Session, gap_id: int) -> Gap | None:
    """A group by number, its row locked."""
    return session.get(Gap, gap_id, with_for_update=True)


def page(session: Session, status: str, locale: str, cursor: str, limit: int) -> dict[str, Any]:
    """Groups, the most asked first, with some of their questions."""
    offset = int(cursor) if cursor.isdigit() else 0
    query = select(Gap).where(Gap.status == status)
    if locale:
        query = query.where(Gap.locale == locale)
    groups = list(session.scalars(query.order_by(Gap.count.desc(), Gap.id.desc()).offset(offset).limit(limit + 1)))
    examples = _examples(session, [gap.id for gap in groups[:limit]])
    items = [_shown(gap, examples.get(gap.id, [])) for gap in groups[:limit]]
    return {"items": items, "next_cursor": str(offset + limit) if len(groups) > limit else None}


def shown(session: Session, gap: Gap) -> dict[str, Any]:
    """One group as ``page`` shows it."""
    return _shown(gap, _examples(session, [gap.id]).get(gap.id, []))


def count_open(session: Session) -> int:
    """How many groups are open."""
    return session.scalar(select(func.count()).select_from(Gap).where(Gap.status == "open")) or 0


def _examples(session: Session, gap_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    place = func.row_number().over(partition_by=GapQuestion.gap_id, order_by=Message.created_at.desc()).label("place")
    ticket = select(func.max(Ticket.number)).where(Ticket.conversation_id == Conversation.id).scalar_subquery()
    ranked = (
        select(
            GapQuestion.gap_id,
            GapQuestion.reason,
            Message.id,
            Message.text,
            Message.created_at,
            Conversation.id.label("conversation"),
            ticket.label("ticket"),
            place,
        )
        .join(Message, Message.id == GapQuestion.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(GapQuestion.gap_id.in_(gap_ids))
        .subquery()
    )
    rows = session.execute(select(ranked).where(ranked.c.place <= _EXAMPLES).order_by(ranked.c.gap_id, ranked.c.place))
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.gap_id, []).append(
            {
                "message": row.id,
                "text": row.text,
                "reason": row.reason,
                "conversation": row.conversation,
                "ticket": row.ticket,
                "created_at": row.created_at,
            }
        )
    return found


def _shown(gap: Gap, examples: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": gap.id,
        "question": gap.question,
        "locale": gap.locale,
        "count": gap.count,
        "status": gap.status,
        "article": gap.article,
        "sample": gap.sample,
        "first_at": gap.first_at,
        "last_at": gap.last_at,
        "questions": examples,
    }
