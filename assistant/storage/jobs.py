"""The queue: jobs are leased, done, retried with a growing pause, and given up with their error kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from assistant.storage.queries import store
from assistant.storage.tables import Job
from assistant.storage.tables.base import now

URGENT, NORMAL, BULK = 1, 5, 9
MAX_ATTEMPTS = 5
_LONGEST_PAUSE = 600.0


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    lane: int = NORMAL,
    run_after: datetime | None = None,
    dedupe: str | None = None,
) -> Job:
    """A queued job; with ``dedupe``, the one already queued under that name if there is one."""
    if dedupe is not None:
        waiting = session.scalars(select(Job).where(Job.dedupe == dedupe, Job.state == "queued")).first()
        if waiting is not None:
            return waiting
    return store(session, Job(kind=kind, payload=payload, lane=lane, run_after=run_after or now(), dedupe=dedupe))


def cancel(session: Session, dedupe: str) -> dict[str, Any] | None:
    """The payload of the queued job of this name, which will now never run; None if it runs or ran already."""
    query = select(Job).where(Job.dedupe == dedupe, Job.state == "queued").with_for_update()
    job = session.scalars(query).first()
    if job is None:
        return None
    session.delete(job)
    return job.payload


def lease(
    session: Session,
    owner: str,
    *,
    seconds: float,
    kinds: Collection[str],
    lanes: tuple[int, int] = (0, 99),
) -> Job | None:
    """The next job that is due, marked as running by ``owner``; expired leases of others are taken over."""
    moment = now()
    due = and_(Job.state == "queued", Job.run_after <= moment)
    expired = and_(Job.state == "running", Job.lease_until < moment)
    query = (
        select(Job)
        .where(or_(due, expired), Job.kind.in_(kinds), Job.lane.between(*lanes))
        .order_by(Job.lane, Job.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    job = session.scalars(query).first()
    if job is None:
        return None
    job.state, job.lease_owner = "running", owner
    job.lease_until = moment + timedelta(seconds=seconds)
    job.attempts += 1
    return job


def extend(
    session: Session, job_id: str, owner: str, *, seconds: float, progress: dict[str, Any] | None = None
) -> bool:
    """Whether the lease was still ours and is now longer; ``progress`` is shown to whoever waits."""
    job = session.get(Job, job_id, with_for_update=True)
    if job is None or job.lease_owner != owner or job.state != "running":
        return False
    job.lease_until = now() + timedelta(seconds=seconds)
    if progress is not None:
        job.progress = progress
    return True


def is_due(session: Session, *, kinds: Collection[str], lanes: tuple[int, int] = (0, 99)) -> bool:
    """Whether ``lease`` would find a job; cheaper, for it writes nothing."""
    moment = now()
    due = and_(Job.state == "queued", Job.run_after <= moment)
    expired = and_(Job.state == "running", Job.lease_until < moment)
    query = select(Job.id).where(or_(due, expired), Job.kind.in_(kinds), Job.lane.between(*lanes)).limit(1)
    return session.scalar(query) is not None


def release(session: Session, job_id: str) -> None:
    """Put a job back that was interrupted through no fault of its own."""
    job = session.get_one(Job, job_id)
    job.state, job.lease_owner, job.run_after = "queued", "", now()
    job.attempts = max(job.attempts - 1, 0)


def release_all(session: Session) -> int:
    """How many running jobs were put back: for a process that knows that whoever ran them is gone.

    One that was started often without ending comes back after a while only: it may be what ended the process.
    """
    moment = now()
    abandoned = session.scalars(select(Job).where(Job.state == "running")).all()
    for job in abandoned:
        often = job.attempts - MAX_ATTEMPTS
        job.state, job.lease_owner = "queued", ""
        job.run_after = moment + timedelta(seconds=min(2.0**often, _LONGEST_PAUSE) if often > 0 else 0.0)
    return len(abandoned)


def by_ids(session: Session, job_ids: Collection[str]) -> Sequence[Job]:
    """Those of the jobs that still exist."""
    found: list[Job] = []
    every = list(job_ids)
    for at in range(0, len(every), 500):
        found.extend(session.scalars(select(Job).where(Job.id.in_(every[at : at + 500]))))
    return found


def unfinished(session: Session, kinds: Collection[str]) -> list[str]:
    """The jobs of these kinds that are queued or running."""
    query = select(Job.id).where(Job.state.in_(("queued", "running")), Job.kind.in_(kinds))
    return list(session.scalars(query.order_by(Job.lane, Job.created_at)))


def is_queued(session: Session, kinds: Collection[str]) -> bool:
    """Whether a job of these kinds waits for its turn."""
    return session.scalar(select(Job.id).where(Job.state == "queued", Job.kind.in_(kinds)).limit(1)) is not None


def failed(session: Session, limit: int) -> Sequence[Job]:
    """The jobs that were given up last."""
    query = select(Job).where(Job.state == "failed").order_by(Job.finished_at.desc()).limit(limit)
    return session.scalars(query).all()


def retry_failed(session: Session, kinds: Collection[str]) -> int:
    """How many given-up jobs of these kinds were queued again."""
    again = update(Job).where(Job.state == "failed", Job.kind.in_(kinds))
    values = {"state": "queued", "lease_owner": "", "attempts": 0, "run_after": now(), "finished_at": None}
    return len(session.execute(again.values(**values).returning(Job.id)).all())


def finish(session: Session, job_id: str, *, progress: dict[str, Any] | None = None) -> None:
    """Mark a job as done."""
    job = session.get_one(Job, job_id)
    job.state, job.finished_at, job.error = "done", now(), ""
    if progress is not None:
        job.progress = progress


def fail(session: Session, job_id: str, error: str, *, permanent: bool) -> None:
    """Put a job back with a pause of 1, 2, 4 … seconds, or give it up when it can never succeed or was tried enough."""
    job = session.get_one(Job, job_id)
    # Starts count too; a job whose processes were killed has not failed for that.
    failed_before = bool(job.error)
    job.error = error
    if permanent or (job.attempts >= MAX_ATTEMPTS and failed_before):
        job.state, job.finished_at = "failed", now()
        return
    job.state, job.lease_owner = "queued", ""
    job.run_after = now() + timedelta(seconds=min(2.0 ** (job.attempts - 1), _LONGEST_PAUSE))


def get(session: Session, job_id: str) -> Job | None:
    """A job by id."""
    return session.get(Job, job_id)


def newest(session: Session, kind: str, limit: int) -> Sequence[Job]:
    """The jobs of a kind that still exist, the last queued first."""
    query = select(Job).where(Job.kind == kind).order_by(Job.created_at.desc(), Job.id).limit(limit)
    return session.scalars(query).all()


def waiting(session: Session, kind: str) -> Sequence[Job]:
    """The jobs of a kind that are queued or running."""
    return session.scalars(select(Job).where(Job.kind == kind, Job.state.in_(("queued", "running")))).all()


def left_of(session: Session, runs: Collection[str]) -> dict[str, tuple[int, int]]:
    """Of each run, how many jobs that name it are still to be done, and how many were given up."""
    run = Job.payload["run"].as_string()
    query = select(run, Job.state, func.count()).where(Job.state.in_(("queued", "running", "failed")), run.in_(runs))
    found = {(name, state): count for name, state, count in session.execute(query.group_by(run, Job.state)).all()}
    return {
        name: (found.get((name, "queued"), 0) + found.get((name, "running"), 0), found.get((name, "failed"), 0))
        for name in runs
    }


def counts(session: Session) -> dict[str, int]:
    """How many jobs stand in each state."""
    rows = session.execute(select(Job.state, func.count()).group_by(Job.state)).all()
    return {state: count for state, count in rows}


def forget_done_before(session: Session, moment: datetime) -> None:
    """Drop finished jobs that nobody will ask about any more."""
    session.execute(delete(Job).where(Job.state == "done", Job.finished_at < moment))
