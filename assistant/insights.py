"""The numbers of the desk over some days: volume, what became of it, how fast, and how customers found it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from assistant.domain.installation import InstallationSettings
from assistant.errors import Invalid
from assistant.storage import insights as storage
from assistant.storage.database import Database, Session
from assistant.storage.insights import TicketTimes
from assistant.storage.tables.base import now
from assistant.wording import Worded

LONGEST = 731
_MOST_CATEGORIES = 10


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds: the median, and what nine of ten stay under. None where nothing was measured."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the installation's calendar."""

    date: date
    conversations: int
    handovers: int


@dataclass(frozen=True, slots=True)
class Csat:
    """Ratings from 1 to 5: how many, their mean, the share of 4 and 5, and how many of each."""

    count: int
    average: float | None
    satisfied: float | None
    scores: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything about the days from ``first`` to ``last``, both included. Shares are between 0 and 1.

    ``resolution_rate`` is the share of the conversations that asked something which were answered, not handed over, and
    in which nobody said that an answer did not help.
    """

    first: date
    last: date
    time_zone: str
    conversations: int
    asked: int
    resolved: int
    resolution_rate: float | None
    handovers: int
    handover_rate: float | None
    outcomes: Mapping[str, int]
    reasons: Mapping[str, int]
    locales: Mapping[str, int]
    categories: Mapping[str, int]
    helpful: int
    unhelpful: int
    csat: Csat
    first_response: Durations
    resolution: Durations
    days: Sequence[Day] = field(default=())


@dataclass(frozen=True, slots=True)
class Insights:
    """Reads the numbers; nothing is kept but what the desk keeps anyway."""

    database: Database
    installed: Callable[[], InstallationSettings]
    clock: Callable[[], datetime] = now

    def today(self) -> date:
        """Today in the installation's time zone."""
        return self.clock().astimezone(ZoneInfo(self.installed().hours.time_zone)).date()

    def summary(self, first: date | None = None, last: date | None = None, time_zone: str = "") -> Summary:
        """The numbers from the day ``first`` to the day ``last`` (by default the last 28 days).

        Raises:
            Invalid: the days are in the wrong order or too many, or the time zone does not exist.
        """
        zone = self._zone(time_zone)
        last = last or self.clock().astimezone(zone).date()
        first = first or last - timedelta(days=27)
        if first > last:
            raise Invalid("The first day comes after the last.", {"field": "from"})
        if (last - first).days >= LONGEST:
            raise Invalid(Worded("At most %(n)s days can be summarised at once.", n=LONGEST), {"field": "from"})
        with self.database.read() as session:
            return _summarised(session, first, last, zone)

    def _zone(self, name: str) -> ZoneInfo:
        try:
            return ZoneInfo(name or self.installed().hours.time_zone)
        except (KeyError, ValueError, OSError) as error:
            said = Worded("“%(name)s” is not a time zone such as Europe/Berlin.", name=name)
            raise Invalid(said, {"field": "tz"}) from error


def durations(seconds: Iterable[float]) -> Durations:
    """The median and the 90th percentile (nearest rank) of some durations."""
    ordered = sorted(seconds)
    if not ordered:
        return Durations(0, None, None)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return Durations(len(ordered), median, ordered[math.ceil(0.9 * len(ordered)) - 1])


def _summarised(session: Session, first: date, last: date, zone: ZoneInfo) -> Summary:
    begin, end = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    totals, times = storage.totals(session, begin, end), storage.ticket_times(session, begin, end)
    feedback = storage.feedback(session, begin, end)
    return Summary(
        first=first,
        last=last,
        time_zone=zone.key,
        conversations=totals.conversations,
        asked=totals.asked,
        resolved=totals.resolved,
        resolution_rate=_share(totals.resolved, totals.asked),
        handovers=len(times),
        handover_rate=_share(totals.handed_over, totals.conversations),
        outcomes=storage.outcomes(session, begin, end),
        reasons=storage.reasons(session, begin, end),
        locales=storage.locales(session, begin, end),
        categories=_categories(session, begin, end),
        helpful=feedback.get(True, 0),
        unhelpful=feedback.get(False, 0),
        csat=_csat(storage.scores(session, begin, end)),
        first_response=durations(_elapsed(times, lambda one: one.first_response_at)),
        resolution=durations(_elapsed(times, lambda one: one.solved_at)),
        days=_days(session, first, last, zone),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _elapsed(times: Iterable[TicketTimes], until: Callable[[TicketTimes], datetime | None]) -> Iterable[float]:
    for one in times:
        moment = until(one)
        if moment is not None:
            yield (moment - one.created_at).total_seconds()


def _csat(scores: Mapping[int, int]) -> Csat:
    count = sum(scores.values())
    return Csat(
        count=count,
        average=sum(score * number for score, number in scores.items()) / count if count else None,
        satisfied=_share(scores.get(4, 0) + scores.get(5, 0), count),
        scores={score: scores.get(score, 0) for score in range(1, 6)},
    )


def _categories(session: Session, begin: datetime, end: datetime) -> dict[str, int]:
    cited = storage.cited_articles(session, begin, end)
    named = storage.categories(session) if cited else {}
    found: Counter[str] = Counter()
    for article, locale, count in cited:
        category = named.get((article, locale), "")
        if category:
            found[category] += count
    return dict(found.most_common(_MOST_CATEGORIES))


def _days(session: Session, first: date, last: date, zone: ZoneInfo) -> tuple[Day, ...]:
    begin, end = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    talks = _per_day(storage.conversations_by_quarter(session, begin, end), zone)
    tickets = _per_day(storage.tickets_by_quarter(session, begin, end), zone)
    every = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return tuple(Day(day, talks[day], tickets[day]) for day in every)


def _per_day(quarters: Mapping[datetime, int], zone: ZoneInfo) -> Counter[date]:
    days: Counter[date] = Counter()
    for moment, count in quarters.items():
        days[moment.astimezone(zone).date()] += count
    return days
