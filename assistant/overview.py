"""What an admin sees first: how much there is, what works in the background, and what was given up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from assistant.domain.indexing import EMBED_MISSING, INDEX_ARTICLE, INDEX_BULK, REINDEX
from assistant.domain.people import Actor
from assistant.storage import audit, jobs
from assistant.storage import overview as storage
from assistant.storage.database import Database

_INDEXING = (INDEX_ARTICLE, INDEX_BULK, EMBED_MISSING, REINDEX)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that was given up, with the last error."""

    kind: str
    error: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of the installation. Conversations leave samples out; ``indexing`` and ``waiting`` are jobs."""

    articles: int
    conversations: int
    open_tickets: int
    people: int
    indexing: int
    waiting: int
    failed: int


class Overview:
    """Reads the numbers, and tries given-up jobs again."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    def counts(self) -> Counts:
        """The numbers as they are now."""
        with self._database.read() as session:
            return Counts(
                articles=storage.published(session),
                conversations=storage.conversations(session),
                open_tickets=storage.open_tickets(session),
                people=storage.people(session),
                indexing=storage.waiting(session, _INDEXING),
                waiting=storage.waiting(session),
                failed=sum(storage.failed_kinds(session).values()),
            )

    def failed(self) -> list[FailedJob]:
        """The jobs given up last."""
        with self._database.read() as session:
            return [FailedJob(job.kind, job.error, job.finished_at) for job in storage.failed(session, _SHOWN)]

    def retry_failed(self, actor: Actor) -> int:
        """How many given-up jobs are queued again."""
        with self._database.write() as session:
            again = jobs.retry_failed(session, list(storage.failed_kinds(session)))
            if again:
                audit.record(session, actor, "jobs.retried", "jobs", {"count": again})
        self._wake()
        return again
