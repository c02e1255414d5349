"""Jobs run once, in the order of their lanes, and survive whoever runs them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from assistant.errors import Invalid, ModelUnavailable, StorageUnavailable
from assistant.storage import jobs
from assistant.storage.database import Database
from assistant.storage.tables import Job
from assistant.storage.tables.base import now
from assistant.worker import Handler, JobContext, Periodic, Worker, follow, is_permanent


def enqueue(database: Database, kind: str, lane: int = jobs.NORMAL, **payload: Any) -> str:
    with database.write() as session:
        return jobs.enqueue(session, kind, payload, lane=lane).id


def state(database: Database, job_id: str) -> Job:
    with database.read() as session:
        found = jobs.get(session, job_id)
    assert found is not None
    return found


def test_lanes_go_before_age(database: Database) -> None:
    seen: list[int] = []
    worker = Worker(database, {"note": lambda _context, payload: seen.append(payload["n"])})
    for number, lane in enumerate((jobs.BULK, jobs.NORMAL, jobs.URGENT, jobs.NORMAL)):
        enqueue(database, "note", lane, n=number)
    assert worker.drain() == 4
    assert seen == [2, 1, 3, 0]


def test_what_a_handler_returns_is_shown(database: Database) -> None:
    job_id = enqueue(database, "count")
    Worker(database, {"count": lambda _context, _payload: {"done": 3}}).drain()
    job = state(database, job_id)
    assert (job.state, job.progress, job.finished_at is not None) == ("done", {"done": 3}, True)


def test_a_transient_failure_is_tried_again_and_a_permanent_one_is_not(database: Database) -> None:
    tries: list[str] = []

    def away(_context: JobContext, _payload: Mapping[str, Any]) -> None:
        tries.append("away")
        raise ModelUnavailable("The model is loading.")

    def wrong(_context: JobContext, _payload: Mapping[str, Any]) -> None:
        tries.append("wrong")
        raise Invalid("There is no such article.")

    first, second = enqueue(database, "away"), enqueue(database, "wrong")
    worker = Worker(database, {"away": away, "wrong": wrong})
    worker.drain()
    assert tries == ["away", "wrong"]
    assert (state(database, first).state, state(database, first).error) == ("queued", "The model is loading.")
    assert (state(database, second).state, state(database, second).error) == ("failed", "There is no such article.")
    for attempt in range(2, jobs.MAX_ATTEMPTS + 1):
        with database.write() as session:
            found = jobs.get(session, first)
            assert found is not None
            assert found.run_after > now() - timedelta(seconds=1)  # it waits longer each time
            found.run_after = now()
        worker.drain()
        assert state(database, first).attempts == attempt
    assert state(database, first).state == "failed"


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (Invalid("x"), True),
        (KeyError("x"), True),
        (StorageUnavailable("x"), False),
        (ModelUnavailable("x"), False),
        (ConnectionError("x"), False),
        (TimeoutError("x"), False),
        (OSError("x"), False),
    ],
)
def test_failures_are_sorted(error: Exception, permanent: bool) -> None:
    assert is_permanent(error) is permanent


def test_an_urgent_job_does_not_wait_for_a_long_one(database: Database) -> None:
    go_on = threading.Event()
    done = threading.Event()

    def long(_context: JobContext, _payload: Mapping[str, Any]) -> None:
        go_on.wait(20)

    with Worker(database, {"long": long, "quick": lambda _context, _payload: done.set()}).running() as worker:
        enqueue(database, "long", jobs.BULK)
        worker.wake()
        enqueue(database, "quick", jobs.URGENT)
        worker.wake()
        try:
            assert done.wait(10)
        finally:
            go_on.set()


def test_a_bulk_job_gives_way_between_its_pieces(database: Database) -> None:
    seen: list[str] = []

    def bulk(context: JobContext, _payload: Mapping[str, Any]) -> None:
        for piece in range(3):
            seen.append(f"piece {piece}")
            if piece == 0:
                enqueue(database, "small", jobs.NORMAL)
            context.breathe()

    handlers: dict[str, Handler] = {"bulk": bulk, "small": lambda _context, _payload: seen.append("small")}
    enqueue(database, "bulk", jobs.BULK)
    Worker(database, handlers).drain()
    assert seen == ["piece 0", "small", "piece 1", "piece 2"]


def test_stopping_puts_a_running_job_back_without_counting_it(database: Database) -> None:
    started = threading.Event()

    def slow(context: JobContext, _payload: Mapping[str, Any]) -> None:
        started.set()
        for _ in range(400):
            time.sleep(0.05)
            context.breathe()

    job_id = enqueue(database, "slow", jobs.BULK)
    worker = Worker(database, {"slow": slow})
    with worker.running():
        assert started.wait(10)
    job = state(database, job_id)
    assert (job.state, job.attempts) == ("queued", 0)


def test_the_job_of_a_dead_process_is_taken_over_when_its_lease_has_run_out(database: Database) -> None:
    job_id = enqueue(database, "note")
    with database.write() as session:
        assert jobs.lease(session, "dead", seconds=0.2, kinds=["note"]) is not None
    worker = Worker(database, {"note": lambda _context, _payload: None})
    assert worker.drain() == 0
    time.sleep(0.3)
    assert worker.drain() == 1
    assert state(database, job_id).state == "done"


def test_a_job_that_kills_its_process_is_given_up_in_the_end(database: Database) -> None:
    job_id = enqueue(database, "deadly")
    with database.write() as session:
        found = jobs.get(session, job_id)
        assert found is not None
        found.attempts = 50
    Worker(database, {"deadly": lambda _context, _payload: None}).drain()
    assert state(database, job_id).state == "failed"


def test_two_workers_never_run_the_same_job(database: Database) -> None:
    seen: list[int] = []
    handlers: dict[str, Handler] = {"note": lambda _context, payload: seen.append(payload["n"])}
    ids = [enqueue(database, "note", n=number) for number in range(40)]
    with Worker(database, handlers).running(), Worker(database, handlers).running():
        follow(database, ids, lambda _found: None, 0.05)
    assert sorted(seen) == list(range(40))


def test_periodic_work_goes_on_after_a_failure(database: Database) -> None:
    ticks: list[int] = []

    def tick() -> None:
        ticks.append(1)
        raise RuntimeError("once more")

    with Worker(database, {}, [Periodic("tick", 0.05, tick)]).running():
        until = time.monotonic() + 10
        while len(ticks) < 3 and time.monotonic() < until:
            time.sleep(0.02)
    assert len(ticks) >= 3
