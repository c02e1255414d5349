"""Reading the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assistant.errors import Invalid
from assistant.storage import audit as storage
from assistant.storage.database import Database


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to which thing, with the actor's present name."""

    id: int
    at: datetime
    actor_id: str | None
    actor: str
    action: str
    thing: str
    detail: dict[str, Any]


class AuditLog:
    """The log, newest first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, cursor: str = "", limit: int = 50, about: str = "", actor_id: str = "") -> tuple[list[Entry], str]:
        """Entries older than ``cursor``, and the cursor of the next page (empty: there is none).

        ``about`` narrows to actions of one kind, such as ``user`` or ``settings``; ``actor_id`` to one person's.

        Raises:
            Invalid: the cursor is not one of ours.
        """
        if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise Invalid("This cursor is not one that a list gave.", {"field": "cursor"})
        with self._database.read() as session:
            rows = storage.entries_before(session, int(cursor) if cursor else None, limit + 1, about, actor_id)
        entries = [
            Entry(row.id, row.at, row.actor_id, actor, row.action, row.thing, row.detail) for row, actor in rows[:limit]
        ]
        return entries, str(entries[-1].id) if len(rows) > limit else ""
