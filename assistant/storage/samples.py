"""Sample rows: mark them, move them into the past, and remove them all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from assistant.storage import erasure
from assistant.storage.events import stream_of
from assistant.storage.tables import (
    Conversation,
    Customer,
    Event,
    Feedback,
    Gap,
    Message,
    Rating,
    Ticket,
    TicketChange,
)


def mark(session: Session, conversation_id: str) -> None:
    """Make a conversation, its customer and all that comes of it a sample."""
    conversation = session.get_one(Conversation, conversation_id)
    conversation.sample = True
    session.get_one(Customer, conversation.customer_id).sample = True


def backdate(session: Session, conversation_id: str, begin: datetime, gaps: list[timedelta]) -> None:
    """Move a conversation into the past: it begins at ``begin``, and each message follows the one before by a gap."""
    conversation = session.get_one(Conversation, conversation_id)
    messages = session.scalars(
        select(Message).where(Message.conversation_id == conversation_id).order_by(Message.seq)
    ).all()
    moment, last = begin, begin
    for place, message in enumerate(messages):
        moment += gaps[place] if place < len(gaps) else timedelta(minutes=2)
        message.created_at = last = moment
        session.execute(update(Feedback).where(Feedback.message_id == message.id).values(created_at=moment))
    conversation.created_at, conversation.updated_at = begin, last
    conversation.customer_seen_at = last
    session.execute(update(Rating).where(Rating.conversation_id == conversation_id).values(created_at=last))
    for ticket in session.scalars(select(Ticket).where(Ticket.conversation_id == conversation_id)):
        _backdate_ticket(session, ticket, messages, last)
    session.execute(delete(Event).where(Event.stream == stream_of(conversation_id)))


def _backdate_ticket(session: Session, ticket: Ticket, rows: Sequence[Message], last: datetime) -> None:
    opened = next((row.created_at for row in rows if row.outcome == "handed_over"), rows[0].created_at)
    replied = next((row.created_at for row in rows if row.role == "agent"), None)
    promised = (ticket.due_at - ticket.created_at) if ticket.due_at else timedelta()
    ticket.created_at, ticket.updated_at = opened, last
    ticket.first_response_at = replied
    ticket.solved_at = last if ticket.solved_at is not None else None
    if ticket.due_at is not None:
        ticket.due_at = max(opened, last) + promised
    session.execute(update(TicketChange).where(TicketChange.ticket == ticket.number).values(created_at=opened))


def promise_ended(session: Session, conversation_id: str, moment: datetime) -> None:
    """Let a ticket be overdue since ``moment``; the customer counts as told."""
    session.execute(
        update(Ticket).where(Ticket.conversation_id == conversation_id).values(due_at=moment, overdue_told=True)
    )


def count(session: Session) -> dict[str, int]:
    """How many sample conversations and tickets there are."""
    conversations = session.scalar(select(func.count()).select_from(Conversation).where(Conversation.sample)) or 0
    ticketed = session.scalar(select(func.count()).select_from(Ticket).where(Ticket.sample)) or 0
    return {"conversations": conversations, "tickets": ticketed}


def remove(session: Session) -> None:
    """Remove every sample conversation with all that came of it; unresolved questions keep the real ones."""
    while ids := session.scalars(select(Conversation.id).where(Conversation.sample).limit(erasure.AT_ONCE)).all():
        erasure.conversations(session, ids)
    session.execute(delete(Customer).where(Customer.sample))
    session.execute(update(Gap).values(sample=False))
