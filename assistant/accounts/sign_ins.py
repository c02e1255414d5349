"""Signing in with e-mail and password: throttled, kept on the server, forgotten at the end."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from assistant.accounts.passwords import Passwords
from assistant.domain.people import Person
from assistant.errors import Invalid, SignInNeeded, TooMany
from assistant.storage import accounts as storage
from assistant.storage.database import Database
from assistant.storage.tables import LoginAttempt, User, UserSession
from assistant.wording import Worded

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=30)
# A sign-in is written to at most this often, so that reading a page stays a read.
COARSE = timedelta(minutes=5)

WINDOW = timedelta(minutes=15)
TRIES_PER_EMAIL = 8
TRIES_PER_ADDRESS = 40


def hashed(token: str) -> str:
    """What is stored of a random token: it has entropy enough for a plain SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def _key(kind: str, value: str) -> str:
    return f"{kind}:{hashed(value)}"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with the token of this sign-in, and the token that their unsafe requests must carry."""

    person: Person
    csrf: str
    token: str

    @property
    def token_hash(self) -> str:
        """What is stored of the token."""
        return hashed(self.token)


class SignIns:
    """Sign-ins on the server. ``clock`` is there for tests of time."""

    def __init__(
        self, database: Database, passwords: Passwords, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._passwords = passwords
        self.clock = clock

    def login(self, email: str, password: str, address: str, previous: str = "") -> SignedIn:
        """A new sign-in, with a new token whatever ``previous`` one the browser had; that one ends.

        Raises:
            SignInNeeded: e-mail or password is wrong, or the person is disabled; which of them is not said.
            TooMany: too many failed attempts with this e-mail or from this address.
        """
        attempt, row = self._check(email.strip().lower(), password, address)
        return self._begin(row.id, row.password_hash, password, attempt, previous)

    def confirm(self, email: str, password: str, address: str) -> None:
        """Nothing, if the password is right. Throttled like ``login``.

        Raises:
            Invalid: it is not.
            TooMany: too many failed attempts.
        """
        try:
            attempt, row = self._check(email, password, address)
        except SignInNeeded as error:
            raise Invalid("The present password is wrong.", {"field": "present_password"}) from error
        with self._database.write() as session:
            storage.forget_attempts(session, self.clock() - WINDOW, _key("email", row.email), attempt.id)

    def _check(self, email: str, password: str, address: str) -> tuple[LoginAttempt, User]:
        attempt = self._count_attempt(email, address)
        with self._database.read() as session:
            row = storage.user_by_email(session, email)
        known_hash = row.password_hash if row is not None and row.active else ""
        if not self._passwords.matches(known_hash, password) or row is None:
            raise SignInNeeded("E-mail or password is wrong.")
        return attempt, row

    def _count_attempt(self, email: str, address: str) -> LoginAttempt:
        # Counted before the password is checked, so that parallel guesses cannot all pass.
        at = self.clock()
        by_email, by_address = (
            LoginAttempt(key=_key("email", email), at=at),
            LoginAttempt(key=_key("address", address), at=at),
        )
        with self._database.write() as session:
            storage.forget_attempts(session, at - WINDOW)
            for attempt, most in ((by_address, TRIES_PER_ADDRESS), (by_email, TRIES_PER_EMAIL)):
                storage.lock(session, attempt.key)
                count, first = storage.attempts(session, attempt.key, at - WINDOW)
                if count >= most and first is not None:
                    wait = max(1, int((first + WINDOW - at).total_seconds()) + 1)
                    said = Worded("Too many failed sign-ins. Try again in %(n)s minutes.", n=-(-wait // 60))
                    raise TooMany(said, wait)
                session.add(attempt)
        return by_address

    def _begin(self, user_id: str, known_hash: str, password: str, attempt: LoginAttempt, previous: str) -> SignedIn:
        renewed = self._passwords.hash(password) if self._passwords.is_outdated(known_hash) else ""
        at, token, csrf = self.clock(), secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        with self._database.write() as session:
            row = storage.user_by_id(session, user_id)
            # The person may have been disabled, or their password changed, while it was being checked.
            if row is None or not row.active or row.password_hash != known_hash:
                raise SignInNeeded("E-mail or password is wrong.")
            row.password_hash = renewed or row.password_hash
            row.last_seen_at = at
            # The address keeps the count of its failures: one good account must not buy guesses at the others.
            storage.forget_attempts(session, at - WINDOW, _key("email", row.email), attempt.id)
            storage.end_expired(session, at)
            if previous:
                storage.end_sign_in(session, hashed(previous))
            session.add(
                UserSession(token_hash=hashed(token), user_id=row.id, csrf=csrf, created_at=at, expires_at=at + IDLE)
            )
            return SignedIn(storage.person(row), csrf, token)

    def of(self, token: str) -> SignedIn:
        """The person behind a cookie; being used keeps the sign-in alive for another while.

        Raises:
            SignInNeeded: there is no such sign-in, it ran out, or the person is disabled.
        """
        at = self.clock()
        with self._database.read() as session:
            found = storage.sign_in(session, hashed(token)) if token else None
        if found is None or found[0].expires_at <= at or not found[1].active:
            raise SignInNeeded("Your sign-in has ended. Sign in again.")
        signed, row = found
        until = min(at + IDLE, signed.created_at + LONGEST)
        if until - signed.expires_at > COARSE:
            self._extend(signed, row, at, until)
        return SignedIn(storage.person(row), signed.csrf, token)

    def _extend(self, signed: UserSession, row: User, at: datetime, until: datetime) -> None:
        with self._database.write() as session:
            found = storage.sign_in(session, signed.token_hash)
            if found is not None:
                found[0].expires_at = until
                found[1].last_seen_at = row.last_seen_at = at

    def logout(self, token: str) -> None:
        """End this sign-in, if it still exists."""
        with self._database.write() as session:
            storage.end_sign_in(session, hashed(token))

    def logout_everywhere(self, user_id: str) -> None:
        """End every sign-in of the person."""
        with self._database.write() as session:
            storage.end_sign_ins(session, user_id)
