"""Guidance: the editors' rules for a writing model, whole with each revision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from assistant.storage.tables.base import Base, now


class GuidanceRevision(Base):
    """All rules as they were once saved. The newest is the draft, the newest with ``published_at`` holds."""

    __tablename__ = "guidance_revisions"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rules: Mapped[list[Any]] = mapped_column(JSON)
    author_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
