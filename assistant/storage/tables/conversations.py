"""Customers, conversations, messages, the events that faces follow, and what was thought of the answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistant.storage.tables.base import Base, new_id, now


class Customer(Base):
    """A person on the other side. What they merely claim is unverified."""

    __tablename__ = "customers"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    external_id: Mapped[str] = mapped_column(default="", index=True)
    verified: Mapped[bool] = mapped_column(default=False)
    locale: Mapped[str] = mapped_column(default="")
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Conversation(Base):
    """A talk between a customer and the desk.

    ``last_seq`` numbers its messages; customer messages up to ``answered_seq`` have been dealt with. Whoever runs a
    turn holds ``lease_owner`` until ``lease_until``.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_pending", "pending", "lease_until"),
        Index("ix_conversations_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(index=True)
    token_expires_at: Mapped[datetime]
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    channel: Mapped[str] = mapped_column(default="web")
    locale: Mapped[str] = mapped_column(default="en")
    state: Mapped[str] = mapped_column(default="assistant", index=True)
    last_seq: Mapped[int] = mapped_column(default=0)
    answered_seq: Mapped[int] = mapped_column(default=0)
    pending: Mapped[bool] = mapped_column(default=False)
    lease_owner: Mapped[str] = mapped_column(default="")
    lease_until: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    handover_asked: Mapped[bool] = mapped_column(default=False)
    page: Mapped[str] = mapped_column(Text, default="")
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    customer_seen_at: Mapped[datetime | None]


class Message(Base):
    """Something said. Notes share the table but never a schema that a customer receives."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_id"),
        Index("ix_messages_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    seq: Mapped[int]
    role: Mapped[str]
    author_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(Text)
    client_id: Mapped[str | None]
    reply_to: Mapped[int | None]
    outcome: Mapped[str | None]
    confidence: Mapped[float | None]
    language: Mapped[str] = mapped_column(default="")
    citations: Mapped[list[Any]] = mapped_column(JSON, default=list)
    choices: Mapped[list[Any]] = mapped_column(JSON, default=list)
    written_by: Mapped[str] = mapped_column(default="")
    visible_at: Mapped[datetime | None]
    withdrawn: Mapped[bool] = mapped_column(default=False)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Stream(Base):
    """The last event number of a conversation or of the desk; its row lock gives numbers without gaps."""

    __tablename__ = "streams"

    name: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class Event(Base):
    """Something that open pages should hear of. ``public`` ones may reach the customer of the stream."""

    __tablename__ = "events"

    stream: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    public: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Feedback(Base):
    """Whether an answer helped, and if not, why."""

    __tablename__ = "feedback"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    helpful: Mapped[bool]
    reasons: Mapped[list[str]] = mapped_column(default=list)
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Rating(Base):
    """How satisfied a customer was with a whole conversation, from 1 to 5."""

    __tablename__ = "ratings"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    score: Mapped[int]
    comment: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)


class Trace(Base):
    """How an answer came about, as compressed JSON."""

    __tablename__ = "traces"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
