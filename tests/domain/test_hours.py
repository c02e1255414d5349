"""Opening hours: laws that hold whatever the hours, and the days on which they are hard."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from assistant.domain.hours import Hours, Opening, Weekday, expected_reply, is_open


@st.composite
def openings(draw: st.DrawFn) -> tuple[Opening, ...]:
    ends = sorted(draw(st.sets(st.integers(0, 96), min_size=0, max_size=6).filter(lambda ends: len(ends) % 2 == 0)))
    clocks = [f"{quarter // 4:02d}:{quarter % 4 * 15:02d}" for quarter in ends]
    return tuple(Opening(opens=opens, closes=closes) for opens, closes in zip(clocks[::2], clocks[1::2], strict=True))


hours_of_any_kind = st.builds(
    Hours,
    time_zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Pacific/Apia", "Asia/Kathmandu"]
    ),
    weekly=st.dictionaries(st.sampled_from(Weekday), openings()),
    holidays=st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=5).map(tuple),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


def open_minutes(hours: Hours, start: datetime, end: datetime) -> int:
    """Counted minute by minute, as slowly and plainly as can be."""
    minutes = int((end - start).total_seconds() // 60)
    return sum(is_open(hours, start + timedelta(minutes=minute)) for minute in range(minutes))


@given(hours_of_any_kind, moments.map(lambda at: at.replace(second=0, microsecond=0)), st.integers(1, 600))
@settings(max_examples=60, deadline=None)
def test_promised_minutes_are_open_minutes(hours: Hours, at: datetime, minutes: int) -> None:
    promised = expected_reply(hours, at, minutes)
    if promised - at < timedelta(days=4):
        assert open_minutes(hours, at, promised) == minutes
        # It is the first such moment: the minute before it is open.
        assert is_open(hours, promised - timedelta(minutes=1))


@given(hours_of_any_kind, moments, moments, st.integers(0, 5000))
@settings(deadline=None)
def test_who_asks_later_is_answered_no_earlier(hours: Hours, one: datetime, other: datetime, minutes: int) -> None:
    earlier, later = sorted((one, other))
    assert expected_reply(hours, earlier, minutes) <= expected_reply(hours, later, minutes)


@given(hours_of_any_kind, moments, st.integers(1, 2000), st.integers(1, 2000))
@settings(deadline=None)
def test_waiting_in_two_parts_is_waiting_once(hours: Hours, at: datetime, first: int, second: int) -> None:
    assert expected_reply(hours, expected_reply(hours, at, first), second) == expected_reply(hours, at, first + second)


class TestOfficeHours:
    hours = Hours(time_zone="Europe/Berlin", holidays=(date(2026, 12, 25),))

    def local(self, *parts: int) -> datetime:
        return datetime(*parts, tzinfo=ZoneInfo("Europe/Berlin"))  # type: ignore[misc,arg-type]

    @pytest.mark.parametrize(
        ("clock", "expected"), [((8, 59), False), ((9, 0), True), ((16, 59), True), ((17, 0), False)]
    )
    def test_edges(self, clock: tuple[int, int], expected: bool) -> None:
        assert is_open(self.hours, self.local(2026, 11, 20, *clock)) is expected

    def test_over_the_weekend(self) -> None:
        assert expected_reply(self.hours, self.local(2026, 11, 20, 16), 120) == self.local(2026, 11, 23, 10)

    def test_over_christmas_and_the_weekend(self) -> None:
        assert not is_open(self.hours, self.local(2026, 12, 25, 12))
        assert expected_reply(self.hours, self.local(2026, 12, 24, 16, 30), 60) == self.local(2026, 12, 28, 9, 30)


def test_no_openings_mean_round_the_clock_but_for_holidays() -> None:
    hours = Hours(weekly={}, holidays=(date(2026, 1, 2),))
    assert is_open(hours, datetime(2026, 1, 1, 3, tzinfo=UTC))
    assert expected_reply(hours, datetime(2026, 1, 1, 23, tzinfo=UTC), 90) == datetime(2026, 1, 3, 0, 30, tzinfo=UTC)


def test_night_when_clocks_go_back_has_one_hour_more() -> None:
    hours = Hours(time_zone="Europe/Berlin", weekly={Weekday.SUNDAY: (Opening(opens="00:00", closes="06:00"),)})
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert expected_reply(hours, start, 7 * 60) == start + timedelta(hours=7)


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "../etc/passwd"},
        {"weekly": {"monday": [{"opens": "17:00", "closes": "09:00"}]}},
        {"weekly": {"monday": [{"opens": "25:00", "closes": "26:00"}]}},
        {"weekly": {"monday": [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:00", "closes": "13:00"}]}},
        {"weekly": {"someday": []}},
        {"lunch": True},
    ],
)
def test_what_cannot_be_hours(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Hours.model_validate(wrong)
