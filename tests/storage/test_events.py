"""Numbered events: no gaps, no doubles, nothing skipped, however many write at once, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from assistant.storage import events
from assistant.storage.database import Database

WRITERS, EACH = 8, 15


def numbers(database: Database, stream: str) -> list[int]:
    found: list[int] = []
    with database.read() as session:
        while some := events.since(session, stream, found[-1] if found else 0, public_only=False):
            found.extend(event.number for event in some)
    return found


def test_concurrent_writers_leave_no_gaps(database: Database) -> None:
    def write(writer: int) -> None:
        for turn in range(EACH):
            with database.write() as session:
                events.append(session, f"conversation:{writer % 2}", "message", {"turn": turn})
                events.append(session, events.DESK, "message", {"writer": writer, "turn": turn}, public=False)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    assert numbers(database, events.DESK) == list(range(1, WRITERS * EACH + 1))
    for stream in ("conversation:0", "conversation:1"):
        assert numbers(database, stream) == list(range(1, WRITERS * EACH // 2 + 1))


def test_a_write_that_fails_leaves_no_gap(database: Database) -> None:
    def write(fail: bool) -> None:
        with database.write() as session:
            events.append(session, "s", "message", {})
            if fail:
                raise RuntimeError("half way")

    write(False)
    with pytest.raises(RuntimeError):
        write(True)
    write(False)
    assert numbers(database, "s") == [1, 2]


def test_a_reader_who_goes_on_from_the_last_number_skips_nothing(database: Database) -> None:
    """A number must never become visible before a smaller one: whoever has read 7 would never see 6."""
    writing = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while True:
            ended = not writing.is_set()
            with database.read() as session:
                found = events.since(session, "s", seen[-1] if seen else 0, public_only=True, limit=3)
            seen.extend(event.number for event in found)
            if ended and not found:
                return

    def write(writer: int) -> None:
        for turn in range(EACH):
            with database.write() as session:
                events.append(session, "s", "message", {"writer": writer, "turn": turn})

    writing.set()
    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    writing.clear()
    reader.join(60)
    assert seen == list(range(1, WRITERS * EACH + 1))
