"""Tickets, their history, canned replies, and the questions that the knowledge base left open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from assistant.storage.tables.base import Base, now


class Ticket(Base):
    """A conversation that a person works on.

    The customer's link is derived from the installation's key and ``link_salt``, so it can be mailed again and revoked;
    only its hash is stored. ``due_at`` is the time that the customer was told.
    """

    __tablename__ = "tickets"
    __table_args__ = (Index("ix_tickets_status_updated_at", "status", "updated_at"), {"sqlite_autoincrement": True})

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    previous: Mapped[int | None] = mapped_column(ForeignKey("tickets.number"))
    status: Mapped[str] = mapped_column(default="new")
    priority: Mapped[str] = mapped_column(default="normal")
    group: Mapped[str] = mapped_column("group_name", default="", index=True)
    assignee_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    tags: Mapped[list[str]] = mapped_column(default=list)
    subject: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(default="en")
    reason: Mapped[str] = mapped_column(default="")
    brief: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    link_salt: Mapped[str]
    link_hash: Mapped[str] = mapped_column(unique=True)
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    overdue_told: Mapped[bool] = mapped_column(default=False)
    nudges: Mapped[int] = mapped_column(default=0)
    nudged_at: Mapped[datetime | None]
    first_response_at: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class TicketChange(Base):
    """What was changed on a ticket, by whom."""

    __tablename__ = "ticket_changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket: Mapped[int] = mapped_column(ForeignKey("tickets.number", ondelete="CASCADE"), index=True)
    actor_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    actor: Mapped[str] = mapped_column(default="")
    changes: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Macro(Base):
    """A canned reply."""

    __tablename__ = "macros"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(default="en")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Gap(Base):
    """A question, asked in several ways, that the knowledge base did not answer."""

    __tablename__ = "gaps"

    id: Mapped[int] = mapped_column(primary_key=True)
    question: Mapped[str] = mapped_column(Text)
    locale: Mapped[str]
    count: Mapped[int] = mapped_column(default=0)
    status: Mapped[str] = mapped_column(default="open", index=True)
    model: Mapped[str] = mapped_column(default="")
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    article: Mapped[str] = mapped_column(default="")
    sample: Mapped[bool] = mapped_column(default=False)
    first_at: Mapped[datetime] = mapped_column(default=now)
    last_at: Mapped[datetime] = mapped_column(default=now)


class GapQuestion(Base):
    """One customer message that belongs to a gap."""

    __tablename__ = "gap_questions"

    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True)
    gap_id: Mapped[int] = mapped_column(ForeignKey("gaps.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(default="")
