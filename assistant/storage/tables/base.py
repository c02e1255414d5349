"""The declarative base, its naming convention, and the defaults that rows share."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, MetaData
from sqlalchemy.orm import DeclarativeBase

from assistant.storage.types import UtcDateTime


class Base(DeclarativeBase):
    """Rows are plain: no lazy relationships, so that a query is always seen where it is made."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        list[str]: JSON,
    }


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """An unguessable id of 22 URL-safe characters (128 bits)."""
    return secrets.token_urlsafe(16)
