"""Canned replies in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.storage.tables import Macro


def every(session: Session) -> Sequence[Macro]:
    """All canned replies by title."""
    return session.scalars(select(Macro).order_by(Macro.title, Macro.id)).all()


def by_id(session: Session, macro_id: int) -> Macro | None:
    """A canned reply by id."""
    return session.get(Macro, macro_id, with_for_update=True)


def add(session: Session, title: str, text: str, locale: str) -> Macro:
    """A new canned reply."""
    macro = Macro(title=title, text=text, locale=locale)
    session.add(macro)
    session.flush()
    return macro


def drop(session: Session, macro: Macro) -> None:
    """Delete a canned reply."""
    session.delete(macro)
