"""Erase conversations whole: messages, tickets, opinions, traces, events, and customers of whom nothing is left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from assistant.storage import events
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

AT_ONCE = 200


def conversations(session: Session, ids: Sequence[str]) -> None:
    """Erase these conversations (at most some hundreds at once) and the customers who have no other."""
    customers = session.scalars(select(Conversation.customer_id).where(Conversation.id.in_(ids))).all()
    messages = select(Message.id).where(Message.conversation_id.in_(ids))
    numbers = select(Ticket.number).where(Ticket.conversation_id.in_(ids))
    streams = [events.stream_of(each) for each in ids]
    # A later ticket may name one of these as the one before it.
    session.execute(update(Ticket).where(Ticket.previous.in_(numbers)).values(previous=None))
    for table, condition in (
        (GapQuestion, GapQuestion.message_id.in_(messages)),
        (Feedback, Feedback.message_id.in_(messages)),
        (Trace, Trace.message_id.in_(messages)),
        (Rating, Rating.conversation_id.in_(ids)),
        (TicketChange, TicketChange.ticket.in_(numbers)),
        (Ticket, Ticket.conversation_id.in_(ids)),
        (Message, Message.conversation_id.in_(ids)),
        (Event, Event.stream.in_(streams)),
        (Stream, Stream.name.in_(streams)),
        (Conversation, Conversation.id.in_(ids)),
    ):
        session.execute(delete(table).where(condition))
    others = select(Conversation.id).where(Conversation.customer_id == Customer.id).exists()
    session.execute(delete(Customer).where(Customer.id.in_(customers), ~others))
    recount_gaps(session)


def recount_gaps(session: Session) -> None:
    """Let unresolved questions count what is left of them; those of which nothing is left go."""
    left = select(func.count()).select_from(GapQuestion).where(GapQuestion.gap_id == Gap.id).scalar_subquery()
    session.execute(update(Gap).values(count=left))
    session.execute(delete(Gap).where(Gap.count == 0))


def conversations_before(session: Session, moment: datetime) -> Sequence[str]:
    """Some conversations in which nothing has happened since ``moment``."""
    query = (
        select(Conversation.id).where(Conversation.updated_at < moment).order_by(Conversation.updated_at).limit(AT_ONCE)
    )
    return session.scalars(query).all()


def traces_before(session: Session, moment: datetime) -> int:
    """How many traces of answers older than ``moment`` were erased, some at a time; the answers stay."""
    old = (
        select(Message.id).join(Trace, Trace.message_id == Message.id).where(Message.created_at < moment).limit(AT_ONCE)
    )
    ids = session.scalars(old).all()
    session.execute(delete(Trace).where(Trace.message_id.in_(ids)))
    return len(ids)
