"""The tokens that chat models may take in a day, counted in the database: all processes on it share one budget."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import select, update

from assistant.storage.database import Database, Session
from assistant.storage.queries import insert
from assistant.storage.tables import TokenDay


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


class TokenBudget:
    """A budget that is full again every day at midnight UTC. ``limit`` 0 means that tokens are only counted.

    Two short transactions a call, which take milliseconds where the call takes seconds. What a process had set aside
    when it was killed stays spent for that day: a budget may be used up early, never overdrawn.
    """

    def __init__(self, database: Database, limit: int, today: Callable[[], str] = _today) -> None:
        self._database = database
        self._limit = limit
        self._today = today

    @property
    def used(self) -> int:
        """The tokens used today, those set aside included."""
        with self._database.read() as session:
            return session.scalar(select(TokenDay.tokens).where(TokenDay.day == self._today())) or 0

    def reserve(self, tokens: int) -> Callable[[int], None] | None:
        """Set ``tokens`` aside for a call, and get what is to be told how many it took; None if fewer are left today.

        Raises:
            StorageUnavailable: it cannot be noted, so it must not be spent.
        """
        day = self._today()
        with self._database.write() as session:
            session.execute(insert(session, TokenDay).values(day=day, tokens=0).on_conflict_do_nothing())
            if not self._added(session, day, tokens, self._limit):
                return None

        def settle(used: int) -> None:
            with self._database.write() as session:
                self._added(session, day, used - tokens)

        return settle

    @staticmethod
    def _added(session: Session, day: str, tokens: int, limit: int = 0) -> bool:
        # One statement reads and writes: on PostgreSQL too, the second of two sees what the first one left.
        change = update(TokenDay).where(TokenDay.day == day).values(tokens=TokenDay.tokens + tokens)
        if limit:
            change = change.where(TokenDay.tokens + tokens <= limit)
        return session.execute(change.returning(TokenDay.day)).first() is not None
