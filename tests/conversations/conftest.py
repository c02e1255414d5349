"""Customers of an installation that can answer, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant.container import Container
from assistant.domain.people import SYSTEM, Person, Role
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from tests.conftest import postgres_url
from tests.conversations.talk import Meanwhile, Talk, start
from tests.starter import IDENTITY_SECRET, starter_container


@pytest.fixture(scope="module")
def sqlite_home(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of an empty installation on SQLite."""
    folder = tmp_path_factory.mktemp("installation")
    shutil.copy(migrated_sqlite, folder / "askdesk.db")
    return Settings(_env_file=None, data_dir=folder, identity_secret=IDENTITY_SECRET)


@pytest.fixture(scope="module")
def postgres_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of an empty installation on PostgreSQL."""
    server, name = request.getfixturevalue("postgres"), f"t{uuid.uuid4().hex}"
    server.psql(f"CREATE DATABASE {name} TEMPLATE migrated")
    yield Settings(
        _env_file=None,
        data_dir=tmp_path_factory.mktemp("installation"),
        database_url=postgres_url(server, name),
        identity_secret=IDENTITY_SECRET,
    )
    server.psql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def container(request: pytest.FixtureRequest, starter_backup: Path, embedder: Embedder) -> Iterator[Container]:
    """An installation that can answer. Its worker runs when a test drains it."""
    settings: Settings = request.getfixturevalue(f"{request.param}_home")
    with starter_container(settings, starter_backup, embedder) as opened:
        yield opened


@pytest.fixture
def talk(container: Container) -> Talk:
    """A new conversation."""
    return start(container)


@pytest.fixture(scope="module")
def agent(container: Container) -> Person:
    """Someone at the desk."""
    return container.accounts.people.create(
        "mia@example.com", [Role.AGENT], "a long enough one", SYSTEM, name="Mia Chen"
    )


@pytest.fixture
def meanwhile() -> Iterator[Meanwhile]:
    """Runs calls at the same time as the test."""
    with ThreadPoolExecutor(16) as pool:
        yield Meanwhile(pool)
