"""Queries about guidance, and about what customers asked lately."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from assistant.storage.tables import Gap, GuidanceRevision, Message

_LONGEST = 300


class Asked(NamedTuple):
    """A question that somebody asked, in what language, and whether it was answered."""

    text: str
    locale: str
    answered: bool


def head(session: Session) -> GuidanceRevision | None:
    """The newest revision."""
    return session.scalars(select(GuidanceRevision).order_by(GuidanceRevision.number.desc()).limit(1)).first()


def published(session: Session) -> GuidanceRevision | None:
    """The revision that holds."""
    query = select(GuidanceRevision).where(GuidanceRevision.published_at.is_not(None))
    return session.scalars(query.order_by(GuidanceRevision.number.desc()).limit(1)).first()


def revision(session: Session, number: int) -> GuidanceRevision | None:
    """A revision by number, its row locked."""
    return session.get(GuidanceRevision, number, with_for_update=True)


def revisions(session: Session, limit: int) -> Sequence[GuidanceRevision]:
    """Revisions, the newest first."""
    return session.scalars(select(GuidanceRevision).order_by(GuidanceRevision.number.desc()).limit(limit)).all()


def add(session: Session, number: int, rules: list[Any], author_id: str | None, author: str) -> bool:
    """Add a revision with this number. False means that somebody was faster."""
    try:
        with session.begin_nested():
            session.add(GuidanceRevision(number=number, rules=rules, author_id=author_id, author=author))
    except IntegrityError:
        return False
    return True


def asked_lately(session: Session, since: datetime, limit: int) -> list[Asked]:
    """Different questions that the assistant answered, the newest first."""
    question = aliased(Message)
    last = func.max(Message.created_at)
    query = (
        select(question.text, func.max(Message.language).label("language"))
        .join(question, (question.conversation_id == Message.conversation_id) & (question.seq == Message.reply_to))
        .where(
            Message.role == "assistant",
            Message.outcome == "answered",
            Message.withdrawn.is_(False),
            Message.created_at >= since,
            func.length(question.text) <= _LONGEST,
        )
        .group_by(question.text)
        .order_by(last.desc())
        .limit(limit)
    )
    return [Asked(row.text, row.language or "en", True) for row in session.execute(query)]


def asked_in_vain(session: Session, limit: int) -> list[Asked]:
    """Open unresolved questions, the most asked first."""
    query = select(Gap.question, Gap.locale).where(Gap.status == "open").order_by(Gap.count.desc(), Gap.id.desc())
    return [Asked(row.question, row.locale, False) for row in session.execute(query.limit(limit))]
