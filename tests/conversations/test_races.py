"""What happens between a question and its stored answer: a takeover, another revision, an article withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from assistant.container import Container
from assistant.domain.articles import ArticleKey
from assistant.domain.people import SYSTEM, Person
from assistant.storage import passages
from tests.conversations.talk import WAIT, Held, Meanwhile, Talk, publish

OLD = "Turn the brass ring of the lamp to the left seven times, then pull the bulb out."
NEW = "Press the green button of the lamp for five seconds; the bulb comes out by itself."
TITLE = "Change the bulb of the Zorblax lamp"


@pytest.fixture
def lamp(container: Container) -> Iterator[tuple[ArticleKey, str]]:
    """A published article, and a question that it answers."""
    key = ArticleKey(f"lamp-{uuid4().hex[:8]}", "en")
    question = "How do I change the bulb of the Zorblax lamp?"
    publish(container, key.id, OLD, TITLE, question)
    yield key, question
    container.articles.editing.delete(key, container.articles.reading.get(key.id, "en").revision, SYSTEM)
    container.worker.drain()


def held_after(
    container: Container, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], times: int = 1
) -> Held:
    """The real flow; ``act`` happens when it has its answer and before that is stored."""
    held = Held(container.flow, after=act, times=times)
    monkeypatch.setattr(container.turns, "flow", held)
    return held


def quotes_only_what_is_published(container: Container, reply: dict[str, Any]) -> bool:
    cited = {citation["passage"]: citation["revision"] for citation in reply["citations"]}
    with container.database.read() as session:
        return passages.published_revisions(session, list(cited)) == cited


class TestArticle:
    def test_answers_with_its_text_while_nothing_happens(self, talk: Talk, lamp: tuple[ArticleKey, str]) -> None:
        reply = talk.say(lamp[1]).reply
        assert reply is not None
        assert "brass ring" in reply["text"]
        assert reply["citations"][0]["article"] == lamp[0].id

    @pytest.mark.parametrize("indexed", [True, False], ids=["and indexed", "and not yet indexed"])
    def test_changed_meanwhile_is_never_quoted_as_it_was(
        self,
        container: Container,
        talk: Talk,
        lamp: tuple[ArticleKey, str],
        monkeypatch: pytest.MonkeyPatch,
        indexed: bool,
    ) -> None:
        key, question = lamp

        def change() -> None:
            publish(container, key.id, NEW, TITLE, question, index=indexed)

        held = held_after(container, monkeypatch, change)
        reply = talk.say(question).reply
        assert "brass ring" in held.answers[0].text
        assert len(held.answers) == 2
        assert reply is not None
        assert "brass ring" not in reply["text"]
        assert quotes_only_what_is_published(container, reply)
        if indexed:
            assert "green button" in reply["text"]

    @pytest.mark.parametrize("act", ["unpublish", "delete"])
    def test_withdrawn_meanwhile_is_not_quoted(
        self,
        container: Container,
        talk: Talk,
        lamp: tuple[ArticleKey, str],
        monkeypatch: pytest.MonkeyPatch,
        act: str,
    ) -> None:
        key, question = lamp

        def withdraw() -> None:
            getattr(container.articles.editing, act)(key, container.articles.reading.get(key.id, "en").revision, SYSTEM)

        held = held_after(container, monkeypatch, withdraw)
        reply = talk.say(question).reply
        assert "brass ring" in held.answers[0].text
        assert reply is not None
        assert "brass ring" not in reply["text"]
        assert key.id not in {citation["article"] for citation in reply["citations"]}
        assert talk.said("assistant") == [reply["text"]]
        if act == "delete":
            container.articles.editing.restore(key, SYSTEM)

    def test_withdrawn_meanwhile_is_not_named_to_be_tapped_either(
        self,
        container: Container,
        talk: Talk,
        lamp: tuple[ArticleKey, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        key, _question = lamp

        def withdraw() -> None:
            revision = container.articles.reading.get(key.id, "en").revision
            container.articles.editing.unpublish(key, revision, SYSTEM)

        held = held_after(container, monkeypatch, withdraw)
        # A model that no article knows: the nearest article is only named.
        reply = talk.say("How do I change the bulb of the Zorblax lamp ZX9?").reply
        assert TITLE in [choice.text for choice in held.answers[0].choices]
        assert reply is not None
        assert TITLE not in [choice["text"] for choice in reply["choices"]]

    def test_withdrawn_before_the_indexes_know_is_not_found(
        self, container: Container, talk: Talk, lamp: tuple[ArticleKey, str]
    ) -> None:
        key, question = lamp
        revision = container.articles.reading.get(key.id, "en").revision
        container.articles.editing.unpublish(key, revision, SYSTEM)
        # No job has run: both indexes still hold every passage.
        reply = talk.say(question).reply
        assert reply is not None
        assert "brass ring" not in reply["text"]
        assert TITLE not in [choice["text"] for choice in reply["choices"]]

    def test_changed_again_and_again_ends_in_an_honest_offer(
        self, container: Container, talk: Talk, lamp: tuple[ArticleKey, str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key, question = lamp
        held = held_after(
            container,
            monkeypatch,
            lambda: publish(container, key.id, f"{OLD} Edition {uuid4()}.", TITLE, question),
            times=99,
        )
        reply = talk.say(question).reply
        assert reply is not None
        assert (reply["outcome"], reply["citations"]) == ("handover_offered", [])
        assert len(held.asked) < 10
        assert talk.transcript()["pending"] is False


class TestTakeover:
    def test_while_the_assistant_thinks_silences_it(
        self, container: Container, talk: Talk, agent: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = held_after(container, monkeypatch, lambda: container.desk.turns.take_over(talk.id, agent))
        result = talk.say("How long does a refund take?")
        assert len(held.answers) == 1
        assert result.reply is None
        assert talk.said("assistant") == []
        assert container.turns.sweep() == 0
        assert talk.say("Hello?").reply is None
        assert talk.said("assistant") == []

    def test_by_a_reply_silences_it_too(
        self, container: Container, talk: Talk, agent: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        talk.say("I want to talk to a person")
        number = talk.number
        held_after(container, monkeypatch, lambda: container.desk.replies.send(number, "Mia here.", agent))
        assert talk.say("And how long does a refund take?").reply is None
        assert talk.said("agent") == ["Mia here."]
        assert len(talk.said("assistant")) == 1

    def test_release_lets_the_assistant_answer_what_is_open(
        self, container: Container, talk: Talk, agent: Person
    ) -> None:
        container.desk.turns.take_over(talk.id, agent)
        assert talk.say("How long does a refund to PayPal take?").reply is None
        container.desk.turns.release(talk.id, agent)
        assert container.turns.sweep() == 1
        assert len(talk.said("assistant")) == 1

    def test_what_the_agent_said_is_part_of_the_conversation(
        self, container: Container, talk: Talk, agent: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        talk.say("I want to talk to a person")
        container.desk.replies.send(talk.number, "Your lamp is on its way.", agent)
        container.desk.turns.release(talk.id, agent)
        held = Held(container.flow)
        monkeypatch.setattr(container.turns, "flow", held)
        assert talk.say("hello again").reply is not None
        said = [(one.role, one.text) for one in held.requests[-1].history]
        assert ("agent", "Your lamp is on its way.") in said

    def test_racing_replies_never_both_speak(
        self, container: Container, talk: Talk, agent: Person, meanwhile: Meanwhile
    ) -> None:
        """Whichever commits first: after the takeover's event there is none of the assistant's."""
        turn = meanwhile(talk.say, "How long does a refund to PayPal take?")
        taken = meanwhile(container.desk.turns.take_over, talk.id, agent)
        turn.result(WAIT)
        taken.result(WAIT)
        told = [
            payload["state"] if kind == "status" and "state" in payload else payload.get("message", {}).get("role")
            for _, kind, payload in talk.events()
        ]
        assert "human" in told
        assert "assistant" not in told[told.index("human") :]
