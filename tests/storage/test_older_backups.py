"""A backup outlives the schema it was made at, forwards only: an older one is brought up to date, a newer refused."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import MetaData, Table, inspect, select, text

from assistant.errors import Invalid
from assistant.storage import migrate
from assistant.storage.database import Database
from assistant.storage.dump import read_dump, verify_dump, write_dump
from assistant.storage.tables import Conversation, Customer, Ticket
from assistant.storage.tables.base import now

# What a later version might do: a new table, a new column, and rows that change with them.
_TOMORROW = '''"""Shoe sizes."""

import sqlalchemy as sa
from alembic import op

revision = "tomorrow"
down_revision = {today!r}
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("shoes", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("size", sa.Integer()))
    with op.batch_alter_table("customers") as batch_op:
        batch_op.add_column(sa.Column("greeting", sa.String(), server_default="", nullable=False))
    op.execute("UPDATE customers SET greeting = 'Dear ' || name")
    op.execute("INSERT INTO shoes (size) SELECT number FROM tickets")
'''


@pytest.fixture
def full(database: Database) -> Database:
    """A customer with a numbered ticket."""
    with database.write() as session:
        session.add(Customer(id="c", name="李娜"))
        session.flush()
        session.add(Conversation(id="v", token_hash="h", token_expires_at=now(), customer_id="c"))
        session.flush()
        session.add(Ticket(number=41, conversation_id="v", link_salt="s", link_hash="x"))
    return database


@pytest.fixture
def tomorrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the migrations of a later version are; ``install`` makes this program that version."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrate._HERE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "tomorrow.py").write_text(_TOMORROW.format(today=migrate.head()))
    return folder


def install(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(migrate, "_HERE", folder)
    assert migrate.head() == "tomorrow"


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.read() as session:
        return [tuple(row) for row in session.execute(text(query))]


def test_todays_backup_is_restored_by_a_later_version(
    full: Database, tmp_path: Path, tomorrow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "today.zip"
    written = write_dump(full, path)
    install(monkeypatch, tomorrow)
    assert verify_dump(path, tmp_path) == written
    assert read_dump(full, path, force=True) == written
    assert migrate.current(full) == "tomorrow"
    # What the later version's migration does with rows has been done with those of the backup.
    assert rows(full, "SELECT name, greeting FROM customers") == [("李娜", "Dear 李娜")]
    assert rows(full, "SELECT size FROM shoes") == [(41,)]
    with full.write() as session:
        session.add(Ticket(conversation_id="v", link_salt="s", link_hash="y"))
        session.execute(text("INSERT INTO shoes (size) VALUES (39)"))
    assert rows(full, "SELECT MAX(number) FROM tickets") == [(42,)]


def test_a_migration_that_fails_leaves_what_was_there(
    full: Database, tmp_path: Path, tomorrow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "today.zip"
    write_dump(full, path)
    with full.write() as session:
        session.add(Customer(id="late", name="After the backup"))
    script = tomorrow / "versions" / "tomorrow.py"
    script.write_text(script.read_text() + '    raise RuntimeError("half way")\n')
    install(monkeypatch, tomorrow)
    with pytest.raises(RuntimeError, match="half way"):
        read_dump(full, path, force=True)
    assert set(rows(full, "SELECT id FROM customers")) == {("c",), ("late",)}
    assert "shoes" not in inspect(full.engine).get_table_names()


def test_a_later_versions_backup_is_refused_and_nothing_changed(
    full: Database, tmp_path: Path, tomorrow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, today = tmp_path / "later.zip", migrate.head()
    with monkeypatch.context() as later:
        install(later, tomorrow)
        migrate.upgrade(other := Database(f"sqlite:///{tmp_path / 'later.db'}"))
        write_dump(other, path)
        other.close()
    for force in (False, True):
        with pytest.raises(Invalid, match=rf"newer askdesk \(schema tomorrow, .* {today}\).*Nothing was changed"):
            read_dump(full, path, force=force)
    assert migrate.current(full) == today
    assert migrate.differences(full) == []
    assert rows(full, "SELECT id, name FROM customers") == [("c", "李娜")]


@pytest.mark.parametrize("revision", sorted(migrate.known() - {migrate.head()}))
def test_a_backup_of_every_older_schema_is_restored(full: Database, tmp_path: Path, revision: str) -> None:
    path, old = tmp_path / "today.zip", tmp_path / "old.zip"
    write_dump(full, path)
    with schema_of(revision, tmp_path / "old.db") as tables:
        _as_written_at(revision, tables, path, old)
    assert read_dump(full, old, force=True)["customers"] == 1
    assert migrate.current(full) == migrate.head()
    assert migrate.differences(full) == []
    with full.write() as session:
        assert session.scalars(select(Customer.name)).all() == ["李娜"]
        session.add(Ticket(conversation_id="v", link_salt="s", link_hash="y"))
        session.flush()
        assert session.scalars(select(Ticket.number).order_by(Ticket.number)).all() == [41, 42]


@contextmanager
def schema_of(revision: str, path: Path) -> Iterator[dict[str, Table]]:
    """The tables of a revision."""
    database = Database(f"sqlite:///{path}")
    with migrate.changing(database) as connection:
        migrate.upgrade_within(connection, revision)
    found = MetaData()
    found.reflect(database.engine)
    database.close()
    yield dict(found.tables)


def _as_written_at(revision: str, tables: dict[str, Table], path: Path, old: Path) -> None:
    """The backup as the version with this schema wrote it: without the tables and columns that came later."""
    with zipfile.ZipFile(path) as today, zipfile.ZipFile(old, "w") as archive:
        manifest = orjson.loads(today.read("manifest.json"))
        kept = {name: said for name, said in manifest["tables"].items() if name in tables}
        for name in kept:
            lines = [orjson.loads(line) for line in today.read(f"tables/{name}.jsonl").split(b"\n") if line]
            data = b"".join(
                orjson.dumps({key: value for key, value in line.items() if key in tables[name].c}) + b"\n"
                for line in lines
            )
            archive.writestr(f"tables/{name}.jsonl", data)
            kept[name] = {"rows": len(lines), "sha256": hashlib.sha256(data).hexdigest()}
        archive.writestr("manifest.json", orjson.dumps({**manifest, "schema": revision, "tables": kept}))
