"""API tokens: shown once, expiring, revocable."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from assistant.accounts import Accounts
from assistant.domain.people import COMMAND_LINE, Role
from assistant.errors import NotFound, SignInNeeded
from assistant.storage.database import Database
from assistant.storage.tables import ApiToken
from tests.accounts.conftest import Clock


@pytest.fixture
def person_id(accounts: Accounts) -> str:
    return accounts.people.create("ann@b.c", [Role.AGENT], "a long enough one", COMMAND_LINE).id


def test_acts_as_its_person_and_is_stored_hashed(accounts: Accounts, person_id: str, database: Database) -> None:
    token = accounts.tokens.create("Ann@b.c", COMMAND_LINE)
    assert accounts.tokens.of(token).id == person_id
    with database.read() as session:
        assert token not in str([row.token_hash for row in session.scalars(select(ApiToken))])


def test_ends_after_a_year(accounts: Accounts, person_id: str, clock: Clock) -> None:
    token, forever = (
        accounts.tokens.create("ann@b.c", COMMAND_LINE),
        accounts.tokens.create("ann@b.c", COMMAND_LINE, None),
    )
    clock.turn(days=364)
    accounts.tokens.of(token)
    clock.turn(days=1)
    with pytest.raises(SignInNeeded):
        accounts.tokens.of(token)
    assert accounts.tokens.of(forever).id == person_id


def test_last_use_is_noted_coarsely(accounts: Accounts, person_id: str, clock: Clock) -> None:
    token = accounts.tokens.create("ann@b.c", COMMAND_LINE)
    assert accounts.tokens.of_person(person_id)[0].last_used_at is None
    accounts.tokens.of(token)
    first = clock.at
    clock.turn(minutes=5)
    accounts.tokens.of(token)
    assert accounts.tokens.of_person(person_id)[0].last_used_at == first
    clock.turn(minutes=6)
    accounts.tokens.of(token)
    assert accounts.tokens.of_person(person_id)[0].last_used_at == clock.at


def test_revoked(accounts: Accounts, person_id: str) -> None:
    token = accounts.tokens.create("ann@b.c", COMMAND_LINE)
    accounts.tokens.revoke(person_id, accounts.tokens.of_person(person_id)[0].id, COMMAND_LINE)
    with pytest.raises(SignInNeeded):
        accounts.tokens.of(token)
    with pytest.raises(NotFound):
        accounts.tokens.revoke(person_id, "unknown", COMMAND_LINE)


def test_nobody_gets_none(accounts: Accounts) -> None:
    with pytest.raises(NotFound, match="nobody@b"):
        accounts.tokens.create("nobody@b.c", COMMAND_LINE)
