"""The job loop and the scheduler: jobs by kind, the urgent ones in a thread of their own, and periodic work."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from assistant.errors import AskdeskError, ModelUnavailable, SettingsError, StorageUnavailable, TooMany
from assistant.storage import jobs
from assistant.storage.database import Database
from assistant.storage.tables import Job
from assistant.storage.tables.base import now

LEASE_SECONDS = 30.0
URGENT_LANES = (0, 2)
OTHER_LANES = (3, 99)
_IDLE_SECONDS = 1.0
_PROGRESS_SECONDS = 0.5
_GIVE_WAY_SECONDS = 0.25
_KEPT = timedelta(days=7)
# A job that takes its process down with it is never marked as failed; it must not come back for ever. But a process
# that is killed again and again takes innocent jobs with it: they come back, later each time.
_MOST_STARTS = 20

log = logging.getLogger(__name__)

Handler = Callable[["JobContext", Mapping[str, Any]], Mapping[str, Any] | None]


class Interrupted(Exception):
    """The worker is stopping, or another one has taken the job over."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """Something to do every ``seconds``, the first time soon after the start."""

    name: str
    seconds: float
    run: Callable[[], object]


def is_permanent(error: Exception) -> bool:
    """Whether trying again cannot help: the request itself is wrong, rather than a part being away for a while."""
    if isinstance(error, StorageUnavailable | ModelUnavailable | TooMany):
        return False
    if isinstance(error, SettingsError):
        return True
    if isinstance(error, AskdeskError):
        # A mail server says itself whether a letter can ever be delivered.
        return bool(getattr(error, "permanent", error.code in {"invalid", "not_found", "conflict", "not_allowed"}))
    return isinstance(error, TypeError | KeyError | AttributeError | AssertionError | NotImplementedError)


class JobContext:
    """What a handler may do besides its work."""

    def __init__(self, worker: Worker, job: Job) -> None:
        self.job_id = job.id
        self.kind = job.kind
        self.attempt = job.attempts
        self.lane = job.lane
        self.lost = False
        self._worker = worker
        self._told_at = time.monotonic()
        self._gave_way_at = 0.0

    def breathe(self, progress: Mapping[str, Any] | None = None) -> None:
        """Call between small pieces of work: more urgent jobs go first now, and ``progress`` is shown to who waits.

        Raises:
            Interrupted: the work must end here; what is done so far must be safe.
        """
        if self.lost or self._worker.stopping:
            raise Interrupted
        pause = LEASE_SECONDS / 3 if progress is None else _PROGRESS_SECONDS
        if time.monotonic() - self._told_at >= pause:
            self._told_at = time.monotonic()
            self.lost = not self._worker.prolong(self.job_id, None if progress is None else dict(progress))
        if time.monotonic() - self._gave_way_at >= _GIVE_WAY_SECONDS:
            self._worker.give_way(self.lane)
            self._gave_way_at = time.monotonic()


class Worker:
    """Runs jobs and periodic functions until it is stopped.

    Handlers must be safe to repeat: a job whose process died is run again.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        periodics: Sequence[Periodic] = (),
        ended: Callable[[str, str], None] = lambda _kind, _result: None,
    ) -> None:
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{id(self):x}"
        self._database = database
        self._handlers = dict(handlers)
        self._periodics = [Periodic("old jobs", 3_600, self._forget_old), *periodics]
        self._ended = ended
        self._stop = threading.Event()
        self._hint = threading.Condition()
        self._hints = 0
        self._running: dict[str, JobContext] = {}
        self._threads: list[threading.Thread] = []

    @property
    def stopping(self) -> bool:
        """Whether the worker was told to stop."""
        return self._stop.is_set()

    def add(self, handlers: Mapping[str, Handler], periodics: Sequence[Periodic] = ()) -> None:
        """Take on more kinds of job and more periodic work; before ``start``."""
        self._handlers |= handlers
        self._periodics.extend(periodics)

    def takes(self, kind: str) -> bool:
        """Whether there is a handler for this kind of job."""
        return kind in self._handlers

    def wake(self) -> None:
        """Look for jobs now. Only a hint: without it they are found within a second."""
        with self._hint:
            self._hints += 1
            self._hint.notify_all()

    def start(self) -> None:
        """Run in the background until ``stop``."""
        loops: list[tuple[str, Callable[[], None]]] = [
            ("urgent", lambda: self._loop(URGENT_LANES)),
            ("jobs", lambda: self._loop(OTHER_LANES)),
            ("leases", self._keep_leases),
            ("schedule", self._schedule),
        ]
        self._threads = [threading.Thread(target=target, name=f"askdesk-{name}", daemon=True) for name, target in loops]
        for thread in self._threads:
            thread.start()

    def stop(self, timeout: float = 20.0) -> None:
        """Let the running pieces of work end, put their jobs back, and end the threads."""
        self._stop.set()
        self.wake()
        deadline = time.monotonic() + timeout
        for thread in self._threads:
            thread.join(max(0.1, deadline - time.monotonic()))

    @contextmanager
    def running(self) -> Iterator[Worker]:
        """The worker, running in the background until the block ends."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def drain(self, lanes: tuple[int, int] = (0, 99), until: Callable[[], bool] = lambda: False) -> int:
        """How many jobs were run here and now: all that are due, or until ``until`` says that it is enough."""
        done = 0
        while not self.stopping and not until() and self.run_one(lanes):
            done += 1
        return done

    def run_one(self, lanes: tuple[int, int] = (0, 99)) -> bool:
        """Whether there was a job to run."""
        with self._database.read() as session:
            if not jobs.is_due(session, kinds=self._handlers, lanes=lanes):
                return False
        with self._database.write() as session:
            job = jobs.lease(session, self.owner, seconds=LEASE_SECONDS, kinds=self._handlers, lanes=lanes)
        if job is None:
            return False
        self._run(job)
        return True

    def give_way(self, lane: int) -> None:
        """Run the jobs that are due in lanes before ``lane`` and have no thread of their own."""
        first = OTHER_LANES[0] if self._threads else URGENT_LANES[0]
        while lane > first and not self.stopping and self.run_one((first, lane - 1)):
            continue

    def prolong(self, job_id: str, progress: dict[str, Any] | None = None) -> bool:
        """Whether the job is still ours; its lease is longer now."""
        with self._database.write() as session:
            return jobs.extend(session, job_id, self.owner, seconds=LEASE_SECONDS, progress=progress)

    def _run(self, job: Job) -> None:
        context = JobContext(self, job)
        self._running[job.id] = context
        try:
            if job.attempts > _MOST_STARTS:
                raise AskdeskError("The job was started too often without ever ending; it was given up.")
            result = self._handlers[job.kind](context, job.payload)
        except Interrupted:
            self._put_back(context)
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a job is kept with the job
            self._failed(job, error)
        else:
            with self._database.write() as session:
                jobs.finish(session, job.id, progress=None if result is None else dict(result))
            self._ended(job.kind, "done")
        finally:
            del self._running[job.id]

    def _put_back(self, context: JobContext) -> None:
        if not context.lost:
            with self._database.write() as session:
                jobs.release(session, context.job_id)

    def _failed(self, job: Job, error: Exception) -> None:
        permanent = is_permanent(error) or job.attempts > _MOST_STARTS
        said = error.message if isinstance(error, AskdeskError) else f"{type(error).__name__}: {error}"
        log.warning("job failed: kind=%s permanent=%s error=%s", job.kind, permanent, said, exc_info=error)
        with self._database.write() as session:
            jobs.fail(session, job.id, said, permanent=permanent)
        self._ended(job.kind, "failed")

    def _loop(self, lanes: tuple[int, int]) -> None:
        while not self.stopping:
            seen = self._hints
            try:
                found = self.run_one(lanes)
            except Exception as error:  # noqa: BLE001 - the database may be away for a while; the loop must not end
                log.warning("jobs cannot be read: %s", error)
                found = False
                self._stop.wait(_IDLE_SECONDS)
            if not found:
                self._pause(seen)

    def _pause(self, seen: int) -> None:
        with self._hint:
            self._hint.wait_for(lambda: self._hints != seen or self.stopping, _IDLE_SECONDS)

    def _keep_leases(self) -> None:
        while not self._stop.wait(LEASE_SECONDS / 3):
            for job_id, context in list(self._running.items()):
                try:
                    context.lost = context.lost or not self.prolong(job_id)
                except StorageUnavailable as error:
                    log.warning("a lease could not be prolonged: %s", error)

    def _forget_old(self) -> None:
        with self._database.write() as session:
            jobs.forget_done_before(session, now() - _KEPT)

    def _schedule(self) -> None:
        due = {periodic.name: time.monotonic() for periodic in self._periodics}
        while not self.stopping:
            for periodic in self._periodics:
                if time.monotonic() >= due[periodic.name] and not self.stopping:
                    self._tick(periodic)
                    due[periodic.name] = time.monotonic() + periodic.seconds
            wait = min([at - time.monotonic() for at in due.values()], default=_IDLE_SECONDS)
            self._stop.wait(min(max(wait, 0.05), _IDLE_SECONDS))

    def _tick(self, periodic: Periodic) -> None:
        try:
            periodic.run()
        except Exception as error:
            log.warning("periodic work failed: %s: %s", periodic.name, error, exc_info=error)


def follow(
    database: Database, job_ids: Collection[str], tell: Callable[[Sequence[Job]], None], seconds: float = 0.3
) -> list[Job]:
    """The jobs once all of them have ended; meanwhile ``tell`` hears how they stand."""
    while True:
        with database.read() as session:
            found = list(jobs.by_ids(session, job_ids))
        tell(found)
        if all(job.state in {"done", "failed"} for job in found):
            return found
        time.sleep(seconds)
