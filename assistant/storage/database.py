"""The database and its units of work: ``read()`` and ``write()``, each one short transaction."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from assistant.errors import Invalid, StorageUnavailable

__all__ = ["Database", "Session"]

_FULL_OR_READ_ONLY = (
    "disk is full",
    "readonly database",
    "disk i/o error",
    "unable to open database",
    "no space left",
    "read-only transaction",
    "could not extend file",
    "could not write to file",
)
_AWAY = (
    "connection refused",
    "server closed the connection",
    "connection is closed",
    "is starting up",
    "is shutting down",
    "terminating connection",
)


def _dumps(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        # SQLAlchemy's own BEGIN comes too late for SQLite's driver; the driver must leave transactions to us.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=15000",
            "cache_size=-65536",
            "mmap_size=268435456",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # busy_timeout does not cover a read that turns into a write, so a write says so at once.
        writing = connection.get_execution_options().get("askdesk_writing", False)
        statement = "BEGIN IMMEDIATE" if writing else "BEGIN"
        try:
            # Past SQLAlchemy, which takes longer over a statement than SQLite over this one.
            connection.connection.cursor().execute(statement)
        except sqlite3.Error as error:
            raise _readable(error) or OperationalError(statement, None, error) from error


def _storage_error(context: ExceptionContext) -> StorageUnavailable | Invalid | None:
    return _readable(context.original_exception)


def _readable(error: BaseException) -> StorageUnavailable | Invalid | None:
    """What is raised instead of a driver's error that a person should read, whatever was being done."""
    said = str(error).lower()
    if "nul (0x00)" in said:
        return Invalid("A text holds a NUL character, which cannot be stored. Remove it, then try again.")
    if any(sign in said for sign in _FULL_OR_READ_ONLY):
        return StorageUnavailable(
            "The disk is full or the data directory cannot be written, so nothing was stored. "
            "Free some space or make the directory writable, then try again."
        )
    if "locked" in said or any(sign in said for sign in _AWAY):
        return StorageUnavailable("The database did not answer in time, so nothing was stored. Try again in a moment.")
    return None


def _loads(value: str | bytes | float) -> Any:
    # To SQLite, a column declared JSON is numeric: it gives a bare number back as a number.
    return value if isinstance(value, (int, float)) else orjson.loads(value)


class Database:
    """An engine with two kinds of unit of work. Rows stay readable after their unit of work ends."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        options: dict[str, Any] = {"json_serializer": _dumps, "json_deserializer": _loads}
        if self.is_sqlite:
            options["connect_args"] = {"check_same_thread": False, "timeout": 15}
        else:
            options |= {"pool_size": 20, "max_overflow": 40, "pool_pre_ping": True}
        if self.is_sqlite:
            options |= {"pool_size": 40, "max_overflow": 60}
        self.engine = create_engine(url, **options)
        event.listen(self.engine, "handle_error", _storage_error, retval=True)
        if self.is_sqlite:
            _prepare_sqlite(self.engine)
        self._writing = self.engine.execution_options(askdesk_writing=True)
        self._shared = threading.local()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading only; whatever it changed is forgotten."""
        shared: Session | None = getattr(self._shared, "session", None)
        if shared is not None:
            yield shared
            return
        with self._unit(self.engine) as session:
            yield session

    @contextmanager
    def reading_once(self) -> Iterator[None]:
        """Until the block ends, this thread's ``read()`` share one session: what they find is of one moment."""
        with self.read() as session:
            before, self._shared.session = getattr(self._shared, "session", None), session
            try:
                yield
            finally:
                self._shared.session = before

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is committed when the block ends, or rolled back when it raises.

        Raises:
            StorageUnavailable: the disk is full or read-only, or the database is away; nothing was stored.
            Invalid: a text holds what this database cannot store.
        """
        with self._unit(self._writing) as session:
            yield session
            session.commit()

    @contextmanager
    def _unit(self, engine: Engine) -> Iterator[Session]:
        session = Session(engine, expire_on_commit=False)
        try:
            yield session
        finally:
            session.close()

    def ping(self) -> bool:
        """Whether the database answers."""
        try:
            with self.read() as session:
                session.execute(text("SELECT 1"))
        except (OperationalError, StorageUnavailable):
            return False
        return True

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()
