"""The application over a real SQLite database, and people of every role to call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from api.app import create_app
from assistant.accounts import Accounts
from assistant.container import Container, open_container
from assistant.domain.people import SYSTEM, Role
from assistant.settings import Settings

PASSWORD = "a long enough one"
Caller = Callable[[Role | None], TestClient]


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Settings:
    """Settings of an empty installation."""
    return Settings(_env_file=None, data_dir=tmp_path)


@pytest.fixture
def container(settings: Settings) -> Iterator[Container]:
    """An open container; hashing passwords costs little in it."""
    with open_container(settings) as opened:
        opened.accounts = Accounts(opened.database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield opened


@pytest.fixture
def calling(container: Container) -> Caller:
    """Gives a client that calls as a person of a role (by API token), or as nobody."""
    app = create_app(container)

    def client(role: Role | None) -> TestClient:
        called = TestClient(app, raise_server_exceptions=False)
        if role is not None:
            email = f"{role}@b.c"
            container.accounts.people.create(email, [role], PASSWORD, SYSTEM, name=role.title())
            called.headers["Authorization"] = f"Bearer {container.accounts.tokens.create(email, SYSTEM)}"
        return called

    return client


@pytest.fixture
def anonymous(calling: Caller) -> TestClient:
    """A client that nobody has signed in with."""
    return calling(None)


@pytest.fixture
def admin(calling: Caller) -> TestClient:
    """A client that calls as an admin."""
    return calling(Role.ADMIN)


@pytest.fixture
def agent(calling: Caller) -> TestClient:
    """A client that calls as an agent."""
    return calling(Role.AGENT)
