"""People of the desk: created, listed, changed and disabled, with an audit entry for each change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.accounts import passwords
from assistant.accounts.passwords import Passwords
from assistant.domain import locales
from assistant.domain.people import SYSTEM, Actor, Person, Role, is_email
from assistant.errors import Conflict, Invalid, NotFound
from assistant.storage import accounts as storage
from assistant.storage import audit
from assistant.storage.database import Database
from assistant.storage.tables import User
from assistant.wording import Worded


def plain_email(email: str) -> str:
    """The e-mail as stored: trimmed and in lower case.

    Raises:
        Invalid: it is no e-mail address.
    """
    plain = email.strip().lower()
    if not is_email(plain):
        raise Invalid(Worded("“%(email)s” is not an e-mail address.", email=email), {"field": "email"})
    return plain


@dataclass(frozen=True, slots=True)
class Page:
    """Some people, and the cursor that gives the next ones (empty: there are none)."""

    items: list[Person]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class FirstAdmin:
    """The admin that was made because there was none; ``password`` is empty if the environment gave it."""

    email: str
    password: str


class People:
    """Everything about people but how they sign in."""

    def __init__(self, database: Database, hashing: Passwords) -> None:
        self._database = database
        self._passwords = hashing

    def create(
        self, email: str, roles: Iterable[Role], password: str, actor: Actor, name: str = "", locale: str = ""
    ) -> Person:
        """The new person.

        Raises:
            Conflict: the e-mail is taken.
            Invalid: the e-mail, the roles, the locale or the password cannot be used.
        """
        email, chosen, hashed = plain_email(email), _some(roles), self._passwords.hash(password)
        row = User(email=email, name=name.strip(), roles=chosen, locale=_locale(locale), password_hash=hashed)
        with self._database.write() as session:
            if storage.user_by_email(session, email):
                raise Conflict(Worded("%(email)s has an account already.", email=email), {"field": "email"})
            session.add(row)
            session.flush()
            audit.record(session, actor, "user.created", f"user:{row.id}", {"roles": chosen})
            return storage.person(row)

    def get(self, user_id: str) -> Person:
        """The person with this id.

        Raises:
            NotFound: there is none.
        """
        with self._database.read() as session:
            return storage.person(_found(storage.user_by_id(session, user_id)))

    def by_email(self, email: str) -> Person:
        """The person with this e-mail.

        Raises:
            NotFound: there is none.
        """
        with self._database.read() as session:
            row = storage.user_by_email(session, email.strip().lower())
            return storage.person(
                _found(row, f"Nobody here has the e-mail {email}. `askdesk user list` shows who does.")
            )

    def page(self, cursor: str = "", limit: int = 50) -> Page:
        """People in the order of their e-mails, from after ``cursor``."""
        with self._database.read() as session:
            rows = [storage.person(row) for row in storage.users_after(session, cursor, limit + 1)]
        return Page(rows[:limit], rows[limit - 1].email if len(rows) > limit else "")

    def change(
        self,
        user_id: str,
        actor: Actor,
        *,
        name: str | None = None,
        roles: Iterable[Role] | None = None,
        locale: str | None = None,
        active: bool | None = None,
        on_duty: bool | None = None,
    ) -> Person:
        """The person after the change; what is None stays. Disabling ends all sign-ins.

        Raises:
            NotFound: there is no such person.
            Conflict: the last active admin would be gone.
        """
        wanted: dict[str, object] = {
            "name": None if name is None else name.strip(),
            "roles": None if roles is None else _some(roles),
            "locale": None if locale is None else _locale(locale),
            "active": active,
            "on_duty": on_duty,
        }
        with self._database.write() as session:
            admins = {admin.id for admin in storage.locked_admins(session)}
            row = _found(storage.user_by_id(session, user_id))
            changes = {
                field: value for field, value in wanted.items() if value is not None and value != getattr(row, field)
            }
            for field, value in changes.items():
                setattr(row, field, value)
            if admins == {row.id} and not (row.active and Role.ADMIN in row.roles):
                raise Conflict("This is the last active admin. Make someone else an admin first.")
            if not row.active:
                storage.end_sign_ins(session, row.id)
            if changes:
                # A name is personal: the log says that it changed, not to what.
                detail = {field: True if field == "name" else value for field, value in changes.items()}
                audit.record(session, actor, "user.changed", f"user:{row.id}", detail)
            return storage.person(row)

    def set_password(self, user_id: str, password: str, actor: Actor, keep_sign_in: str = "") -> None:
        """Give the person another password and end every sign-in but the one with the token hash ``keep_sign_in``.

        Raises:
            NotFound: there is no such person.
            Invalid: the password is too short or too long.
        """
        hashed = self._passwords.hash(password)
        with self._database.write() as session:
            row = _found(storage.user_by_id(session, user_id))
            row.password_hash = hashed
            storage.end_sign_ins(session, row.id, keep_sign_in)
            audit.record(session, actor, "user.password_set", f"user:{row.id}")

    def ensure_admin(self, email: str, password: str) -> FirstAdmin | None:
        """The first admin if there was none yet, else None: what the environment says is used only once."""
        with self._database.read() as session:
            if storage.any_admin(session):
                return None
        email, given = plain_email(email or "admin@localhost"), password
        password = given or passwords.made_up()
        hashed = self._passwords.hash(password)
        with self._database.write() as session:
            storage.lock(session, "first admin")
            if storage.any_admin(session):
                return None
            row = storage.user_by_email(session, email) or User(email=email, roles=[])
            row.roles, row.password_hash, row.active = sorted({*row.roles, Role.ADMIN}), hashed, True
            session.add(row)
            session.flush()
            audit.record(session, SYSTEM, "user.created", f"user:{row.id}", {"roles": row.roles, "first": True})
        return FirstAdmin(email, "" if given else password)


def _some(roles: Iterable[Role]) -> list[str]:
    chosen = sorted({str(role) for role in roles})
    if not chosen:
        raise Invalid("A person needs at least one role.", {"field": "roles"})
    return chosen


def _locale(locale: str) -> str:
    return locales.checked(locale) if locale else ""


def _found(row: User | None, message: str = "There is no such person.") -> User:
    if row is None:
        raise NotFound(message)
    return row
