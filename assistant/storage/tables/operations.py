"""Jobs, stored settings, the audit log, blobs, and what chat models have cost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from assistant.storage.tables.base import Base, new_id, now


class Job(Base):
    """Work to be done once by whichever worker leases it. A lower ``lane`` goes first."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_queue", "state", "lane", "run_after", "created_at"),)

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    lane: Mapped[int] = mapped_column(default=5)
    state: Mapped[str] = mapped_column(default="queued")
    dedupe: Mapped[str | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    progress: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    error: Mapped[str] = mapped_column(Text, default="")
    lease_owner: Mapped[str] = mapped_column(default="")
    lease_until: Mapped[datetime | None]
    run_after: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class StoredSetting(Base):
    """A value that an admin set, or that the installation keeps for itself (keys, the index pointer, calibration)."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class AuditEntry(Base):
    """Who did what to which thing. Holds references, never personal values."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    actor: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    thing: Mapped[str] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Blob(Base):
    """A file by the hash of its content."""

    __tablename__ = "blobs"

    hash: Mapped[str] = mapped_column(primary_key=True)
    content_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(default=now)


class TokenDay(Base):
    """The tokens that chat models took on one day (UTC, such as ``2026-11-21``), calls under way included."""

    __tablename__ = "token_days"

    day: Mapped[str] = mapped_column(primary_key=True)
    tokens: Mapped[int] = mapped_column(BigInteger)
