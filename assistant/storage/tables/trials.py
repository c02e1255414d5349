"""Past questions put on trial: what would become of each, and what a person thinks of that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from assistant.storage.tables.base import Base, new_id, now


class Trial(Base):
    """A file of past questions. ``seed`` and ``sample_size`` make its random sample.

    ``merged`` rows of the file asked what another row asks as well, ``skipped`` ones asked nothing.
    """

    __tablename__ = "trials"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    merged: Mapped[int] = mapped_column(default=0)
    skipped: Mapped[int] = mapped_column(default=0)
    seed: Mapped[int]
    sample_size: Mapped[int]
    error_budget: Mapped[float]
    job_id: Mapped[str] = mapped_column(default="")
    actor_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    asked_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class TrialQuestion(Base):
    """One question; its outcome is empty until it was asked. ``times`` is in how many rows it stood, ``row`` the first.

    ``query`` is what was searched for (empty where nothing was), ``candidates`` the best passages found. A mark is kept
    with what it says of the question itself (``domain.trials.Truth``) and the passages that were found when it was
    made (``seen``); ``aside`` is one that no longer holds because the articles have changed since. ``vector`` is that
    of the query under the model and text that ``vector_of`` names.
    """

    __tablename__ = "trial_questions"
    __table_args__ = (
        Index("ix_trial_questions_outcome", "trial_id", "outcome"),
        Index("ix_trial_questions_marked_at", "marked_at"),
    )

    trial_id: Mapped[str] = mapped_column(ForeignKey("trials.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    row: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    locale: Mapped[str]
    times: Mapped[int] = mapped_column(default=1)
    outcome: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="")
    query: Mapped[str] = mapped_column(Text, default="")
    confidence: Mapped[float] = mapped_column(default=0.0)
    threshold: Mapped[float] = mapped_column(default=0.0)
    answer: Mapped[str] = mapped_column(Text, default="")
    article: Mapped[str] = mapped_column(default="")
    citations: Mapped[list[Any]] = mapped_column(JSON, default=list)
    choices: Mapped[list[Any]] = mapped_column(JSON, default=list)
    candidates: Mapped[list[Any]] = mapped_column(JSON, default=list)
    features: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    mark: Mapped[str] = mapped_column(default="")
    answerable: Mapped[bool | None]
    named: Mapped[str] = mapped_column(default="")
    refuted: Mapped[str] = mapped_column(default="")
    seen: Mapped[list[Any]] = mapped_column(JSON, default=list)
    marked_by: Mapped[str | None] = mapped_column(ForeignKey("users.id"))
    marked_at: Mapped[datetime | None]
    aside: Mapped[bool] = mapped_column(default=False)
    vector: Mapped[bytes | None] = mapped_column(LargeBinary)
    vector_of: Mapped[str] = mapped_column(default="")
