"""Queries about tickets, and the one way in which a ticket is opened."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from assistant.domain.conversations import ConversationMove, ConversationState, moved
from assistant.domain.tickets import UNSOLVED, TicketPriority, TicketStatus
from assistant.storage import events
from assistant.storage.queries import insert
from assistant.storage.tables import Conversation, StoredSetting, Ticket, TicketChange
from assistant.storage.tables.base import now

_LINK_KEY = "ticket_link_key"
# Kept: every turn asks it.
_NEWEST_OF = select(func.max(Ticket.number)).where(Ticket.conversation_id == bindparam("conversation"))


@dataclass(frozen=True, slots=True)
class NewTicket:
    """What is known when a conversation is handed over."""

    reason: str
    subject: str
    language: str
    brief: dict[str, Any]
    priority: TicketPriority
    group: str
    due_at: datetime | None


def _link_key(session: Session) -> bytes:
    stored = session.get(StoredSetting, _LINK_KEY)
    if stored is None:
        # The first two tickets of an installation may come at once; the key of one of them holds.
        made = insert(session, StoredSetting).values(key=_LINK_KEY, value=secrets.token_hex(32))
        session.execute(made.on_conflict_do_nothing())
        stored = session.get_one(StoredSetting, _LINK_KEY)
    return bytes.fromhex(str(stored.value))


def link_secret(session: Session, ticket: Ticket) -> str:
    """The secret part of the customer's ticket link: 32 URL-safe characters, the same until it is revoked."""
    digest = hmac.new(_link_key(session), ticket.link_salt.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest[:24]).decode()


def renew_link(session: Session, ticket: Ticket) -> None:
    """Give the ticket another link; the old one leads nowhere from this commit on."""
    ticket.link_salt = secrets.token_hex(16)
    ticket.link_hash = _hash(link_secret(session, ticket))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def by_link(session: Session, secret: str) -> Ticket | None:
    """The ticket that a customer's link names."""
    return session.scalars(select(Ticket).where(Ticket.link_hash == _hash(secret))).first()


def locked(session: Session, number: int) -> Ticket | None:
    """A ticket whose row is ours until commit."""
    return session.get(Ticket, number, with_for_update=True)


def by_number(session: Session, number: int) -> Ticket | None:
    """A ticket by number."""
    return session.get(Ticket, number)


def newest_of(session: Session, conversation_id: str) -> Ticket | None:
    """The newest ticket of a conversation, whatever its status."""
    # Most conversations have none: that is found out past the session, whose care for entities costs as much again.
    session.flush()
    number = session.connection().scalar(_NEWEST_OF, {"conversation": conversation_id})
    return None if number is None else session.get_one(Ticket, number)


def position(session: Session, ticket: Ticket) -> int:
    """How many unanswered tickets stand before this one in its group, plus one."""
    query = (
        select(func.count())
        .select_from(Ticket)
        .where(
            Ticket.status.in_((TicketStatus.NEW, TicketStatus.OPEN)),
            Ticket.first_response_at.is_(None),
            Ticket.number < ticket.number,
            Ticket.group == ticket.group,
        )
    )
    return (session.scalar(query) or 0) + 1


def open_for(session: Session, conversation: Conversation, new: NewTicket) -> tuple[Ticket, bool]:
    """The conversation's one open ticket, and whether it was made now.

    A solved ticket is reopened; after a closed one, a new ticket is linked to the old. The conversation must be locked.
    """
    before = newest_of(session, conversation.id)
    if before is not None and before.status != TicketStatus.CLOSED:
        if before.status == TicketStatus.SOLVED:
            change(session, before, {"status": TicketStatus.OPEN, "solved_at": None}, actor="")
        if before.due_at is None:
            before.due_at, before.overdue_told = new.due_at, False
        made = False
        ticket = before
    else:
        ticket = _insert(session, conversation, new, previous=before.number if before else None)
        made = True
    if conversation.state != ConversationState.HUMAN:
        conversation.state = moved(ConversationState(conversation.state), ConversationMove.HAND_OVER)
    announce(session, ticket, "ticket.created" if made else "ticket.changed")
    return ticket, made


def _insert(session: Session, conversation: Conversation, new: NewTicket, previous: int | None) -> Ticket:
    ticket = Ticket(
        conversation_id=conversation.id,
        previous=previous,
        reason=new.reason,
        subject=new.subject,
        language=new.language,
        brief=new.brief,
        priority=new.priority,
        group=new.group,
        due_at=new.due_at,
        link_salt=secrets.token_hex(16),
        link_hash="",
        sample=conversation.sample,
    )
    ticket.link_hash = _hash(link_secret(session, ticket))
    session.add(ticket)
    session.flush()
    session.add(TicketChange(ticket=ticket.number, actor="", changes={"created": new.reason}))
    return ticket


def change(
    session: Session, ticket: Ticket, fields: dict[str, Any], *, actor: str, actor_id: str | None = None
) -> dict[str, Any]:
    """The fields that really changed, as ``{name: [before, after]}``; the version goes up and the history grows."""
    changed: dict[str, Any] = {}
    for name, value in fields.items():
        before = getattr(ticket, name)
        if before != value:
            changed[name] = [
                str(before) if isinstance(before, datetime) else before,
                value if not isinstance(value, datetime) else str(value),
            ]
            setattr(ticket, name, value)
    if not changed:
        return {}
    if "status" in changed:
        ticket.solved_at = now() if ticket.status == TicketStatus.SOLVED else ticket.solved_at
    ticket.version += 1
    ticket.updated_at = now()
    session.add(TicketChange(ticket=ticket.number, actor=actor, actor_id=actor_id, changes=changed))
    return changed


def announce(session: Session, ticket: Ticket, kind: str, **more: Any) -> None:
    """Tell the desk, and the customer whose ticket it is, that a ticket is new or has changed."""
    facts = {"number": ticket.number, "status": ticket.status, "conversation": ticket.conversation_id}
    desk = {**facts, "assignee": ticket.assignee_id, "priority": ticket.priority, "subject": ticket.subject, **more}
    events.append(session, events.DESK, kind, desk, public=False)
    events.append(
        session,
        events.stream_of(ticket.conversation_id),
        "status",
        {"ticket": {"number": ticket.number, "status": ticket.status}},
    )


def overdue(session: Session, moment: datetime) -> Sequence[Ticket]:
    """Unsolved tickets whose promised time has passed and whose customer has not been told."""
    query = select(Ticket).where(
        Ticket.status.in_(UNSOLVED),
        Ticket.due_at < moment,
        Ticket.overdue_told.is_(False),
        Ticket.status != TicketStatus.PENDING,
    )
    return session.scalars(query).all()


def history(session: Session, number: int) -> Sequence[TicketChange]:
    """What was changed on a ticket, oldest first."""
    return session.scalars(select(TicketChange).where(TicketChange.ticket == number).order_by(TicketChange.id)).all()
