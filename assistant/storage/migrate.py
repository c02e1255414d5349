"""Bring a database to the schema of this code, with Alembic and without a configuration file."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from assistant.errors import SettingsError
from assistant.storage.database import Database
from assistant.storage.tables import Base

_HERE = Path(__file__).parent / "migrations"
# Any fixed number: two servers that start at once must not migrate at once.
_LOCK = 4_217_305


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision that this code expects."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise SettingsError("The migrations are missing from this installation; install askdesk again.")
    return revision


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def current(database: Database) -> str | None:
    """The revision of the database, or None while it is empty."""
    with database.engine.connect() as connection:
        return _revision(connection)


def known() -> set[str]:
    """All revisions that this code can bring up to date."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def upgrade_within(connection: Connection, revision: str) -> None:
    """Bring the schema to a revision within a transaction of ``changing``."""
    command.upgrade(_config(connection), revision)


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in known():
        raise SettingsError(
            f"This database was written by a newer askdesk (schema {revision}, this one knows up to {head()}). "
            "Install the newer version again, or restore a backup made by this one."
        )


@contextmanager
def changing(database: Database) -> Iterator[Connection]:
    """A connection in a transaction in which the schema may be changed by one process only."""
    with database.engine.connect() as connection:
        if not database.is_sqlite:
            with connection.begin():
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                yield connection
            return
        # Batch mode rebuilds tables; with foreign keys on, dropping the old one would delete what refers to it.
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        try:
            connection.execution_options(askdesk_writing=True)
            with connection.begin():
                yield connection
                if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
                    raise SettingsError(
                        "The migration would have left rows without the row they belong to; nothing was changed."
                    )
        finally:
            driver.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


def upgrade(database: Database) -> bool:
    """Bring the database to this code's schema; True if there was anything to do.

    Raises:
        SettingsError: the database is newer than the code.
    """
    before = current(database)
    _refuse_newer(before)
    if before == head():
        return False
    with changing(database) as connection:
        _refuse_newer(_revision(connection))
        command.upgrade(_config(connection), "head")
    return True


def differences(database: Database) -> list[object]:
    """What the tables in the code have and the database has not, or the other way round."""
    with database.engine.connect() as connection:
        return list(
            compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), Base.metadata)
        )


def write_revision(message: str, first: bool = False) -> Path:
    """Write the migration that leads from the newest revision to the tables in the code; ``first`` starts over."""
    versions = _HERE / "versions"
    if first:
        for path in versions.glob("[0-9]*.py"):
            path.unlink()
    number = f"{len(list(versions.glob('[0-9]*.py'))) + 1:04d}"
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        if not first:
            upgrade(database)
        with changing(database) as connection:
            command.revision(_config(connection), message, autogenerate=True, rev_id=number)
        database.close()
    return next(versions.glob(f"{number}_*.py"))


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.stdout.write(f"{write_revision(' '.join(a for a in arguments if a != '--first'), '--first' in arguments)}\n")
