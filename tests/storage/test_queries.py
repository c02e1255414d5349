"""Rows stored past the unit of work are like any others."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from assistant.storage.database import Database
from assistant.storage.queries import save, store
from assistant.storage.tables import Job, Stream


def test_a_stored_row_has_its_defaults_and_what_is_changed_later_is_written(database: Database) -> None:
    with database.write() as session:
        job = store(session, Job(kind="gap", payload={"message": "m"}))
        assert session.get(Job, job.id) is job
        job.error = "tried once"
    with database.read() as session:
        kept = session.get_one(Job, job.id)
        assert (kept.state, kept.lane, kept.attempts, kept.progress) == ("queued", 5, 0, {})
        assert (kept.payload, kept.error, kept.dedupe) == ({"message": "m"}, "tried once", None)
        assert kept.created_at == job.created_at


def test_a_stored_row_goes_with_what_is_rolled_back(database: Database) -> None:
    with pytest.raises(RuntimeError, match="changed my mind"), database.write() as session:
        store(session, Job(kind="gap", payload={}))
        raise RuntimeError("changed my mind")
    with database.read() as session:
        assert session.query(Job).count() == 0


def test_a_row_that_is_there_already_is_refused(database: Database) -> None:
    with database.write() as session:
        store(session, Stream(name="desk"))
    with pytest.raises(IntegrityError), database.write() as session:
        store(session, Stream(name="desk", last=7))


def test_what_has_changed_of_a_row_is_written_now_and_nothing_else(database: Database) -> None:
    with database.write() as session:
        made = store(session, Job(kind="gap", payload={}))
    with database.write() as session:
        job = session.get_one(Job, made.id)
        job.error, job.progress = "tried once", {"done": 1}
        session.connection().execute(update(Job).values(attempts=2))
        save(session, job)
        assert job not in session.dirty
        assert session.get(Job, job.id) is job
        job.error = "tried twice"
    with database.read() as session:
        kept = session.get_one(Job, made.id)
        assert (kept.error, kept.progress, kept.attempts, kept.kind) == ("tried twice", {"done": 1}, 2, "gap")


def test_saving_goes_with_what_is_rolled_back(database: Database) -> None:
    with database.write() as session:
        made = store(session, Job(kind="gap", payload={}))
    with pytest.raises(RuntimeError, match="changed my mind"), database.write() as session:
        job = session.get_one(Job, made.id)
        job.error = "tried once"
        save(session, job)
        raise RuntimeError("changed my mind")
    with database.read() as session:
        assert session.get_one(Job, made.id).error == ""


def test_a_row_that_is_not_stored_yet_is_left_to_the_session(database: Database) -> None:
    with database.write() as session:
        job = Job(kind="gap", payload={})
        session.add(job)
        save(session, job)
    with database.read() as session:
        assert session.query(Job).count() == 1
