"""Whether the database itself is whole."""

from __future__ import annotations

from sqlalchemy import text

from assistant.storage import migrate
from assistant.storage.database import Database


def problems(database: Database) -> list[str]:
    """What is wrong with the database's own files and tables, in sentences."""
    found = [f"The schema differs from this version's: {each}" for each in migrate.differences(database)[:3]]
    if not database.is_sqlite:
        return found
    with database.read() as session:
        said = [str(row[0]) for row in session.execute(text("PRAGMA quick_check(5)"))]
        orphans = session.execute(text("PRAGMA foreign_key_check")).fetchmany(5)
    if said != ["ok"]:
        found.append(f"SQLite's own check says: {'; '.join(said)}")
    found.extend(f"A row of {row[0]} refers to a row of {row[2]} that is not there." for row in orphans)
    return found
