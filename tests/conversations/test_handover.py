"""A person within reach: the form, the ticket's page, tickets that come back, promises that are kept or owned up to."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from assistant.container import Container
from assistant.conversations.access import MESSAGES_A_MINUTE
from assistant.domain.people import Person
from assistant.errors import NotFound, TooMany
from assistant.storage import tickets
from assistant.storage.tables import Customer, Ticket
from tests.conversations.talk import WAIT, Held, Meanwhile, Talk, desk_events, start
from tests.starter import QUESTION, UNKNOWN


def to_status(container: Container, number: int, status: str, agent: Person) -> None:
    with container.database.read() as session:
        version = session.get_one(Ticket, number).version
    container.desk.work.change(number, {"status": status}, version, agent)


def make_late(container: Container, number: int) -> None:
    with container.database.write() as session:
        session.get_one(Ticket, number).due_at = datetime.now(UTC) - timedelta(minutes=1)


def numbers_in(text: str) -> list[int]:
    """The numbers in a text, but for those of times of day: a promise for 14:39 has no ticket 9 in it."""
    return [int(number) for number in re.findall(r"(?<![\d:])\d+(?![\d:])", text)]


class TestForm:
    def test_gives_a_ticket_with_a_promise_and_a_place(self, container: Container, talk: Talk) -> None:
        talk.say(UNKNOWN)
        done = container.handovers.ask(talk.id, talk.token, "Please call me.", "lena@example.com", "+44 20 7946 0958")
        assert (done.status, done.path) == ("new", f"/t/{talk.secret}")
        assert done.position >= 1
        assert done.expected_reply_by > datetime.now(UTC)
        told = talk.transcript()
        assert told["status"] == "waiting"
        assert [message["role"] for message in told["messages"]] == ["customer", "assistant", "customer", "system"]
        assert str(done.number) in told["messages"][-1]["text"]
        with container.database.read() as session:
            customer = session.get_one(Customer, talk.row.customer_id)
        assert (customer.email, customer.verified) == ("lena@example.com", False)
        assert done.number in [event.payload["number"] for event in desk_events(container, "handover")]

    def test_proposes_the_group_that_what_was_quoted_belongs_to(self, container: Container, talk: Talk) -> None:
        quoted = talk.say(QUESTION).reply
        assert quoted is not None
        number = container.handovers.ask(talk.id, talk.token).number
        source = quoted["citations"][0]
        category = container.articles.reading.get(source["article"], source["locale"]).content.category
        assert category
        assert container.desk.tickets.one(number)["group"] == category

    def test_proposes_no_group_where_nothing_was_searched(self, container: Container, talk: Talk) -> None:
        talk.say("hi")
        assert container.desk.tickets.one(container.handovers.ask(talk.id, talk.token).number)["group"] == ""

    def test_twice_gives_the_same_ticket(self, container: Container, talk: Talk) -> None:
        first, second = (container.handovers.ask(talk.id, talk.token) for _ in range(2))
        assert (first.number, first.path) == (second.number, second.path)
        assert talk.said("system") == talk.said("system")[:1]

    def test_names_the_message_that_tells_of_the_ticket(self, container: Container, talk: Talk) -> None:
        first, second = (container.handovers.ask(talk.id, talk.token) for _ in range(2))
        assert first.message == talk.transcript()["messages"][-1]["id"]
        assert second.message == ""

    @pytest.mark.parametrize("wish", ["I want to talk to a person", "转人工", "轉人工"])
    def test_a_wish_repeated_is_told_the_ticket_once(self, container: Container, talk: Talk, wish: str) -> None:
        for _ in range(2):
            reply = talk.say(wish).reply
            assert reply is not None
            assert numbers_in(reply["text"]).count(talk.number) == 1

    def test_danger_while_waiting_still_says_where_to_call(self, talk: Talk) -> None:
        talk.say("I want to talk to a person")
        reply = talk.say("My plug is smoking").reply
        assert reply is not None
        assert "emergency number" in reply["text"]
        assert numbers_in(reply["text"]).count(talk.number) == 1

    def test_opens_one_ticket_for_each_however_many_ask_at_once(
        self, container: Container, meanwhile: Meanwhile
    ) -> None:
        talks = [start(container) for _ in range(4)]
        calls = [meanwhile(container.handovers.ask, talk.id, talk.token) for talk in talks for _ in range(3)]
        numbers = [call.result(WAIT).number for call in calls]
        assert len(set(numbers)) == len(talks)

    def test_sent_while_a_question_is_open_leaves_it_its_answer(
        self, container: Container, talk: Talk, meanwhile: Meanwhile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = Held(container.flow)
        held._before = held.wait
        monkeypatch.setattr(container.turns, "flow", held)
        turn = meanwhile(talk.say, QUESTION)
        assert held.entered.wait(WAIT)
        container.handovers.ask(talk.id, talk.token, "I would rather have a person look at my hub.")
        held.go.set()
        reply = turn.result(WAIT).reply
        assert reply is not None
        assert QUESTION in held.asked[-1]
        assert reply["outcome"] in {"answered", "declined", "handed_over"}

    def test_takes_no_more_messages_than_the_chat(self, container: Container, talk: Talk) -> None:
        for _ in range(MESSAGES_A_MINUTE):
            container.handovers.ask(talk.id, talk.token, "Me again.")
        with pytest.raises(TooMany):
            container.handovers.ask(talk.id, talk.token, "Me again.")


class TestTicketPage:
    def test_shows_the_ticket_to_whoever_has_the_link(self, container: Container, talk: Talk, agent: Person) -> None:
        talk.say("I want to talk to a person")
        container.desk.replies.send(talk.number, "Which hub is it?", agent)
        container.desk.replies.send(talk.number, "Looks like a fraud to me.", agent, note=True)
        page = container.handovers.ticket_page(talk.secret)
        assert page["number"] == talk.number
        assert [message["role"] for message in page["messages"]] == ["customer", "assistant", "agent"]
        assert "fraud" not in json.dumps(page, default=str)

    def test_is_gone_once_the_link_is_revoked(self, container: Container, talk: Talk) -> None:
        talk.say("I want to talk to a person")
        secret = talk.secret
        with container.database.write() as session:
            tickets.renew_link(session, session.get_one(Ticket, talk.number))
        for act in (
            container.handovers.ticket_page,
            container.handovers.nudge,
            container.handovers.conversation_behind,
        ):
            with pytest.raises(NotFound):
                act(secret)
        with pytest.raises(NotFound):
            container.handovers.write(secret, "Hello?")
        assert talk.secret != secret
        assert container.handovers.ticket_page(talk.secret)["number"] == talk.number

    def test_an_answer_reaches_the_desk_once_and_not_the_assistant(
        self, container: Container, talk: Talk, agent: Person
    ) -> None:
        talk.say("I want to talk to a person")
        container.desk.replies.send(talk.number, "Which hub is it?", agent)
        to_status(container, talk.number, "solved", agent)
        first = container.handovers.write(talk.secret, "The mini H1.", "c1")
        assert container.handovers.write(talk.secret, "The mini H1.", "c1") == first
        assert (talk.ticket.status, talk.ticket.due_at is None) == ("open", False)
        assert talk.transcript()["status"] == "waiting"
        assert container.turns.sweep() == 0
        assert talk.said("customer")[-1] == "The mini H1."

    def test_can_nudge_once_an_hour(self, container: Container, talk: Talk) -> None:
        talk.say("I want to talk to a person")
        container.handovers.nudge(talk.secret)
        assert (talk.ticket.nudges, talk.ticket.priority) == (1, "high")
        with pytest.raises(TooMany):
            container.handovers.nudge(talk.secret)
        assert talk.ticket.nudges == 1


class TestReturning:
    def test_a_reply_reopens_what_was_solved(self, container: Container, talk: Talk, agent: Person) -> None:
        talk.say("I want to talk to a person")
        number = talk.number
        container.desk.replies.send(number, "Try again now.", agent)
        to_status(container, number, "solved", agent)
        assert talk.transcript()["status"] == "assistant"
        result = talk.say(UNKNOWN)
        assert result.ticket == {"number": number, "status": "open"}
        assert talk.ticket.due_at is not None
        assert talk.transcript()["status"] == "waiting"
        assert result.reply is not None
        assert result.reply["outcome"] == "declined"
        assert str(number) in talk.said("system")[-1]

    def test_thanks_leaves_it_solved(self, container: Container, talk: Talk, agent: Person) -> None:
        talk.say("I want to talk to a person")
        to_status(container, talk.number, "solved", agent)
        assert talk.say("thanks!").ticket == {"number": talk.number, "status": "solved"}

    def test_the_form_gives_a_reopened_ticket_a_new_promise(
        self, container: Container, talk: Talk, agent: Person
    ) -> None:
        talk.say("I want to talk to a person")
        to_status(container, talk.number, "solved", agent)
        assert talk.ticket.due_at is None
        done = container.handovers.ask(talk.id, talk.token)
        assert talk.ticket.due_at == done.expected_reply_by
        assert talk.ticket.status == "open"

    def test_after_closing_a_new_ticket_is_linked_to_the_old(
        self, container: Container, talk: Talk, agent: Person
    ) -> None:
        talk.say("I want to talk to a person")
        old = talk.number
        to_status(container, old, "closed", agent)
        assert talk.transcript()["status"] == "closed"
        assert talk.say("thank you").ticket == {"number": old, "status": "closed"}
        result = talk.say(UNKNOWN)
        assert result.ticket is not None
        assert result.ticket["number"] > old
        assert (talk.ticket.previous, talk.ticket.status) == (old, "new")
        assert talk.ticket.due_at is not None
        assert talk.ticket.brief["wants"]
        assert result.reply is not None


class TestPromise:
    def test_a_ticket_has_a_due_time_that_the_customer_knows(self, container: Container, talk: Talk) -> None:
        reply = talk.say("I want to talk to a person").reply
        due = talk.ticket.due_at
        assert due is not None
        assert reply is not None
        assert talk.transcript()["ticket"]["expected_reply_by"] == due.isoformat()
        assert container.handovers.ticket_page(talk.secret)["expected_reply_by"] == due

    def test_not_kept_returns_the_ticket_and_tells_the_customer(
        self, container: Container, talk: Talk, agent: Person
    ) -> None:
        talk.say("I want to talk to a person")
        container.desk.turns.take_over(talk.id, agent)
        assert talk.say("How long does a refund take?").reply is None
        make_late(container, talk.number)
        assert talk.number in container.desk.promises.sweep()
        assert (talk.ticket.assignee_id, talk.transcript()["status"]) == (None, "waiting")
        assert "sorry" in talk.said("system")[-1]
        assert talk.number not in container.desk.promises.sweep()
        # The assistant answers again, first of all what nobody has answered.
        assert container.turns.sweep() == 1
        assert len(talk.said("assistant")) == 2

    def test_holds_again_for_whoever_takes_over_what_was_late(
        self, container: Container, talk: Talk, agent: Person
    ) -> None:
        talk.say("I want to talk to a person")
        make_late(container, talk.number)
        assert talk.number in container.desk.promises.sweep()
        container.desk.turns.take_over(talk.id, agent)
        assert talk.number not in container.desk.promises.sweep()
        make_late(container, talk.number)
        assert talk.number in container.desk.promises.sweep()
        assert talk.transcript()["status"] == "waiting"

    def test_is_owed_by_whoever_takes_over_unasked(self, container: Container, talk: Talk, agent: Person) -> None:
        talk.say(UNKNOWN)
        container.desk.turns.take_over(talk.id, agent)
        assert talk.ticket.due_at is not None
        make_late(container, talk.number)
        assert talk.number in container.desk.promises.sweep()
        assert talk.transcript()["status"] == "waiting"


class TestNotes:
    def test_reach_nothing_that_a_customer_receives(self, container: Container, talk: Talk, agent: Person) -> None:
        talk.say("I want to talk to a person")
        container.desk.replies.send(talk.number, "SECRET-NOTE", agent, note=True)
        container.desk.replies.send(talk.number, "Hello, Mia here.", agent)
        result = talk.say("Hi", "n1")
        everything = [talk.transcript(), talk.events(), container.handovers.ticket_page(talk.secret), result]
        assert "SECRET-NOTE" not in json.dumps(everything, default=vars_of)
        assert "Mia here" in json.dumps(everything, default=vars_of)

    def test_are_no_part_of_what_the_flow_reads(
        self, container: Container, talk: Talk, agent: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        talk.say("I want to talk to a person")
        container.desk.replies.send(talk.number, "SECRET-NOTE", agent, note=True)
        held = Held(container.flow)
        monkeypatch.setattr(container.turns, "flow", held)
        talk.say(QUESTION)
        assert "I want to talk to a person" in repr(held.requests)
        assert "SECRET-NOTE" not in repr(held.requests)


def vars_of(value: object) -> object:
    return {name: getattr(value, name) for name in value.__slots__} if hasattr(value, "__slots__") else str(value)
