"""A backup holds everything, is one format for both databases, and is restored whole or not at all."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from assistant.articles import Articles
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.people import SYSTEM
from assistant.errors import Conflict, Invalid
from assistant.storage import index, migrate
from assistant.storage.database import Database
from assistant.storage.dump import read_dump, verify_dump, write_dump
from assistant.storage.tables import Base, Blob, Conversation, Customer, Embedding, Message, StoredSetting, Ticket, User
from tests.conftest import postgres_url

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 891, tzinfo=UTC)


@pytest.fixture
def full(database: Database) -> Database:
    """A database with something of every shape in it."""
    with database.write() as session:
        index.begin_epoch(session)
        session.add(User(id="u", email="a@b.c", roles=["admin", "agent"], last_seen_at=MOMENT))
        session.add(Customer(id="c", name="李娜 🙂 \u2028 line"))
        session.flush()
        session.add(Conversation(id="v", token_hash="h", token_expires_at=MOMENT, customer_id="c", lease_until=None))
        session.flush()
        session.add(
            Message(conversation_id="v", seq=1, role="customer", text="“quoted”\n\tand more", confidence=0.1 + 0.2)
        )
        session.add(Ticket(number=7, conversation_id="v", brief={"wants": ["名"]}, link_salt="s", link_hash="x"))
        session.add(Blob(hash="b", content_type="image/png", data=bytes(range(256))))
        session.add(Embedding(model="m", text_hash="t", vector=b"\x00\x01\xff"))
        session.add(StoredSetting(key="installation.look", value={"name": "Shop"}))
        session.add(StoredSetting(key=index.POINTER + ".home", value={"collection": "kb-1-x"}))
    articles = Articles(database)
    articles.editing.create(ArticleKey("a/b", "zh-CN"), ArticleContent("标题", "正文", tags=("标签",)), SYSTEM)
    articles.editing.publish(ArticleKey("a/b", "zh-Hans"), 1, SYSTEM)
    return database


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table, or with empty ones: a restoration takes both."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    else:
        made = Database(request.getfixturevalue("other_postgres_url"))
    yield made
    made.close()


@pytest.fixture
def other_postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:

    server = request.getfixturevalue("postgres")
    name = f"o{uuid.uuid4().hex}"
    server.psql(f"CREATE DATABASE {name} TEMPLATE migrated")
    yield postgres_url(server, name)
    server.psql(f"DROP DATABASE {name} WITH (FORCE)")


def content(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All rows but those that belong to one place or one run."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    with database.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in {"index_changes", "user_sessions", "login_attempts"}:
                continue
            rows = [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key.columns))]
            found[str(table.name)] = [
                row for row in rows if not str(row[0]).startswith(("vector_index", "index_epoch"))
            ]
    return found


def test_everything_comes_back_on_either_database(full: Database, empty: Database, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    rows = write_dump(full, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_dump(empty, path) == rows
    assert content(empty) == content(full)
    with full.read() as before, empty.read() as after:
        assert index.any_pointer(after) is None
        assert index.epoch(after) not in {"", index.epoch(before)}
    # Numbers go on after those that were restored.
    with empty.write() as session:
        session.add(Ticket(conversation_id="v", link_salt="s", link_hash="y"))
        session.flush()
        assert session.scalars(select(Ticket.number).order_by(Ticket.number.desc())).first() == 8


def test_a_database_that_holds_something_is_replaced_only_by_force(full: Database, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    write_dump(full, path)
    before = content(full)
    with full.write() as session:
        session.add(User(id="late", email="late@b.c"))
    with pytest.raises(Conflict, match="--force"):
        read_dump(full, path)
    read_dump(full, path, force=True)
    assert content(full) == before


def test_a_backup_never_overwrites(full: Database, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    path.write_text("mine")
    with pytest.raises(Conflict):
        write_dump(full, path)
    assert path.read_text() == "mine"


def test_what_is_written_meanwhile_is_in_the_next_backup(full: Database, tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    late: list[int] = []

    def write_between(done: int, _total: int) -> None:
        if not late:
            late.append(done)
            with full.write() as session:
                session.add(User(id="late", email="late@b.c"))
                session.add(Customer(id="late"))

    write_dump(full, path, write_between)
    empty = Database(f"sqlite:///{tmp_path / 'e.db'}")
    read_dump(empty, path)
    with empty.read() as session:
        assert session.get(User, "late") is None
        assert session.get(Customer, "late") is None
    empty.close()


@pytest.mark.parametrize("damage", ["not a zip", "truncated", "changed row", "missing table", "newer"])
def test_a_damaged_backup_changes_nothing(full: Database, tmp_path: Path, damage: str) -> None:
    path, bad = tmp_path / "backup.zip", tmp_path / "bad.zip"
    write_dump(full, path)
    _damage(path, bad, damage)
    before = content(full)
    with pytest.raises(Invalid):
        read_dump(full, bad, force=True)
    assert content(full) == before


def test_the_trial_finds_damage(full: Database, tmp_path: Path) -> None:
    path, bad = tmp_path / "backup.zip", tmp_path / "bad.zip"
    assert verify_dump_of(full, path, tmp_path / "one") == write_dump(full, tmp_path / "again.zip")
    _damage(path, bad, "changed row")
    (tmp_path / "two").mkdir()
    with pytest.raises(Invalid):
        verify_dump(bad, tmp_path / "two")


def verify_dump_of(database: Database, path: Path, folder: Path) -> dict[str, int]:
    write_dump(database, path)
    folder.mkdir()
    return verify_dump(path, folder)


def _damage(path: Path, bad: Path, damage: str) -> None:
    if damage == "not a zip":
        bad.write_bytes(b"hello")
    elif damage == "truncated":
        bad.write_bytes(path.read_bytes()[:-400])
    else:
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(bad, "w") as new:
            for name in old.namelist():
                data = old.read(name)
                if damage == "changed row" and name == "tables/customers.jsonl":
                    data = data.replace(b'"c"', b'"d"')
                if damage == "newer" and name == "manifest.json":
                    data = data.replace(f'"{migrate.head()}"'.encode(), b'"9999"')
                if damage == "missing table" and name == "tables/users.jsonl":
                    continue
                new.writestr(name, data)
