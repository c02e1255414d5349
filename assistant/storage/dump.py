"""A whole database as one file: a zip of JSON lines, a table each, in one format for SQLite and PostgreSQL."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from sqlalchemy import JSON, Connection, DateTime, LargeBinary, MetaData, Table, func, inspect, select, text

from assistant.errors import Conflict, Invalid
from assistant.storage import index, migrate
from assistant.storage.database import Database, Session
from assistant.storage.tables import Base

FORMAT = 1
_MANIFEST = "manifest.json"
_ROWS_AT_ONCE = 1_000
# What only means something to the processes that were running, or is made anew.
_LEFT_OUT = frozenset({"index_changes", "user_sessions", "login_attempts", "alembic_version"})
_OF_THIS_PLACE = (index.POINTER, index.EPOCH)

Tell = Callable[[int, int], None]


def write_dump(database: Database, path: Path, tell: Tell = lambda _done, _total: None) -> dict[str, int]:
    """How many rows of each table were written to ``path``, as they stood at one moment; writers are not held up.

    Raises:
        Conflict: the file exists already.
    """
    if path.exists():
        raise Conflict(f"{path} exists already. Name another file, or remove it first.")
    partial = path.with_name(path.name + ".partial")
    tables = [table for table in Base.metadata.sorted_tables if table.name not in _LEFT_OUT]
    manifest: dict[str, Any] = {"format": FORMAT, "schema": migrate.current(database), "tables": {}}
    try:
        with partial.open("wb") as file, _snapshot(database) as connection:
            partial.chmod(0o600)  # it holds what the database holds, secrets included
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
                for number, table in enumerate(tables):
                    manifest["tables"][str(table.name)] = _write_table(archive, connection, table)
                    tell(number + 1, len(tables))
                manifest["created_at"] = datetime.now(UTC).isoformat()
                archive.writestr(_MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return {name: said["rows"] for name, said in manifest["tables"].items()}


def read_dump(
    database: Database, path: Path, *, force: bool = False, tell: Tell = lambda _done, _total: None
) -> dict[str, int]:
    """How many rows of each table were restored from ``path``, all or none; older schemas are brought up to date.

    Raises:
        Invalid: the file is no backup, is damaged, or was made by a newer askdesk.
        Conflict: the database holds something and ``force`` was not given.
    """
    with _archive(path) as (archive, manifest):
        schema = _checked_schema(manifest)
        with migrate.changing(database) as connection:
            if not force:
                _refuse_content(connection, database)
            _drop_all(connection)
            migrate.upgrade_within(connection, schema)
            rows = _insert_all(archive, manifest, connection, tell)
            _number_on(connection, database)
            migrate.upgrade_within(connection, migrate.head())
            with Session(connection, join_transaction_mode="create_savepoint") as session:
                index.begin_epoch(session)
                session.commit()
    return rows


def verify_dump(path: Path, folder: Path) -> dict[str, int]:
    """How many rows of each table a restoration into an empty database brings back, done for proof in ``folder``.

    Raises:
        Invalid: it cannot be restored, or not completely.
    """
    trial = Database(f"sqlite:///{folder / 'trial.db'}")
    try:
        return read_dump(trial, path)
    finally:
        trial.close()


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> dict[str, Any]:
    digest, rows = hashlib.sha256(), 0
    query = select(table).order_by(*table.primary_key.columns)
    with archive.open(_member(table.name), "w", force_zip64=True) as file:
        for row in connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query):
            if _stays(table.name, dict(row._mapping)):
                line = orjson.dumps({str(name): _plain(value) for name, value in row._mapping.items()}) + b"\n"
                digest.update(line)
                file.write(line)
                rows += 1
    return {"rows": rows, "sha256": digest.hexdigest()}


def _stays(table: str, row: Mapping[Any, Any]) -> bool:
    return table != "settings" or not str(row["key"]).startswith(_OF_THIS_PLACE)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


@contextmanager
def _archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = orjson.loads(archive.read(_MANIFEST))
            if manifest["format"] != FORMAT:
                raise Invalid(f"{path} was made by a newer askdesk. Restore it with that version. Nothing was changed.")
            yield archive, manifest
    except FileNotFoundError as error:
        raise Invalid(f"There is no file {path}.") from error
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise Invalid(f"{path} is no askdesk backup, or it is damaged ({error}). Nothing was changed.") from error


def _checked_schema(manifest: Mapping[str, Any]) -> str:
    schema = str(manifest["schema"])
    if schema not in migrate.known():
        raise Invalid(
            f"The backup was made by a newer askdesk (schema {schema}, this one knows up to {migrate.head()}). "
            "Restore it with that version. Nothing was changed."
        )
    return schema


def _refuse_content(connection: Connection, database: Database) -> None:
    present = set(inspect(connection).get_table_names())
    for name in ("users", "articles", "conversations"):
        if name in present and connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first():  # noqa: S608 - fixed
            raise Conflict(
                f"The database {database.engine.url.render_as_string()} holds {name} already. "
                "Restore into an empty one, or replace it with --force."
            )


def _drop_all(connection: Connection) -> None:
    present = MetaData()
    present.reflect(connection)
    present.drop_all(connection)


def _insert_all(
    archive: zipfile.ZipFile, manifest: Mapping[str, Any], connection: Connection, tell: Tell
) -> dict[str, int]:
    reflected = MetaData()
    reflected.reflect(connection)
    wanted = manifest["tables"]
    strange = set(wanted) - set(reflected.tables)
    if strange:
        raise Invalid(f"The backup has a table {min(strange)} that its schema has not; it is damaged.")
    counts: dict[str, int] = {}
    order = [table for table in reflected.sorted_tables if table.name in wanted]
    for number, table in enumerate(order):
        counts[table.name] = _insert(archive, connection, table, wanted[table.name])
        tell(number + 1, len(order))
    return counts


def _insert(archive: zipfile.ZipFile, connection: Connection, table: Table, said: Mapping[str, Any]) -> int:
    digest, rows = hashlib.sha256(), 0
    waiting: list[dict[str, Any]] = []
    with archive.open(_member(table.name)) as file:
        for line in _lines(file):
            digest.update(line)
            waiting.append(_row(table, orjson.loads(line)))
            rows += 1
            if len(waiting) == _ROWS_AT_ONCE:
                connection.execute(table.insert(), waiting)
                waiting = []
    if waiting:
        connection.execute(table.insert(), waiting)
    if digest.hexdigest() != said["sha256"] or rows != said["rows"]:
        raise Invalid(f"The backup is damaged: the table {table.name} is not as it was written. Nothing was changed.")
    return rows


def _lines(file: Any) -> Iterator[bytes]:
    binary: BinaryIO = io.BufferedReader(file)
    yield from binary


def _row(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(table.c[name].type, value) for name, value in values.items()}


def _value(kind: Any, value: Any) -> Any:
    if value is None or isinstance(kind, JSON):
        return value
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return datetime.fromisoformat(value).astimezone(UTC) if isinstance(kind, DateTime) else value


def _number_on(connection: Connection, database: Database) -> None:
    """Let PostgreSQL's counters go on after the numbers that were restored; SQLite's do so by themselves."""
    if database.is_sqlite:
        return
    # The tables of the backup's schema, which may lack some of today's.
    reflected = MetaData()
    reflected.reflect(connection)
    for table in reflected.sorted_tables:
        for column in table.primary_key.columns:
            sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
            highest = connection.scalar(select(func.max(column))) if sequence else None
            if highest is not None:
                connection.execute(select(func.setval(sequence, highest)))
