"""People of the desk, how they sign in, the tokens that act for them, and the log of who did what."""

from __future__ import annotations

from argon2 import PasswordHasher

from assistant.accounts.audit import AuditLog, Entry
from assistant.accounts.passwords import Passwords
from assistant.accounts.people import FirstAdmin, Page, People
from assistant.accounts.sign_ins import SignedIn, SignIns
from assistant.accounts.tokens import ApiTokens, TokenView
from assistant.storage.database import Database

__all__ = [
    "Accounts",
    "ApiTokens",
    "AuditLog",
    "Entry",
    "FirstAdmin",
    "Page",
    "People",
    "SignIns",
    "SignedIn",
    "TokenView",
]


class Accounts:
    """The parts of this use case, wired to one database."""

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        passwords = Passwords(hasher)
        self.people = People(database, passwords)
        self.sign_ins = SignIns(database, passwords)
        self.tokens = ApiTokens(database)
        self.audit = AuditLog(database)
