"""What customers get, and what waits for the agents, where the operator has not switched the assistant on for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assistant.container import Container
from assistant.conversations import Claims
from assistant.domain.people import SYSTEM, Person
from assistant.domain.rollout import Channel, drawn
from assistant.flow.request import TurnRequest
from assistant.installation import SectionChange
from assistant.storage.tables import Message
from tests.conversations.talk import Talk, publish, start
from tests.starter import ANSWERED_BY, QUESTION, QUESTION_ZH, UNKNOWN

Set = Callable[..., None]


def change(container: Container, section: Any, values: dict[str, Any]) -> None:
    held = container.installation.view()[section]
    container.installation.change({section: SectionChange(values, held.version)}, SYSTEM)


@pytest.fixture
def rollout(container: Container) -> Iterator[Set]:
    """Sets the roll-out, which is as it was after the test."""
    before = {name: container.installation.view()[name].values for name in ("rollout", "hours")}
    yield lambda **values: change(container, "rollout", values)
    for section, values in before.items():
        change(container, section, values)


def reply_to(talk: Talk, text: str) -> dict[str, Any]:
    reply = talk.say(text).reply
    assert reply is not None
    return reply


def drafts(talk: Talk) -> list[Message]:
    with talk.container.database.read() as session:
        rows = session.query(Message).filter_by(conversation_id=talk.id, role="draft").order_by(Message.seq)
        return list(rows)


def trace_of(talk: Talk, message: str) -> dict[str, Any]:
    found: dict[str, Any] = talk.container.desk.tickets.trace(message)["trace"]
    return found


class TestOff:
    def test_offers_a_person_and_quotes_nothing(self, talk: Talk, rollout: Set) -> None:
        rollout(mode="off")
        reply = reply_to(talk, QUESTION)
        assert (reply["outcome"], reply["citations"]) == ("handover_offered", [])
        assert [choice["action"] for choice in reply["choices"]] == ["handover"]
        trace = trace_of(talk, reply["id"])
        assert (trace["reason"], trace["rollout"]["rule"], trace["rollout"]["mode"]) == ("rollout", 0, "off")
        assert "candidates" not in trace

    def test_small_talk_and_handover_work(self, talk: Talk, rollout: Set) -> None:
        rollout(mode="off")
        assert reply_to(talk, "hi")["outcome"] == "declined"
        assert reply_to(talk, QUESTION)["outcome"] == "handover_offered"
        assert reply_to(talk, "yes please")["outcome"] == "handed_over"
        waiting = reply_to(talk, QUESTION)
        assert (waiting["outcome"], waiting["choices"]) == ("declined", [])

    def test_holds_for_one_category_and_language_only(self, container: Container, rollout: Set) -> None:
        category = container.articles.reading.get(ANSWERED_BY, "en").content.category
        rollout(mode="on", rules=[{"category": category.upper(), "locale": "en", "mode": "off"}])
        held = start(container)
        reply = reply_to(held, QUESTION)
        assert reply["outcome"] == "handover_offered"
        told = trace_of(held, reply["id"])["rollout"]
        assert (told["rule"], told["category"], told["locale"]) == (1, category, "en")
        assert reply_to(start(container, "zh"), QUESTION_ZH)["outcome"] == "answered"

    def test_holds_for_one_channel_only(self, container: Container, rollout: Set) -> None:
        rollout(rules=[{"channel": "help", "mode": "off"}])
        outcomes = {}
        for channel in Channel:
            started = container.openings.start("en", Claims(), channel=channel)
            outcomes[channel] = reply_to(Talk(container, started.id, started.token), QUESTION)["outcome"]
        assert outcomes.pop(Channel.HELP) == "handover_offered"
        assert set(outcomes.values()) == {"answered"}

    def test_whoever_asks_without_a_conversation_is_answered(self, container: Container, rollout: Set) -> None:
        rollout(mode="off")
        assert container.turns.once(TurnRequest(QUESTION)).outcome == "answered"


class TestDrafts:
    def test_wait_for_agents_where_no_customer_sees_them(self, talk: Talk, agent: Person, rollout: Set) -> None:
        rollout(mode="drafts")
        shown: list[str] = []
        reply = talk.say(QUESTION, emit=shown.append).reply
        assert reply is not None
        assert (reply["outcome"], reply["citations"], shown) == ("handover_offered", [], [])
        [draft] = drafts(talk)
        assert ANSWERED_BY in {citation["article"] for citation in draft.citations}
        assert draft.text
        assert trace_of(talk, draft.id)["quoted"] == [citation["passage"] for citation in draft.citations]
        assert talk.say("yes please").ticket is not None
        told = [*talk.transcript()["messages"], *(event for _, _, event in talk.events())]
        told.append(talk.container.handovers.ticket_page(talk.secret))
        assert draft.id not in str(told) and draft.text not in str(told)
        ticket = talk.container.desk.tickets.one(talk.number)
        [seen] = [message for message in ticket["messages"] if message["role"] == "draft"]
        assert (seen["text"], seen["citations"], seen["outdated"]) == (draft.text, draft.citations, False)
        assert ticket["brief"]["evidence"]["next"] == [[draft.id]]

    def test_do_not_count_as_said(self, talk: Talk, rollout: Set) -> None:
        rollout(mode="drafts")
        reply_to(talk, QUESTION)
        rollout(mode="on")
        assert reply_to(talk, QUESTION)["outcome"] == "answered"
        assert talk.said("assistant")[0] != drafts(talk)[0].text

    def test_there_is_none_without_an_answer(self, talk: Talk, rollout: Set) -> None:
        rollout(mode="drafts")
        assert reply_to(talk, UNKNOWN)["outcome"] == "handover_offered"
        assert drafts(talk) == []

    def test_say_when_their_article_has_changed(self, container: Container, talk: Talk, rollout: Set) -> None:
        question = "Which lamp oil does the zeppelin take?"
        publish(container, "lamp-oil", "The zeppelin takes whale oil.", question, question)
        rollout(mode="drafts")
        reply_to(talk, question)
        assert len(drafts(talk)) == 1
        talk.say("yes please")
        publish(container, "lamp-oil", "The zeppelin takes rapeseed oil.", question, question)
        messages = container.desk.tickets.one(talk.number)["messages"]
        assert [message["outdated"] for message in messages if message["role"] == "draft"] == [True]


class TestOutsideHours:
    def test_follows_the_opening_hours(self, container: Container, rollout: Set) -> None:
        rollout(mode="outside_hours")
        change(container, "hours", {"weekly": {}})
        assert reply_to(start(container), QUESTION)["outcome"] == "handover_offered"
        today = datetime.now(UTC).date()
        around = [(today + timedelta(days=days)).isoformat() for days in (-1, 0, 1)]
        change(container, "hours", {"holidays": around})
        assert reply_to(start(container), QUESTION)["outcome"] == "answered"


class TestShare:
    def test_a_conversation_stays_on_its_side(self, container: Container, rollout: Set) -> None:
        rollout(mode="share", share=50)
        talks = [start(container) for _ in range(6)]
        for talk in talks:
            wanted = "answered" if drawn(talk.id) < 50 else "handover_offered"
            assert [reply_to(talk, QUESTION)["outcome"] for _ in range(2)] == [wanted, wanted]


class TestTopics:
    @pytest.mark.parametrize("text", ["I want a chargeback for order 4711", "我要拒付这笔订单", "我要拒付這筆訂單"])
    def test_go_to_a_person_by_name(self, talk: Talk, rollout: Set, text: str) -> None:
        rollout(topics=[{"name": "Chargeback", "phrases": ["chargeback", "拒付"]}])
        reply = reply_to(talk, text)
        assert reply["outcome"] == "handed_over"
        assert trace_of(talk, reply["id"])["topic"]["name"] == "Chargeback"
        assert talk.ticket.reason == "topic"
        assert "Chargeback" in talk.ticket.brief["why"]
        assert talk.ticket.brief["evidence"]["why"] != [[]]

    def test_are_recognised_without_a_conversation_too(self, container: Container, rollout: Set) -> None:
        rollout(topics=[{"name": "Hub", "phrases": ["factory reset"]}])
        assert container.turns.once(TurnRequest(QUESTION)).topic == "Hub"
