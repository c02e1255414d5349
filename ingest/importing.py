"""Imports as people start them: written at once, then followed until search finds everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import reduce
from pathlib import Path
from typing import Any

from assistant.container import Container
from assistant.domain.indexing import CALIBRATE, EMBED_DRAFT, EMBED_MISSING, INDEX_ARTICLE, INDEX_BULK, REINDEX
from assistant.domain.people import COMMAND_LINE, Actor
from assistant.errors import DataDirLocked, Invalid
from assistant.storage import embeddings, index, jobs, passages
from assistant.storage.tables import Job
from assistant.worker import Worker
from ingest.jobs import Jobs
from ingest.pipeline import Report, Request, run_import
from ingest.reading import reading_of

WORK = (INDEX_ARTICLE, INDEX_BULK, EMBED_DRAFT, EMBED_MISSING, REINDEX, CALIBRATE)
_LOOKED_EVERY = 0.3

Tell = Callable[[int, int], None]


class Importing:
    """Imports into one installation, whether or not a server runs on it."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._owned = False

    def write(
        self,
        paths: Sequence[Path],
        *,
        source: str = "",
        locale: str = "",
        draft: bool = False,
        prune: bool = False,
        actor: Actor = COMMAND_LINE,
        tell: Callable[[Report], None] = lambda _report: None,
    ) -> Report:
        """What the import of these paths did to articles; its jobs are queued. Without ``source``, each path is one.

        Raises:
            Invalid: the locale is no language tag, or there is no path.
        """
        if not paths:
            raise Invalid("Name at least one file, folder or zip to import.")
        reading = reading_of(self._container, locale)
        groups = [list(paths)] if source else [[path] for path in paths]
        imports = self._container.articles.imports
        reports = [run_import(imports, Request(group, source, draft, prune, actor), reading, tell) for group in groups]
        return reduce(Report.joined, reports)

    @contextmanager
    def indexing_meanwhile(self) -> Iterator[Callable[[Report], None]]:
        """What to ``tell`` while writing: from the first job on, this process indexes beside it, unless a server does.

        Embedding leaves some of the processor to reading and writing, so both together take less time.
        """
        with ExitStack() as stack:

            def begin(report: Report) -> None:
                if report.jobs and not self._owned:
                    with suppress(DataDirLocked):
                        stack.enter_context(self._owning())

            yield begin

    @contextmanager
    def _owning(self) -> Iterator[None]:
        """As ``working``, once for all that happens inside."""
        if self._owned:
            yield
            return
        with working(self._container):
            self._owned = True
            try:
                yield
            finally:
                self._owned = False

    def settle(self, job_ids: Sequence[str], tell: Tell = lambda _done, _total: None) -> list[str]:
        """The errors of these jobs, once all have ended; whoever owns the data directory runs them.

        Without a server, this process does, together with whatever an earlier import has left behind.
        """
        wanted = list(job_ids)
        while True:
            try:
                with self._owning():
                    wanted = list(dict.fromkeys([*wanted, *self._unfinished()]))
                    self._follow(wanted, tell, lambda: False)
                    self._follow(self._unfinished(), lambda _done, _total: None, lambda: False)
            except DataDirLocked:
                self._follow(wanted, tell, lambda: self._container.lock.holder() is None)
            found = self._found(wanted)
            if all(job.state in {"done", "failed"} for job in found):
                return [f"{job.kind}: {job.error}" for job in found if job.state == "failed"]

    def wait(self, job_ids: Sequence[str], seconds: float) -> int:
        """How many of the jobs have not ended after this many seconds at most."""
        until = time.monotonic() + seconds
        while True:
            left = [job for job in self._found(job_ids) if job.state not in {"done", "failed"}]
            if not left or time.monotonic() >= until:
                return len(left)
            time.sleep(_LOOKED_EVERY)

    def unfinished(self) -> bool:
        """Whether indexing is still to be done."""
        return bool(self._unfinished())

    def queue_reindex(self) -> str:
        """The job that rebuilds both indexes, new or waiting already."""
        with self._container.database.write() as session:
            return jobs.enqueue(session, REINDEX, {}, dedupe=REINDEX).id

    def indexed(self) -> tuple[int, int]:
        """How many vectors and passages the indexes hold by SQL's count."""
        with self._container.database.read() as session:
            serving = index.any_pointer(session)
            held = embeddings.count_vectors(session, serving.model) if serving else 0
            return held, passages.count(session)

    def _unfinished(self) -> list[str]:
        with self._container.database.read() as session:
            return jobs.unfinished(session, WORK)

    def _found(self, job_ids: Sequence[str]) -> list[Job]:
        with self._container.database.read() as session:
            return list(jobs.by_ids(session, job_ids))

    def _follow(self, job_ids: Sequence[str], tell: Tell, enough: Callable[[], bool]) -> None:
        while not enough():
            found = self._found(job_ids)
            if found:
                tell(*_progress(found))
            if all(job.state in {"done", "failed"} for job in found):
                return
            time.sleep(_LOOKED_EVERY)


@contextmanager
def working(container: Container) -> Iterator[None]:
    """This process owns the data directory and runs indexing jobs in the background until the block ends.

    Raises:
        DataDirLocked: another process owns it, and runs them.
    """
    with container.owning("ingest"):
        container.knowledge.open()
        container.knowledge.open_dense()
        worker = Worker(container.database, {CALIBRATE: container.calibrations.refit})
        worker.add(Jobs(container, worker, timedelta(0)).handlers())
        with worker.running():
            yield


def _progress(found: Sequence[Job]) -> tuple[int, int]:
    """How much of the work is done, in articles."""
    total = sum(_size(job) for job in found)
    return round(sum(_size(job) * _part(job) for job in found)), total


def _size(job: Job) -> int:
    return max(1, len(job.payload.get("articles", ())))


def _part(job: Job) -> float:
    if job.state in {"done", "failed"}:
        return 1.0
    said: dict[str, Any] = job.progress or {}
    done, of = said.get("embedded", said.get("done", 0)), said.get("texts", said.get("total", 0))
    return min(0.99, done / of) if of else 0.0
