"""Accounts over a real database, with a hash that costs little and a clock that tests turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher

from assistant.accounts import Accounts
from assistant.storage.database import Database


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(database: Database, clock: Clock) -> Accounts:
    made = Accounts(database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    made.sign_ins.clock = clock
    made.tokens.clock = clock
    return made
