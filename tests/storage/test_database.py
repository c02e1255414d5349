"""Units of work on both databases."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import StatementError

from assistant.errors import Invalid, StorageUnavailable
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


def test_what_is_read_once_is_of_one_session_and_what_comes_after_is_new(database: Database) -> None:
    with database.write() as session:
        session.add(StoredSetting(key="n", value=1))
    with database.reading_once():
        with database.read() as one, database.reading_once(), database.read() as other:
            assert one is other
        with database.read() as session:
            assert session is one
            assert session.get_one(StoredSetting, "n").value == 1
        with database.write() as writing:
            assert writing is not one
            writing.get_one(StoredSetting, "n").value = 2
    with database.read() as session:
        assert session is not one
        assert session.get_one(StoredSetting, "n").value == 2


def test_threads_do_not_share_what_one_reads_once(database: Database) -> None:
    sessions = []

    def read() -> None:
        with database.read() as session:
            sessions.append(session)

    with database.reading_once(), database.read() as own:
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert sessions[0] is not own


def test_a_write_that_waits_too_long_for_another_says_so(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'askdesk.db'}")

    def hurry(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA busy_timeout=50")

    event.listen(database.engine, "connect", hurry)
    with (
        database.write() as session,
        pytest.raises(StorageUnavailable, match="nothing was stored"),
        database.write() as other,
    ):
        session.execute(text("CREATE TABLE things (id INTEGER)"))
        other.execute(text("INSERT INTO things VALUES (1)"))
    database.close()


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
