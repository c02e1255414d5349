"""Tickets as the desk's callers receive them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from assistant.storage.desk import TicketRow
from assistant.storage.tables import Conversation, Customer, Message, Ticket, TicketChange, User

_PREVIEW = 160


def name_of(user: User) -> str:
    """What to call a person."""
    return user.name or user.email.split("@", 1)[0]


def ticket_facts(ticket: Ticket) -> dict[str, Any]:
    """A ticket without its surroundings."""
    return {
        "number": ticket.number,
        "status": ticket.status,
        "priority": ticket.priority,
        "group": ticket.group,
        "assignee": ticket.assignee_id,
        "tags": list(ticket.tags),
        "subject": ticket.subject,
        "language": ticket.language,
        "reason": ticket.reason,
        "due_at": ticket.due_at,
        "late": ticket.overdue_told,
        "nudges": ticket.nudges,
        "first_response_at": ticket.first_response_at,
        "solved_at": ticket.solved_at,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "version": ticket.version,
    }


def ticket_item(row: TicketRow, last: Message | None, at: datetime) -> dict[str, Any]:
    """A line of the ticket list."""
    facts = ticket_facts(row.ticket)
    late = facts["late"] or (
        row.ticket.status != "pending" and row.ticket.due_at is not None and row.ticket.due_at < at
    )
    return facts | {
        "late": late,
        "assignee_name": None if row.assignee is None else name_of(row.assignee),
        "conversation": row.conversation.id,
        "state": row.conversation.state,
        "outcome": row.conversation.outcome or None,
        "customer": customer_facts(row.customer),
        "last": None if last is None else {"role": last.role, "text": _preview(last.text), "at": last.created_at},
    }


def customer_facts(customer: Customer) -> dict[str, Any]:
    """Who is on the other side, and whether that is known or merely claimed."""
    return {
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "external_id": customer.external_id,
        "verified": customer.verified,
    }


def earlier_ticket(ticket: Ticket) -> dict[str, Any]:
    """Another ticket, to be followed from this one."""
    return {
        "number": ticket.number,
        "subject": ticket.subject,
        "status": ticket.status,
        "created_at": ticket.created_at,
    }


def history_entry(change: TicketChange, names: Mapping[str, str]) -> dict[str, Any]:
    """One change of a ticket; people appear by name."""
    changes = dict(change.changes)
    if "assignee_id" in changes:
        changes["assignee"] = [names.get(person, person) for person in changes.pop("assignee_id")]
    return {"actor": change.actor, "changes": changes, "at": change.created_at}


def conversation_item(
    conversation: Conversation, customer: Customer, number: int | None, last: Message | None
) -> dict[str, Any]:
    """A line of the list of conversations."""
    return {
        "id": conversation.id,
        "state": conversation.state,
        "outcome": conversation.outcome or None,
        "locale": conversation.locale,
        "channel": conversation.channel,
        "customer": customer_facts(customer),
        "ticket": number,
        "last": None if last is None else {"role": last.role, "text": _preview(last.text), "at": last.created_at},
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
    }


def sources_tried(messages: Iterable[Message], traces: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every passage that was quoted or merely found: the quoted first, each with the first answer that tried it."""
    found: dict[str, dict[str, Any]] = {}
    rows = list(messages)
    for message in rows:
        for citation in message.citations:
            found.setdefault(str(citation.get("passage")), _source(citation, message.id, quoted=True))
    for message in rows:
        for candidate in traces.get(message.id, {}).get("candidates", ()):
            found.setdefault(str(candidate.get("passage")), _source(candidate, message.id, quoted=False))
    return list(found.values())


def _source(facts: Mapping[str, Any], message_id: str, *, quoted: bool) -> dict[str, Any]:
    return {
        "kind": facts.get("kind", "passage"),
        "article": facts.get("article", ""),
        "locale": facts.get("locale", ""),
        "passage": facts.get("passage", ""),
        "title": facts.get("title", ""),
        "heading": facts.get("heading", ""),
        "url": facts.get("url", ""),
        "quote": facts.get("quote", ""),
        "score": facts.get("score"),
        "quoted": quoted,
        "message": message_id,
    }


def _preview(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _PREVIEW else plain[: _PREVIEW - 1].rstrip() + "…"
