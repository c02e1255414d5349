"""Numbers are counted as they are defined, on both databases and in any time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import Invalid
from assistant.insights import Insights, durations
from assistant.storage.database import Database
from assistant.storage.tables import Article, Conversation, Feedback, Message, Rating, Ticket
from tests.desk.scene import Scene, scene_on

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def scene(database: Database) -> Scene:
    """An empty desk."""
    return scene_on(database)


@pytest.fixture
def insights(scene: Scene) -> Insights:
    """The numbers of that desk, at noon of 20 November 2026."""
    return Insights(scene.database, lambda: scene.installed, lambda: NOON)


def _talk(scene: Scene, at: datetime, outcomes: list[str], locale: str = "en") -> str:
    """A conversation begun at a moment, each question of which ended as said."""
    conversation_id = scene.conversation(locale=locale)
    scene.edit(Conversation, conversation_id, created_at=at)
    for outcome in outcomes:
        scene.says(conversation_id, "Question", created_at=at)
        scene.says(conversation_id, "Answer", "assistant", outcome=outcome, created_at=at)
    return conversation_id


def _answers(scene: Scene, conversation_id: str) -> list[str]:
    with scene.database.read() as session:
        query = session.query(Message).filter_by(conversation_id=conversation_id, role="assistant")
        return [row.id for row in query]


def test_nothing_is_nothing_rather_than_an_error(insights: Insights) -> None:
    summary = insights.summary()
    assert (summary.first, summary.last) == (date(2026, 10, 24), date(2026, 11, 20))
    assert (summary.conversations, summary.resolution_rate, summary.csat.average) == (0, None, None)
    assert summary.first_response.median is None
    assert len(summary.days) == 28


def test_resolved_is_answered_not_handed_over_and_not_called_unhelpful(scene: Scene, insights: Insights) -> None:
    _talk(scene, NOON, ["clarifying", "answered"])
    helpful, unhelpful = _talk(scene, NOON, ["answered"]), _talk(scene, NOON, ["answered"])
    _talk(scene, NOON, ["declined"])
    _talk(scene, NOON, ["handover_offered"])
    with scene.database.write() as session:
        session.add(Feedback(message_id=_answers(scene, helpful)[0], helpful=True, created_at=NOON))
        session.add(Feedback(message_id=_answers(scene, unhelpful)[0], helpful=False, created_at=NOON))
    number = scene.ticket("Help", "Answer")
    scene.edit(Conversation, scene.talk(number).id, created_at=NOON)
    scene.edit(Ticket, number, created_at=NOON)
    summary = insights.summary()
    assert (summary.conversations, summary.asked, summary.resolved) == (6, 5, 2)
    assert summary.resolution_rate == 0.4
    assert summary.handover_rate == pytest.approx(1 / 6)
    assert (summary.helpful, summary.unhelpful) == (1, 1)
    assert summary.outcomes == {"answered": 3, "clarifying": 1, "declined": 1, "handover_offered": 1}


def test_conversations_in_which_nobody_spoke_do_not_count(scene: Scene, insights: Insights) -> None:
    _talk(scene, NOON, [])
    assert insights.summary().conversations == 0


def test_days_are_those_of_the_time_zone(scene: Scene, insights: Insights) -> None:
    _talk(scene, datetime(2026, 11, 18, 18, 29, tzinfo=UTC), ["answered"])
    _talk(scene, datetime(2026, 11, 18, 18, 31, tzinfo=UTC), ["answered"])

    def by_day(zone: str) -> dict[date, int]:
        days = insights.summary(date(2026, 11, 17), date(2026, 11, 20), zone).days
        return {day.date: day.conversations for day in days if day.conversations}

    assert by_day("UTC") == {date(2026, 11, 18): 2}
    assert by_day("Asia/Kolkata") == {date(2026, 11, 18): 1, date(2026, 11, 19): 1}
    assert by_day("Asia/Shanghai") == {date(2026, 11, 19): 2}


def test_the_last_day_is_included_and_the_next_is_not(scene: Scene, insights: Insights) -> None:
    for hour in (-1, 0, 23, 24):
        _talk(scene, datetime(2026, 11, 10, tzinfo=UTC) + timedelta(hours=hour), ["answered"])
    assert insights.summary(date(2026, 11, 10), date(2026, 11, 10)).conversations == 2


def test_a_day_on_which_clocks_change_is_one_day(scene: Scene, insights: Insights) -> None:
    _talk(scene, datetime(2026, 10, 25, 22, 30, tzinfo=UTC), ["answered"])
    (day,) = insights.summary(date(2026, 10, 25), date(2026, 10, 25), "Europe/Berlin").days
    assert day.conversations == 1


def test_handovers_by_reason_and_their_times(scene: Scene, insights: Insights) -> None:
    for minutes, reason in ((1, "person"), (3, "person"), (30, "anger")):
        number = scene.ticket(reason=reason)
        answered = NOON + timedelta(minutes=minutes)
        scene.edit(Ticket, number, created_at=NOON, first_response_at=answered, solved_at=answered)
    scene.edit(Ticket, scene.ticket(reason="not_found"), created_at=NOON)
    summary = insights.summary()
    assert list(summary.reasons.items()) == [("person", 2), ("anger", 1), ("not_found", 1)]
    assert summary.handovers == 4
    assert (summary.first_response.count, summary.first_response.median, summary.first_response.p90) == (3, 180, 1800)


def test_ratings(scene: Scene, insights: Insights) -> None:
    for score in (5, 4, 2):
        with scene.database.write() as session:
            session.add(Rating(conversation_id=scene.conversation("Hello"), score=score, created_at=NOON))
    csat = insights.summary().csat
    assert csat.count == 3
    assert csat.average == pytest.approx(11 / 3)
    assert csat.satisfied == pytest.approx(2 / 3)
    assert csat.scores == {1: 0, 2: 1, 3: 0, 4: 1, 5: 1}


def test_languages_and_categories_with_the_most_frequent_first(scene: Scene, insights: Insights) -> None:
    with scene.database.write() as session:
        session.add_all(
            [
                Article(article_id="lock", locale="en", category="Locks"),
                Article(article_id="hub", locale="en", category="Hubs"),
            ]
        )
    for article in ("lock", "hub", "lock", "gone"):
        conversation_id = _talk(scene, NOON, [])
        scene.says(conversation_id, "Question")
        cited = [{"article": article, "locale": "en"}]
        scene.says(conversation_id, "Answer", "assistant", outcome="answered", created_at=NOON, citations=cited)
    _talk(scene, NOON, ["answered"], "zh-Hans")
    summary = insights.summary()
    assert list(summary.categories.items()) == [("Locks", 2), ("Hubs", 1)]
    assert list(summary.locales.items()) == [("en", 4), ("zh-Hans", 1)]


@pytest.mark.parametrize(
    ("first", "last", "zone"),
    [
        (date(2026, 2, 1), date(2026, 1, 1), ""),
        (date(2020, 1, 1), date(2026, 1, 1), ""),
        (None, None, "Mars/Olympus"),
        (None, None, "../etc"),
    ],
)
def test_impossible_ranges(insights: Insights, first: date | None, last: date | None, zone: str) -> None:
    with pytest.raises(Invalid):
        insights.summary(first, last, zone)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_median_and_p90_bound_what_they_say(seconds: list[float]) -> None:
    found = durations(seconds)
    assert found.median is not None
    assert found.p90 is not None
    assert min(seconds) <= found.median <= max(seconds)
    assert sum(one <= found.p90 for one in seconds) >= 0.9 * len(seconds)
    assert found.p90 in seconds
