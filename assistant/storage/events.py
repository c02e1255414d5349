"""Numbered events of a conversation (``conversation:<id>``) or of the desk (``desk``)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistant.storage.queries import dialect, insert_into
from assistant.storage.tables import Event, Stream

DESK = "desk"


def stream_of(conversation_id: str) -> str:
    """The name of a conversation's stream."""
    return f"conversation:{conversation_id}"


def append(session: Session, stream: str, kind: str, payload: dict[str, Any], *, public: bool = True) -> int:
    """The number given to a new event. The stream's row is locked until commit, so numbers leave no gaps."""
    # Past the session's unit of work: every message writes events, and nobody reads them back as entities.
    connection, (count, write) = session.connection(), _statements(dialect(session))
    number = connection.execute(count, {"name": stream, "last": 1}).scalar_one()
    row = {"stream": stream, "number": number, "kind": kind, "payload": payload, "public": public}
    connection.execute(write, row)
    return int(number)


# Kept: every message appends, and writing the statements takes longer than running them.
@lru_cache(maxsize=2)
def _statements(database: str) -> tuple[Any, Any]:
    """What counts a stream on, and what writes an event."""
    count = insert_into(database, Stream)
    count = count.on_conflict_do_update(index_elements=[Stream.name], set_={"last": Stream.last + 1})
    return count.returning(Stream.last), insert_into(database, Event)


def since(session: Session, stream: str, number: int, *, public_only: bool, limit: int = 200) -> Sequence[Event]:
    """The events after ``number``, oldest first."""
    query = select(Event).where(Event.stream == stream, Event.number > number).order_by(Event.number).limit(limit)
    if public_only:
        query = query.where(Event.public)
    return session.scalars(query).all()


def last_number(session: Session, stream: str) -> int:
    """The newest event number of a stream, 0 when it has none."""
    return session.scalar(select(Stream.last).where(Stream.name == stream)) or 0


def forget_before(session: Session, moment: datetime) -> int:
    """How many events older than ``moment`` were dropped; the messages they announced stay."""
    gone = session.scalars(delete(Event).where(Event.created_at < moment).returning(Event.number)).all()
    return len(gone)
