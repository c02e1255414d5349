"""Passwords: how they are hashed, checked and made up."""

from __future__ import annotations

import secrets
import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from assistant.errors import Invalid
from assistant.wording import Worded

SHORTEST = 8
LONGEST = 200


class Passwords:
    """Argon2id with the library's current parameters; old hashes are told apart so that they can be renewed."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        # Each check takes 64 MiB: a burst of sign-ins must not take all memory.
        self._room = threading.BoundedSemaphore(4)

    @cached_property
    def _nobodys_hash(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(16))

    def hash(self, password: str) -> str:
        """The hash to store.

        Raises:
            Invalid: the password is too short or too long.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            said = Worded("A password has %(least)s to %(most)s characters.", least=SHORTEST, most=LONGEST)
            raise Invalid(said, {"field": "password"})
        with self._room:
            return self._hasher.hash(password)

    def matches(self, password_hash: str, password: str) -> bool:
        """Whether the password belongs to the hash. An empty hash takes as long to refuse as a real one."""
        with self._room:
            try:
                self._hasher.verify(password_hash or self._nobodys_hash, password)
            except (VerificationError, InvalidHashError):
                return False
        return password_hash != ""

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)


def made_up() -> str:
    """A password that nobody chose, to be shown once."""
    return secrets.token_urlsafe(12)
