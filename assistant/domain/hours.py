"""Opening hours: whether someone is there, and by when a reply can be promised."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from assistant.wording import Worded

# A day's last moment may be written as 24:00, which datetime.time cannot say.
Clock = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            Worded("“%(name)s” is not a time zone such as Europe/Berlin or Asia/Shanghai", name=name)
        ) from error
    return name


ZoneName = Annotated[str, AfterValidator(_zone)]


class Weekday(StrEnum):
    """Days in the order of ``date.weekday()``."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_DAYS = tuple(Weekday)


class Opening(BaseModel):
    """A stretch of one day in which someone is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opens: Clock
    closes: Clock

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("an opening must close after it opens; for hours over midnight, give each day its part")
        return self


def _office_hours() -> dict[Weekday, tuple[Opening, ...]]:
    return {day: (Opening(opens="09:00", closes="17:00"),) for day in _DAYS[:5]}


class Hours(BaseModel):
    """Opening hours of a week. A week without any opening means round the clock, holidays apart."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_zone: ZoneName = "UTC"
    weekly: dict[Weekday, tuple[Opening, ...]] = Field(default_factory=_office_hours)
    # Fewer days than a year has, so that there is always a day to promise.
    holidays: tuple[date, ...] = Field((), max_length=200)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        for day, openings in self.weekly.items():
            ordered = sorted(openings, key=lambda opening: opening.opens)
            if any(later.opens < earlier.closes for earlier, later in pairwise(ordered)):
                raise ValueError(Worded("the openings of %(day)s overlap", day=str(day)))
        return self

    def of(self, day: date) -> tuple[Opening, ...]:
        """The openings of one date, in order."""
        if day in self.holidays:
            return ()
        if not any(self.weekly.values()):
            return (Opening(opens="00:00", closes="24:00"),)
        return tuple(sorted(self.weekly.get(_DAYS[day.weekday()], ()), key=lambda opening: opening.opens))


def _moment(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def _stretches(hours: Hours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches from ``at`` on, in UTC, in order and without overlap even where clocks are changed."""
    zone, start = ZoneInfo(hours.time_zone), at.astimezone(UTC)
    day = at.astimezone(zone).date() - timedelta(days=1)
    while True:
        for opening in hours.of(day):
            begin, end = max(_moment(day, opening.opens, zone), start), _moment(day, opening.closes, zone)
            if begin < end:
                yield begin, end
                start = end
        day += timedelta(days=1)


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether ``at`` lies within opening hours (the closing minute does not)."""
    return next(_stretches(hours, at))[0] == at


def expected_reply(hours: Hours, at: datetime, minutes: int) -> datetime:
    """The moment, in UTC, when ``minutes`` of opening hours have passed since ``at``; closed time does not count."""
    left = timedelta(minutes=minutes)
    for begin, end in _stretches(hours, at):
        if begin + left <= end:
            return begin + left
        left -= end - begin
    raise AssertionError("openings never end")
