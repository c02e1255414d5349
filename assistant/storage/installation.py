"""Stored settings: one row a section, with a version that a writer must name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.storage.tables import StoredSetting
from assistant.storage.tables.base import now


def setting(session: Session, key: str) -> StoredSetting | None:
    """The row under ``key``."""
    return session.get(StoredSetting, key)


def settings_under(session: Session, prefix: str) -> Sequence[StoredSetting]:
    """All rows whose key starts with ``prefix``."""
    return session.scalars(select(StoredSetting).where(StoredSetting.key.startswith(prefix, autoescape=True))).all()


def put(session: Session, key: str, value: Any, version: int) -> bool:
    """Store ``value`` if the row still has ``version`` (0: there is none yet). False means someone was faster."""
    if version == 0:
        try:
            with session.begin_nested():
                session.add(StoredSetting(key=key, value=value))
        except IntegrityError:
            return False
        return True
    changed = session.execute(
        update(StoredSetting)
        .where(StoredSetting.key == key, StoredSetting.version == version)
        .values(value=value, version=version + 1, updated_at=now())
        .returning(StoredSetting.key)
    )
    return changed.first() is not None
