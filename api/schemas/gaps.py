"""Unresolved questions as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict


class GapQuestion(BaseModel):
    """One customer's wording."""

    message: str
    text: str
    reason: str
    conversation: str
    ticket: int | None = None
    created_at: datetime


class Gap(BaseModel):
    """A question that customers asked in several ways and the knowledge base did not answer."""

    id: int
    question: str
    locale: str
    count: int
    status: Literal["open", "fixed", "dismissed"]
    article: str
    sample: bool
    first_at: datetime
    last_at: datetime
    questions: list[GapQuestion]


class GapPage(BaseModel):
    """A page of unresolved questions."""

    items: list[Gap]
    next_cursor: str | None


class GapChange(BaseModel):
    """What an editor says of an unresolved question."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["open", "fixed", "dismissed"]
    article: str = ""
