"""What a person at the desk asks for: which tickets, and what to change on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from assistant.domain.tickets import UNSOLVED, TicketPriority, TicketStatus

ViewName = Literal["unsolved", "mine", "unassigned", "late", "pending", "solved", "all"]
# A customer whose page has not asked for events for this long has left it.
AWAY_AFTER = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Which tickets to list. Empty parts filter nothing; ``assignee`` is a person's id.

    A ticket of any of the ``groups`` will do. ``text`` is looked for in the subject, the customer's name and e-mail,
    and the messages; ``12`` or ``#12`` also finds ticket 12.
    """

    statuses: tuple[TicketStatus, ...] = ()
    assignee: str = ""
    unassigned: bool = False
    group: str = ""
    groups: tuple[str, ...] = ()
    priority: TicketPriority | None = None
    customer: str = ""
    late: bool = False
    text: str = ""

    def within(self, other: TicketFilter) -> TicketFilter:
        """This filter, narrowed by who has the tickets and whether they are late, as the ``other`` says."""
        return replace(
            self,
            unassigned=self.unassigned or other.unassigned,
            late=self.late or other.late,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the list ends: the time of the last change and the number of its last ticket."""

    updated_at: datetime
    number: int

    def __str__(self) -> str:
        return f"{self.updated_at.isoformat()}~{self.number}"

    @classmethod
    def parse(cls, cursor: str) -> Place:
        """The place that a cursor names. Raises ``ValueError`` for any other text."""
        moment, _, number = cursor.partition("~")
        place = cls(datetime.fromisoformat(moment), int(number))
        if place.updated_at.tzinfo is None:
            raise ValueError("a cursor's time has a zone")
        return place


def view(name: ViewName, person_id: str) -> TicketFilter:
    """The tickets of one of the desk's views for this person."""
    views: Mapping[ViewName, TicketFilter] = {
        "unsolved": TicketFilter(UNSOLVED),
        "mine": TicketFilter(UNSOLVED, assignee=person_id),
        "unassigned": TicketFilter(UNSOLVED, unassigned=True),
        "late": TicketFilter(UNSOLVED, late=True),
        "pending": TicketFilter((TicketStatus.PENDING,)),
        "solved": TicketFilter((TicketStatus.SOLVED, TicketStatus.CLOSED)),
        "all": TicketFilter(),
    }
    return views[name]
