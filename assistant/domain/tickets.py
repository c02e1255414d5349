"""Tickets: statuses, priorities, allowed moves, and the brief that a ticket opens with."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class TicketStatus(StrEnum):
    """Where a ticket stands."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"


class TicketPriority(StrEnum):
    """How soon a ticket wants a person."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


_ALLOWED: dict[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.NEW: frozenset({TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.SOLVED, TicketStatus.CLOSED}),
    TicketStatus.OPEN: frozenset({TicketStatus.PENDING, TicketStatus.SOLVED, TicketStatus.CLOSED}),
    TicketStatus.PENDING: frozenset({TicketStatus.OPEN, TicketStatus.SOLVED, TicketStatus.CLOSED}),
    TicketStatus.SOLVED: frozenset({TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.CLOSED}),
    TicketStatus.CLOSED: frozenset(),
}

UNSOLVED = (TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PENDING)


def may_move(before: TicketStatus, after: TicketStatus) -> bool:
    """Whether a ticket may go from one status to another; staying is always allowed."""
    return before == after or after in _ALLOWED[before]


@dataclass(frozen=True, slots=True)
class BriefLine:
    """One statement of a brief and the ids of the messages that it rests on (never none)."""

    text: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consulted:
    """What the assistant drew on in a conversation, for its brief.

    ``shown`` has title and message id of each article that was quoted, ``drafts`` of each answer that waits for the
    agents. ``nearest`` is the title that was offered last without being quoted, ``category`` that of the articles
    quoted last or, where none was, that most of the nearest ones share.
    """

    shown: tuple[tuple[str, str], ...] = ()
    drafts: tuple[tuple[str, str], ...] = ()
    nearest: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """What an agent needs to know at a glance; every line points to its evidence."""

    wants: BriefLine
    why: BriefLine
    next: BriefLine
    mood: str
    language: str
    group: str
    priority: TicketPriority
    facts: tuple[BriefLine, ...] = field(default=())
    tried: tuple[BriefLine, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """The brief in the public shape: texts by part, and ``evidence`` by part and line."""
        evidence = {
            "wants": [list(self.wants.evidence)],
            "why": [list(self.why.evidence)],
            "next": [list(self.next.evidence)],
            "facts": [list(line.evidence) for line in self.facts],
            "tried": [list(line.evidence) for line in self.tried],
        }
        plain = asdict(self)
        return {
            "wants": self.wants.text,
            "why": self.why.text,
            "next": self.next.text,
            "facts": [line.text for line in self.facts],
            "tried": [line.text for line in self.tried],
            "mood": plain["mood"],
            "language": self.language,
            "group": self.group,
            "priority": str(self.priority),
            "evidence": evidence,
        }
