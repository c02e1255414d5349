"""Queries about people, their sign-ins, tokens and failed attempts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select, text
from sqlalchemy.orm import Session

from assistant.domain.people import Person, Role
from assistant.storage.tables import ApiToken, LoginAttempt, User, UserSession


def person(row: User) -> Person:
    """The row as the rest of the program knows it; roles that no longer exist are left out."""
    known = set(Role)
    return Person(
        id=row.id,
        email=row.email,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles if role in known),
        locale=row.locale,
        active=row.active,
        on_duty=row.on_duty,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
    )


def user_by_id(session: Session, user_id: str) -> User | None:
    """The person with this id."""
    return session.get(User, user_id)


def user_by_email(session: Session, email: str) -> User | None:
    """The person with this e-mail, which is stored in lower case."""
    return session.scalar(select(User).where(User.email == email))


def users_after(session: Session, email: str, limit: int) -> Sequence[User]:
    """People in the order of their e-mails, those after ``email`` first."""
    return session.scalars(select(User).where(User.email > email).order_by(User.email).limit(limit)).all()


def locked_admins(session: Session) -> list[User]:
    """All active admins, locked until the unit of work ends so that two cannot leave at once."""
    rows = session.scalars(select(User).where(User.active).order_by(User.id).with_for_update())
    return [row for row in rows if Role.ADMIN in row.roles]


def any_admin(session: Session) -> bool:
    """Whether an admin exists, active or not."""
    return any(Role.ADMIN in roles for roles in session.scalars(select(User.roles)))


def sign_in(session: Session, token_hash: str) -> tuple[UserSession, User] | None:
    """The sign-in behind a cookie and its person."""
    row = session.execute(
        select(UserSession, User).join(User, User.id == UserSession.user_id).where(UserSession.token_hash == token_hash)
    ).first()
    return None if row is None else (row[0], row[1])


def end_sign_in(session: Session, token_hash: str) -> None:
    """Forget one sign-in."""
    session.execute(delete(UserSession).where(UserSession.token_hash == token_hash))


def end_sign_ins(session: Session, user_id: str, keep: str = "") -> None:
    """Forget every sign-in of a person but ``keep``."""
    session.execute(delete(UserSession).where(UserSession.user_id == user_id, UserSession.token_hash != keep))


def end_expired(session: Session, at: datetime) -> None:
    """Forget sign-ins and tokens that have run out."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= at))
    session.execute(delete(ApiToken).where(ApiToken.expires_at <= at))


def api_token(session: Session, token_hash: str) -> tuple[ApiToken, User] | None:
    """The API token and its person."""
    row = session.execute(
        select(ApiToken, User).join(User, User.id == ApiToken.user_id).where(ApiToken.token_hash == token_hash)
    ).first()
    return None if row is None else (row[0], row[1])


def tokens_of(session: Session, user_id: str) -> Sequence[ApiToken]:
    """A person's API tokens, oldest first."""
    return session.scalars(select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.created_at)).all()


def lock(session: Session, key: str) -> None:
    """Make other units of work that lock ``key`` wait for this one. SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": key})


def attempts(session: Session, key: str, since: datetime) -> tuple[int, datetime | None]:
    """How many attempts under ``key`` since then, and the time of the first of them."""
    count, first = session.execute(
        select(func.count(), func.min(LoginAttempt.at)).where(LoginAttempt.key == key, LoginAttempt.at > since)
    ).one()
    return count, first


def forget_attempts(session: Session, before: datetime, key: str = "", number: int = 0) -> None:
    """Drop the attempts under ``key``, the one with this number, and all that are older than ``before``."""
    gone = or_(LoginAttempt.key == key, LoginAttempt.id == number, LoginAttempt.at <= before)
    session.execute(delete(LoginAttempt).where(gone))
