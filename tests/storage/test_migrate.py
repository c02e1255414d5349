"""The migrations lead to exactly the tables in the code, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from assistant.errors import SettingsError
from assistant.storage import migrate
from assistant.storage.database import Database
from assistant.storage.tables import Base, Customer


def test_migrated_database_is_what_the_code_says(database: Database) -> None:
    assert migrate.differences(database) == []
    assert migrate.current(database) == migrate.head()


def test_difference_is_noticed(database: Database) -> None:
    with database.write() as session:
        session.execute(text("ALTER TABLE customers ADD COLUMN shoe_size INTEGER"))
    assert "shoe_size" in str(migrate.differences(database))


def test_upgrade_of_a_current_database_does_nothing(database: Database) -> None:
    with database.write() as session:
        session.add(Customer(id="c1", name="王芳"))
    assert migrate.upgrade(database) is False
    with database.read() as session:
        assert session.get(Customer, "c1") is not None


def test_upgrade_of_an_empty_database_makes_every_table(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    assert migrate.current(database) is None
    assert migrate.upgrade(database) is True
    assert set(inspect(database.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}
    with database.read() as session:
        assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    database.close()


def test_database_of_a_newer_version_is_refused_and_untouched(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match=r"newer askdesk.*9999"):
        migrate.upgrade(database)
    assert migrate.current(database) == "9999"
