"""People of the desk: their roles, the rights that these add up to, and who acted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,190}")


def is_email(text: str) -> bool:
    """Whether a text is one e-mail address: no list of them, no name around it, nothing that could start a header."""
    return _EMAIL.fullmatch(text) is not None


class Role(StrEnum):
    """What a person is here. A person may have several."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    EDITOR = "editor"
    AGENT = "agent"
    COLLABORATOR = "collaborator"


class Right(StrEnum):
    """Something that a person may do."""

    READ_TICKETS = "read_tickets"
    WRITE_NOTES = "write_notes"
    WORK_TICKETS = "work_tickets"
    SUPERVISE = "supervise"
    EDIT_ARTICLES = "edit_articles"
    SEARCH_KNOWLEDGE = "search_knowledge"
    SEE_INSIGHTS = "see_insights"
    ADMINISTER = "administer"


_COLLABORATOR = frozenset({Right.READ_TICKETS, Right.WRITE_NOTES})
_AGENT = _COLLABORATOR | {Right.WORK_TICKETS, Right.SEARCH_KNOWLEDGE, Right.SEE_INSIGHTS}

_RIGHTS: dict[Role, frozenset[Right]] = {
    Role.COLLABORATOR: _COLLABORATOR,
    Role.AGENT: _AGENT,
    Role.SUPERVISOR: _AGENT | {Right.SUPERVISE},
    Role.EDITOR: frozenset({Right.EDIT_ARTICLES, Right.SEARCH_KNOWLEDGE, Right.SEE_INSIGHTS}),
    Role.ADMIN: frozenset(Right),
}


def rights(roles: Iterable[Role]) -> frozenset[Right]:
    """Everything that someone with these roles may do: the rights of each, added up."""
    return frozenset().union(*(_RIGHTS[role] for role in roles))


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as the audit log keeps it: a reference to a person, or the name of a part of the product."""

    id: str | None = None
    label: str = ""


SYSTEM = Actor(label="system")
COMMAND_LINE = Actor(label="command line")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who signs in, without any secret."""

    id: str
    email: str
    name: str
    roles: frozenset[Role]
    locale: str
    active: bool
    on_duty: bool
    created_at: datetime
    last_seen_at: datetime | None

    @property
    def rights(self) -> frozenset[Right]:
        """What this person may do; nothing once disabled."""
        return rights(self.roles) if self.active else frozenset()

    def may(self, right: Right) -> bool:
        """Whether this person has the right."""
        return right in self.rights

    @property
    def actor(self) -> Actor:
        """This person as the audit log keeps them."""
        return Actor(self.id)

    @property
    def display_name(self) -> str:
        """The name, or what stands before the @ of the e-mail where none was given."""
        return self.name or self.email.split("@", 1)[0]
