"""Units of work on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select
from sqlalchemy.exc import StatementError

from assistant.errors import Invalid
from assistant.storage.database import Database
from assistant.storage.tables import Customer, StoredSetting


def test_write_is_kept(database: Database) -> None:
    with database.write() as session:
        session.add(StoredSetting(key="k", value={"名": ["值", 1.5, None]}))
    with database.read() as session:
        assert session.get_one(StoredSetting, "k").value == {"名": ["值", 1.5, None]}


def test_write_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(StoredSetting(key="k", value=1))
        session.flush()
        raise RuntimeError
    with database.read() as session:
        assert session.get(StoredSetting, "k") is None


def test_read_keeps_no_change(database: Database) -> None:
    with database.read() as session:
        session.add(StoredSetting(key="k", value=1))
        session.flush()
    with database.read() as session:
        assert session.get(StoredSetting, "k") is None


def test_times_come_back_in_utc(database: Database) -> None:
    shanghai = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    with database.write() as session:
        session.add(Customer(id="c", created_at=shanghai))
    with database.read() as session:
        stored = session.get_one(Customer, "c").created_at
    assert stored == shanghai
    assert stored.tzinfo is UTC


def test_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a zone"), database.write() as session:
        session.add(Customer(id="c", created_at=datetime(2026, 11, 21)))  # noqa: DTZ001 - that is the point
        session.flush()


def test_parallel_counters_lose_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(StoredSetting(key="n", value=0))

    def count() -> None:
        for _ in range(10):
            with database.write() as session:
                row = session.scalars(select(StoredSetting).where(StoredSetting.key == "n").with_for_update()).one()
                row.value += 1

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert session.get_one(StoredSetting, "n").value == 60


def test_a_nul_character_is_refused_in_words_where_it_cannot_be_stored(postgres_database_url: str) -> None:
    database = Database(postgres_database_url)
    with pytest.raises(Invalid, match="NUL"), database.write() as session:
        session.add(Customer(name="a\x00b"))
    database.close()
