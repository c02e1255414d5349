"""Signing in: throttled, rotated, sliding, ending."""

from __future__ import annotations

import threading

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from assistant.accounts import Accounts
from assistant.accounts.sign_ins import TRIES_PER_ADDRESS, TRIES_PER_EMAIL
from assistant.domain.people import COMMAND_LINE, Role
from assistant.errors import Invalid, SignInNeeded, TooMany
from assistant.storage.database import Database
from assistant.storage.tables import LoginAttempt, User, UserSession
from tests.accounts.conftest import Clock

PASSWORD = "a long enough one"


@pytest.fixture
def email(accounts: Accounts) -> str:
    return accounts.people.create("ann@b.c", [Role.AGENT], PASSWORD, COMMAND_LINE).email


def fail(accounts: Accounts, email: str, address: str = "1.1.1.1") -> None:
    with pytest.raises(SignInNeeded, match="E-mail or password is wrong"):
        accounts.sign_ins.login(email, "wrong password", address)


class TestLogin:
    def test_right_password(self, accounts: Accounts, email: str) -> None:
        signed = accounts.sign_ins.login("  Ann@B.C ", PASSWORD, "1.1.1.1")
        assert accounts.sign_ins.of(signed.token).csrf == signed.csrf

    def test_nothing_secret_is_stored(self, accounts: Accounts, email: str, database: Database) -> None:
        signed = accounts.sign_ins.login(email, PASSWORD, "1.1.1.1")
        fail(accounts, "someone@b.c", "9.9.9.9")
        with database.read() as session:
            stored = [row.token_hash for row in session.scalars(select(UserSession))]
            stored += [row.key for row in session.scalars(select(LoginAttempt))]
            stored += [row.password_hash for row in session.scalars(select(User))]
        assert stored
        for secret in (signed.token, PASSWORD, "someone@b.c", "9.9.9.9"):
            assert not any(secret in value for value in stored)

    def test_token_is_new_and_the_browsers_old_one_ends(self, accounts: Accounts, email: str) -> None:
        first = accounts.sign_ins.login(email, PASSWORD, "1.1.1.1")
        second = accounts.sign_ins.login(email, PASSWORD, "1.1.1.1", first.token)
        assert second.token != first.token
        assert second.csrf != first.csrf
        with pytest.raises(SignInNeeded):
            accounts.sign_ins.of(first.token)

    def test_disabled_person(self, accounts: Accounts, email: str) -> None:
        accounts.people.change(accounts.people.by_email(email).id, COMMAND_LINE, active=False)
        with pytest.raises(SignInNeeded, match="E-mail or password is wrong"):
            accounts.sign_ins.login(email, PASSWORD, "1.1.1.1")

    def test_weak_hash_is_renewed(self, accounts: Accounts, email: str, database: Database) -> None:
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, hash_len=8).hash(PASSWORD)
        with database.write() as session:
            session.scalars(select(User)).one().password_hash = weak
        accounts.sign_ins.login(email, PASSWORD, "1.1.1.1")
        with database.read() as session:
            assert session.scalars(select(User)).one().password_hash != weak
        accounts.sign_ins.login(email, PASSWORD, "1.1.1.1")


class TestThrottling:
    def test_per_email_from_anywhere_until_the_window_has_passed(
        self, accounts: Accounts, email: str, clock: Clock
    ) -> None:
        for number in range(TRIES_PER_EMAIL):
            fail(accounts, email, f"1.1.1.{number}")
            clock.turn(seconds=10)
        with pytest.raises(TooMany) as refused:
            accounts.sign_ins.login(email, PASSWORD, "2.2.2.2")
        assert 0 < refused.value.retry_after <= 15 * 60
        clock.turn(seconds=refused.value.retry_after)
        assert accounts.sign_ins.login(email, PASSWORD, "2.2.2.2").person.email == email

    def test_unknown_emails_are_throttled_alike(self, accounts: Accounts) -> None:
        for number in range(TRIES_PER_EMAIL):
            fail(accounts, "nobody@b.c", f"1.1.1.{number}")
        with pytest.raises(TooMany):
            accounts.sign_ins.login("nobody@b.c", PASSWORD, "2.2.2.2")

    def test_per_address_whatever_the_email(self, accounts: Accounts, email: str) -> None:
        for number in range(TRIES_PER_ADDRESS):
            fail(accounts, f"p{number}@b.c", "6.6.6.6")
        with pytest.raises(TooMany):
            accounts.sign_ins.login(email, PASSWORD, "6.6.6.6")
        assert accounts.sign_ins.login(email, PASSWORD, "7.7.7.7").person.email == email

    def test_success_is_no_attempt(self, accounts: Accounts, email: str) -> None:
        for _ in range(TRIES_PER_ADDRESS + 5):
            accounts.sign_ins.login(email, PASSWORD, "1.1.1.1")

    def test_success_forgets_failures_with_this_email(self, accounts: Accounts, email: str) -> None:
        for _ in range(3):
            for _ in range(TRIES_PER_EMAIL - 1):
                fail(accounts, email)
            accounts.sign_ins.login(email, PASSWORD, "1.1.1.1")

    def test_parallel_guesses_do_not_slip_through(self, accounts: Accounts, email: str) -> None:
        outcomes: list[type[Exception]] = []

        def guess() -> None:
            try:
                accounts.sign_ins.login(email, "wrong password", "1.1.1.1")
            except (SignInNeeded, TooMany) as error:
                outcomes.append(type(error))

        threads = [threading.Thread(target=guess) for _ in range(TRIES_PER_EMAIL * 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (
            sorted(kind.__name__ for kind in outcomes)
            == ["SignInNeeded"] * TRIES_PER_EMAIL + ["TooMany"] * TRIES_PER_EMAIL
        )

    def test_confirming_counts_too(self, accounts: Accounts, email: str) -> None:
        accounts.sign_ins.confirm(email, PASSWORD, "1.1.1.1")
        for _ in range(TRIES_PER_EMAIL):
            with pytest.raises(Invalid, match="present password"):
                accounts.sign_ins.confirm(email, "wrong password", "1.1.1.1")
        with pytest.raises(TooMany):
            accounts.sign_ins.confirm(email, PASSWORD, "1.1.1.1")


class TestOf:
    def test_use_keeps_it_alive(self, accounts: Accounts, email: str, clock: Clock) -> None:
        token = accounts.sign_ins.login(email, PASSWORD, "1.1.1.1").token
        for _ in range(5):
            clock.turn(hours=11)
            accounts.sign_ins.of(token)

    def test_absolute_end_despite_use(self, accounts: Accounts, email: str, clock: Clock) -> None:
        token = accounts.sign_ins.login(email, PASSWORD, "1.1.1.1").token
        for _ in range(30 * 4):
            accounts.sign_ins.of(token)
            clock.turn(hours=6)
        with pytest.raises(SignInNeeded):
            accounts.sign_ins.of(token)

    def test_idle_end(self, accounts: Accounts, email: str, clock: Clock) -> None:
        token = accounts.sign_ins.login(email, PASSWORD, "1.1.1.1").token
        clock.turn(hours=12)
        with pytest.raises(SignInNeeded):
            accounts.sign_ins.of(token)

    @pytest.mark.parametrize("token", ["", "made-up", "x" * 5000])
    def test_unknown(self, accounts: Accounts, token: str) -> None:
        with pytest.raises(SignInNeeded):
            accounts.sign_ins.of(token)


class TestLogout:
    def test_here_only(self, accounts: Accounts, email: str) -> None:
        here, there = (accounts.sign_ins.login(email, PASSWORD, "1.1.1.1").token for _ in range(2))
        accounts.sign_ins.logout(here)
        accounts.sign_ins.logout(here)
        with pytest.raises(SignInNeeded):
            accounts.sign_ins.of(here)
        assert accounts.sign_ins.of(there)

    def test_everywhere(self, accounts: Accounts, email: str) -> None:
        tokens = [accounts.sign_ins.login(email, PASSWORD, "1.1.1.1").token for _ in range(2)]
        accounts.sign_ins.logout_everywhere(accounts.people.by_email(email).id)
        for token in tokens:
            with pytest.raises(SignInNeeded):
                accounts.sign_ins.of(token)
