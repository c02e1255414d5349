"""The numbers of the desk."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Durations(_Read):
    """Seconds; null where nothing was measured."""

    count: int
    median: float | None
    p90: float | None


class Csat(_Read):
    """Ratings from 1 to 5. `satisfied` is the share of 4 and 5."""

    count: int
    average: float | None
    satisfied: float | None
    scores: dict[int, int]


class Day(_Read):
    """One day of the calendar of `time_zone`."""

    date: date
    conversations: int
    handovers: int


class Summary(_Read):
    """The numbers of some days, the first and the last included. Rates are between 0 and 1."""

    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    time_zone: str
    conversations: int
    asked: int = Field(description="Conversations that asked something, small talk left out.")
    resolved: int = Field(description="Answered, not handed over, and no answer called unhelpful.")
    resolution_rate: float | None = Field(description="`resolved` of `asked`.")
    handovers: int
    handover_rate: float | None
    outcomes: dict[str, int] = Field(description="Of the assistant's messages.")
    reasons: dict[str, int] = Field(description="Why tickets were opened.")
    locales: dict[str, int]
    categories: dict[str, int] = Field(description="Of the articles answered from.")
    helpful: int
    unhelpful: int
    csat: Csat
    first_response: Durations
    resolution: Durations
    days: list[Day]
