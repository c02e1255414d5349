"""Queries about customers, conversations and messages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from assistant.domain.conversations import INTERNAL
from assistant.storage.queries import save, store
from assistant.storage.tables import Conversation, Customer, Feedback, Message, Rating, Trace
from assistant.storage.tables.base import now


class Said(NamedTuple):
    """A message, without what was cited and offered."""

    id: str
    seq: int
    role: str
    text: str
    outcome: str | None


# Statements of a turn are written once: writing one takes as long as running it.
_LOCKED = select(Conversation).where(Conversation.id == bindparam("id")).with_for_update()
_RECENT = (
    select(Message)
    .where(Message.conversation_id == bindparam("id"), Message.withdrawn.is_(False))
    .order_by(Message.seq.desc())
    .limit(bindparam("most"))
)
_SAID = _RECENT.with_only_columns(Message.id, Message.seq, Message.role, Message.text, Message.outcome)
_SPEAKER = select(Customer.name, Customer.verified).where(Customer.id == bindparam("id"))
_SENT_LAST = (
    select(Message.created_at)
    .where(Message.conversation_id == bindparam("id"), Message.role == "customer")
    .order_by(Message.seq.desc())
    .offset(bindparam("before"))
    .limit(1)
)


def locked(session: Session, conversation_id: str) -> Conversation | None:
    """A conversation whose row is ours until commit."""
    return session.scalars(_LOCKED, {"id": conversation_id}, execution_options={"populate_existing": True}).first()


def by_id(session: Session, conversation_id: str) -> Conversation | None:
    """A conversation by id."""
    return session.get(Conversation, conversation_id)


def add_message(session: Session, conversation: Conversation, message: Message) -> Message:
    """The message with its number in the conversation; the conversation counts as changed."""
    conversation.last_seq += 1
    conversation.updated_at = now()
    message.conversation_id = conversation.id
    message.seq = conversation.last_seq
    message.sample = conversation.sample
    save(session, conversation)
    return store(session, message)


def by_client_id(session: Session, conversation_id: str, client_id: str) -> Message | None:
    """The message that a client already sent under this id."""
    query = select(Message).where(Message.conversation_id == conversation_id, Message.client_id == client_id)
    return session.scalars(query).first()


def recent(session: Session, conversation_id: str, limit: int) -> list[Message]:
    """The newest messages that were not withdrawn, oldest first, notes and drafts included."""
    return list(reversed(session.scalars(_RECENT, {"id": conversation_id, "most": limit}).all()))


def said(session: Session, conversation_id: str, limit: int) -> list[Said]:
    """What a turn needs of the messages that ``recent`` gives."""
    rows = session.connection().execute(_SAID, {"id": conversation_id, "most": limit}).all()
    return [Said(*row) for row in reversed(rows)]


def transcript(session: Session, conversation_id: str, *, public_only: bool) -> Sequence[Message]:
    """All messages, oldest first; for a customer without what is internal and without what is not yet delivered."""
    query = select(Message).where(Message.conversation_id == conversation_id, Message.withdrawn.is_(False))
    if public_only:
        delivered = or_(Message.visible_at.is_(None), Message.visible_at <= now())
        query = query.where(Message.role.not_in(INTERNAL), delivered)
    return session.scalars(query.order_by(Message.seq)).all()


def sent_last(session: Session, conversation_id: str, number: int) -> datetime | None:
    """When the customer sent the oldest of their newest ``number`` messages; None where there are fewer."""
    moment: datetime | None = session.connection().scalar(_SENT_LAST, {"id": conversation_id, "before": number - 1})
    return moment


def reply_covering(session: Session, conversation_id: str, seq: int) -> Message | None:
    """The assistant's message that dealt with the customer's message number ``seq``."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.role == "assistant", Message.reply_to >= seq)
        .order_by(Message.seq)
        .limit(1)
    )
    return session.scalars(query).first()


def question_answered_by(session: Session, reply: Message) -> Message | None:
    """The newest message of the customer that an answer dealt with."""
    query = (
        select(Message)
        .where(
            Message.conversation_id == reply.conversation_id,
            Message.role == "customer",
            Message.seq <= (reply.reply_to or reply.seq),
        )
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def abandoned(
    session: Session, is_orphaned: Callable[[str], bool] = lambda _owner: False, limit: int = 20
) -> Sequence[str]:
    """Conversations whose customer waits for an answer that nobody is working on.

    ``is_orphaned`` knows which owners have let go of their leases without saying so.
    """
    query = (
        select(Conversation.id, Conversation.lease_owner, Conversation.lease_until)
        .where(Conversation.pending)
        .order_by(Conversation.updated_at)
    )
    moment = now()
    waiting = [
        row.id
        for row in session.execute(query)
        if row.lease_until is None or row.lease_until < moment or is_orphaned(row.lease_owner)
    ]
    return waiting[:limit]


def take_lease(
    conversation: Conversation,
    owner: str,
    seconds: float,
    is_orphaned: Callable[[str], bool] = lambda _owner: False,
) -> bool:
    """Whether ``owner`` may run the turn; the conversation must be locked."""
    moment = now()
    free = (
        conversation.lease_until is None
        or conversation.lease_until < moment
        or conversation.lease_owner == owner
        or is_orphaned(conversation.lease_owner)
    )
    if not (conversation.pending and free):
        return False
    conversation.lease_owner, conversation.lease_until = owner, moment + timedelta(seconds=seconds)
    return True


def release_leases(session: Session) -> None:
    """Let every turn be taken by others: for a process that knows that whoever ran them is gone."""
    held = update(Conversation).where(Conversation.lease_until.is_not(None))
    session.execute(held.values(lease_owner="", lease_until=None))


def drop_lease(conversation: Conversation) -> None:
    """Let others run the next turn."""
    conversation.lease_owner, conversation.lease_until = "", None


def message(session: Session, conversation_id: str, message_id: str) -> Message | None:
    """A message of this very conversation."""
    query = select(Message).where(Message.id == message_id, Message.conversation_id == conversation_id)
    return session.scalars(query).first()


def customer(session: Session, customer_id: str) -> Customer:
    """The customer of a conversation."""
    return session.get_one(Customer, customer_id)


def speaker(session: Session, customer_id: str) -> tuple[str, bool]:
    """A customer's name, and whether the site vouches for them."""
    name, verified = session.connection().execute(_SPEAKER, {"id": customer_id}).one()
    return name, verified


def verified_customer(session: Session, external_id: str) -> Customer | None:
    """The customer whom the site has vouched for under this id."""
    query = select(Customer).where(Customer.external_id == external_id, Customer.verified)
    return session.scalars(query).first()


def feedback_on(session: Session, message_ids: Collection[str]) -> Mapping[str, Feedback]:
    """What was thought of these answers, by message id."""
    rows = session.scalars(select(Feedback).where(Feedback.message_id.in_(message_ids))).all()
    return {row.message_id: row for row in rows}


def rating_of(session: Session, conversation_id: str) -> Rating | None:
    """The customer's rating of a conversation."""
    return session.get(Rating, conversation_id)


def trace_of(session: Session, message_id: str) -> bytes | None:
    """The stored trace of an answer, compressed."""
    return session.scalar(select(Trace.data).where(Trace.message_id == message_id))
