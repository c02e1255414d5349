"""Sample rows: mark them, move them into the past, and remove them all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from assistant.storage.events import stream_of
from assistant.storage.tables import (
    Conversation,
    Customer,
    Event,
    Feedback,
    Gap,
    GapQuestion,
    Message,
    Rating,
    Stream,
    Ticket,
    TicketChange,
    Trace,
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
    """Remove every sample row; unresolved questions keep the real ones among their questions."""
    conversations = select(Conversation.id).where(Conversation.sample)
    messages = select(Message.id).where(Message.conversation_id.in_(conversations))
    numbers = select(Ticket.number).where(Ticket.conversation_id.in_(conversations))
    for table, column, those in (
        (GapQuestion, GapQuestion.message_id, messages),
        (Feedback, Feedback.message_id, messages),
        (Trace, Trace.message_id, messages),
        (Rating, Rating.conversation_id, conversations),
        (TicketChange, TicketChange.ticket, numbers),
    ):
        session.execute(delete(table).where(column.in_(those)))
    streams = [stream_of(conversation_id) for conversation_id in session.scalars(conversations)]
    for start in range(0, len(streams), 500):
        some = streams[start : start + 500]
        session.execute(delete(Event).where(Event.stream.in_(some)))
        session.execute(delete(Stream).where(Stream.name.in_(some)))
    session.execute(delete(Ticket).where(Ticket.conversation_id.in_(conversations)))
    session.execute(delete(Message).where(Message.conversation_id.in_(conversations)))
    session.execute(delete(Conversation).where(Conversation.sample))
    session.execute(delete(Customer).where(Customer.sample))
    session.execute(delete(Gap).where(~select(GapQuestion.gap_id).where(GapQuestion.gap_id == Gap.id).exists()))
    left = select(func.count()).select_from(GapQuestion).where(GapQuestion.gap_id == Gap.id).scalar_subquery()
    session.execute(update(Gap).values(count=left, sample=False))
