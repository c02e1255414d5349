"""Bearer tokens for the API: shown once, stored hashed, acting as their person."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from assistant.accounts.sign_ins import hashed
from assistant.domain.people import Actor, Person
from assistant.errors import NotFound, SignInNeeded
from assistant.storage import accounts as storage
from assistant.storage import audit
from assistant.storage.database import Database
from assistant.storage.tables import ApiToken
from assistant.wording import Worded

# Tells our tokens from others in a leak scanner, and from conversation tokens here.
PREFIX = "askdesk_"
LIFETIME = timedelta(days=365)
_COARSE = timedelta(minutes=10)
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class TokenView:
    """What can be told of a token afterwards."""

    id: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class ApiTokens:
    """API tokens. ``clock`` is there for tests of time."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self.clock = clock

    def create(self, email: str, actor: Actor, lifetime: timedelta | None = LIFETIME) -> str:
        """A new token for the person with this e-mail; it cannot be shown again. ``None`` never runs out.

        Raises:
            NotFound: nobody active has this e-mail.
        """
        token, at = PREFIX + secrets.token_urlsafe(32), self.clock()
        with self._database.write() as session:
            row = storage.user_by_email(session, email.strip().lower())
            if row is None or not row.active:
                said = "Nobody active here has the e-mail %(email)s. `askdesk user list` shows who does."
                raise NotFound(Worded(said, email=email))
            until = None if lifetime is None else at + lifetime
            session.add(ApiToken(token_hash=hashed(token), user_id=row.id, created_at=at, expires_at=until))
            audit.record(session, actor, "token.created", f"user:{row.id}", {"token": hashed(token)[:_SHOWN]})
        return token

    def of(self, token: str) -> Person:
        """The person whom the token acts for.

        Raises:
            SignInNeeded: there is no such token, it ran out, or the person is disabled.
        """
        at = self.clock()
        with self._database.read() as session:
            found = storage.api_token(session, hashed(token))
        if found is None or (found[0].expires_at or at + LIFETIME) <= at or not found[1].active:
            raise SignInNeeded("This token is unknown or has expired. `askdesk token create` makes a new one.")
        if found[0].last_used_at is None or at - found[0].last_used_at > _COARSE:
            with self._database.write() as session:
                again = storage.api_token(session, hashed(token))
                if again is not None:
                    again[0].last_used_at = again[1].last_seen_at = at
        return storage.person(found[1])

    def of_person(self, user_id: str) -> list[TokenView]:
        """The person's tokens, without what would let anyone in."""
        with self._database.read() as session:
            rows = storage.tokens_of(session, user_id)
        return [TokenView(row.token_hash[:_SHOWN], row.created_at, row.expires_at, row.last_used_at) for row in rows]

    def revoke(self, user_id: str, token_id: str, actor: Actor) -> None:
        """End one of the person's tokens.

        Raises:
            NotFound: the person has no such token.
        """
        with self._database.write() as session:
            rows = [row for row in storage.tokens_of(session, user_id) if row.token_hash[:_SHOWN] == token_id]
            if not rows:
                raise NotFound("There is no such token.")
            session.delete(rows[0])
            audit.record(session, actor, "token.revoked", f"user:{user_id}", {"token": token_id})
