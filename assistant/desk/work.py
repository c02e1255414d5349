"""Changing a ticket's fields, by the version that the person saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from assistant.desk.ground import Ground, Matter
from assistant.desk.shapes import ticket_facts
from assistant.desk.statuses import settle
from assistant.domain.people import Person, Right
from assistant.domain.tickets import TicketPriority, TicketStatus
from assistant.errors import Conflict, Invalid
from assistant.storage import accounts, audit
from assistant.wording import Worded

_MOST_TAGS = 20
_LONGEST_NAME = 100


class Work:
    """What agents change on tickets."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def change(self, number: int, fields: Mapping[str, Any], version: int, person: Person) -> dict[str, Any]:
        """The ticket's own facts after the change.

        ``fields`` may hold ``status``, ``assignee`` (a person's id or e-mail, or None for nobody), ``group``,
        ``priority``, ``tags`` and ``subject``; what it does not hold stays.

        Raises:
            NotFound: there is no such ticket.
            Conflict: someone changed it since ``version`` (``details`` says how it stands now), or the status cannot
                be reached from where it is.
            Invalid: a value cannot be used.
        """
        with self._ground.ticket(number) as matter:
            ticket = matter.held
            if ticket.version != version:
                raise Conflict(
                    Worded(
                        "Ticket %(number)s has changed since you opened it. Look at how it stands now, then try again.",
                        number=str(number),
                    ),
                    {"current": _as_json(ticket_facts(ticket))},
                )
            plain = _plain(matter, fields)
            if matter.change(plain, person):
                matter.announce()
            if fields.get("status"):
                settle(matter, _status(fields["status"]), person)
            if ticket.version != version:
                audit.record(
                    matter.session, person.actor, "ticket.changed", f"ticket:{number}", {"fields": sorted(fields)}
                )
            return ticket_facts(ticket)


def _as_json(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}


def _plain(matter: Matter, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that the fields but the status come to."""
    plain: dict[str, Any] = {}
    if "assignee" in fields:
        plain["assignee_id"] = _assignee(matter, fields["assignee"])
    if fields.get("priority"):
        plain["priority"] = str(_priority(fields["priority"]))
    if fields.get("tags") is not None:
        plain["tags"] = _tags(fields["tags"])
    if fields.get("group") is not None:
        plain["group"] = _name("group", fields["group"])
    if fields.get("subject"):
        plain["subject"] = " ".join(str(fields["subject"]).split())[:300]
    return plain


def _assignee(matter: Matter, wanted: str | None) -> str | None:
    if not wanted:
        return None
    user = accounts.user_by_id(matter.session, wanted) or accounts.user_by_email(matter.session, wanted.lower())
    if user is None or not accounts.person(user).may(Right.WORK_TICKETS):
        raise Invalid("Only an active agent can be assigned a ticket.", {"field": "assignee"})
    return user.id


def _status(wanted: str) -> TicketStatus:
    try:
        return TicketStatus(wanted)
    except ValueError as error:
        names = ", ".join(TicketStatus)
        said = Worded("“%(wanted)s” is not a status. There are: %(names)s.", wanted=wanted, names=names)
        raise Invalid(said, {"field": "status"}) from error


def _priority(wanted: str) -> TicketPriority:
    try:
        return TicketPriority(wanted)
    except ValueError as error:
        names = ", ".join(TicketPriority)
        said = Worded("“%(wanted)s” is not a priority. There are: %(names)s.", wanted=wanted, names=names)
        raise Invalid(said, {"field": "priority"}) from error


def _tags(wanted: Sequence[str]) -> list[str]:
    tags = list(dict.fromkeys(filter(None, (_name("tags", tag) for tag in wanted))))
    if len(tags) > _MOST_TAGS:
        raise Invalid(Worded("A ticket has at most %(n)s tags.", n=_MOST_TAGS), {"field": "tags"})
    return tags


def _name(field: str, wanted: str) -> str:
    name = " ".join(wanted.split())
    if len(name) > _LONGEST_NAME:
        said = Worded("“%(text)s…” is too long: at most %(n)s characters.", text=name[:20], n=_LONGEST_NAME)
        raise Invalid(said, {"field": field})
    return name
