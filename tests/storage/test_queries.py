"""Rows stored past the unit of work are like any others."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from assistant.storage.database import Database
from assistant.storage.queries import store
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
