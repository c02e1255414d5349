"""A turn from message to reply: answered with its source, offered, handed over, repeated, joined, swept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from assistant.container import Container
from assistant.conversations.access import MESSAGES_A_MINUTE
from assistant.domain.answers import Answer
from assistant.errors import StorageUnavailable, TooMany
from assistant.flow.request import Retrieved, TurnRequest
from assistant.knowledge.scripts import detect_locale, to_simplified
from assistant.storage import passages
from tests.conversations.talk import WAIT, Held, Meanwhile, Talk, start
from tests.starter import ANSWERED_BY, ANSWERED_BY_ZH, QUESTION, QUESTION_HANT, QUESTION_ZH, UNKNOWN


class TestAnswers:
    def test_quotes_a_passage_of_a_published_revision(self, container: Container, talk: Talk) -> None:
        reply = talk.say(QUESTION).reply
        assert reply is not None
        assert reply["outcome"] == "answered"
        cited = reply["citations"]
        assert ANSWERED_BY in {citation["article"] for citation in cited}
        with container.database.read() as session:
            live = passages.published_revisions(session, [citation["passage"] for citation in cited])
        assert {citation["passage"]: citation["revision"] for citation in cited} == live
        assert all(f"[{citation['n']}]" in reply["text"] for citation in cited)

    def test_is_in_chinese_from_the_chinese_article(self, container: Container) -> None:
        reply = start(container, "zh").say(QUESTION_ZH).reply
        assert reply is not None
        assert reply["outcome"] == "answered"
        assert (reply["citations"][0]["article"], reply["citations"][0]["locale"]) == (ANSWERED_BY_ZH, "zh-Hans")
        assert "分期" in reply["text"]

    def test_is_converted_and_marked_for_a_reader_of_traditional(self, container: Container) -> None:
        reply = start(container, "zh-TW").say(QUESTION_HANT).reply
        assert reply is not None
        assert reply["outcome"] == "answered"
        assert reply["citations"][0]["converted"] is True
        assert "分期" in reply["text"]
        assert "还" not in reply["text"]
        assert container.to_traditional(reply["text"]) == reply["text"]

    @pytest.mark.parametrize(
        ("mistyped", "meant", "slips"),
        [
            ("how do i facotry reset my hub mini h1", QUESTION, {"facotry": "factory"}),
            ("花呗分七退活怎么退", QUESTION_ZH, {"分七": "分期", "退活": "退货"}),
            ("花唄分七退活怎麼退", QUESTION_ZH, {"分七": "分期", "退活": "退货"}),
        ],
    )
    def test_is_what_the_question_spelled_right_gets(
        self, container: Container, mistyped: str, meant: str, slips: dict[str, str]
    ) -> None:
        def found(text: str) -> Retrieved:
            language = detect_locale(text)
            return container.retriever.retrieve(
                text, language=language, audiences=frozenset({"public"}), error_budget=0.0
            )

        written, right = found(mistyped), found(meant)
        assert (written.spelled, right.spelled) == (slips, {})
        assert written.confidence == pytest.approx(right.confidence)
        assert [hit.passage.id for hit in written.hits] == [hit.passage.id for hit in right.hits]
        # Who files it as a gap gets the vector that was searched with.
        model = container.knowledge.writer().fingerprint
        assert np.array_equal(
            container.retriever.asked(to_simplified(mistyped), model), container.retriever.asked(meant, model)
        )

    def test_says_nothing_factual_without_a_source(self, talk: Talk) -> None:
        reply = talk.say(UNKNOWN).reply
        assert reply is not None
        assert reply["outcome"] == "handover_offered"
        assert reply["citations"] == []
        assert [choice["action"] for choice in reply["choices"]] == ["handover"]
        assert talk.transcript()["ticket"] is None

    @pytest.mark.parametrize("text", ["hi", "你好", "thanks!", "ok"])
    def test_small_talk_opens_no_ticket(self, container: Container, text: str) -> None:
        result = start(container).say(text)
        assert result.reply is not None
        assert (result.reply["outcome"], result.ticket) == ("declined", None)

    def test_is_stored_before_it_is_given(self, talk: Talk) -> None:
        result = talk.say(QUESTION)
        assert [message["id"] for message in talk.transcript()["messages"]] == [
            result.message["id"],
            (result.reply or {})["id"],
        ]


class TestPerson:
    @pytest.mark.parametrize(
        "text", ["人工", "转人工", "真人", "轉人工", "I want to talk to a person", "human please", "我要投诉"]
    )
    def test_is_within_reach_at_once(self, container: Container, text: str) -> None:
        talk = start(container)
        result = talk.say(text)
        assert result.reply is not None
        assert result.reply["outcome"] == "handed_over"
        assert result.ticket is not None
        assert result.ticket["status"] == "new"
        assert str(result.ticket["number"]) in result.reply["text"]
        told = talk.transcript()
        assert told["status"] == "waiting"
        assert datetime.fromisoformat(told["ticket"]["expected_reply_by"]) > datetime.now(UTC)

    def test_is_within_reach_when_the_flow_breaks(
        self, container: Container, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(container.turns, "flow", Broken())
        reply = talk.say("退款什么时候到").reply
        assert reply is not None
        assert (reply["outcome"], reply["citations"]) == ("handover_offered", [])
        assert "转人工" in reply["choices"][0]["text"]

    def test_who_waits_is_not_offered_again(self, container: Container, talk: Talk) -> None:
        first = talk.say("I want to talk to a person").ticket
        second = talk.say(UNKNOWN)
        assert second.reply is not None
        assert (second.reply["outcome"], second.reply["choices"]) == ("declined", [])
        assert second.ticket == first
        third = talk.say(QUESTION).reply
        assert third is not None
        assert third["outcome"] == "answered"

    def test_who_asks_again_gets_no_second_ticket(self, talk: Talk) -> None:
        first, second = talk.say("I want to talk to a person"), talk.say("a real person please")
        assert first.ticket is not None
        assert second.ticket is not None
        assert first.ticket["number"] == second.ticket["number"]


class Broken:
    """A flow of which nothing works."""

    def run(self, request: TurnRequest, emit: object = None) -> Answer:
        raise RuntimeError("the index is down")


class TestClientId:
    def test_twice_gives_the_stored_reply(self, talk: Talk) -> None:
        first, second = talk.say(QUESTION, "a"), talk.say(QUESTION, "a")
        assert second == first
        assert len(talk.transcript()["messages"]) == 2

    def test_twice_at_once_stores_one_message_and_one_reply(self, talk: Talk, meanwhile: Meanwhile) -> None:
        calls = [meanwhile(talk.say, QUESTION, "b") for _ in range(8)]
        results = [call.result(WAIT) for call in calls]
        assert all(result == results[0] for result in results)
        assert results[0].reply is not None
        assert [message["role"] for message in talk.transcript()["messages"]] == ["customer", "assistant"]

    def test_of_another_conversation_is_another_message(self, container: Container, talk: Talk) -> None:
        other = start(container)
        assert talk.say("hi", "same").message["id"] != other.say("hi", "same").message["id"]


class TestJoining:
    def test_a_message_before_the_last_answer_joins_it(
        self, container: Container, talk: Talk, meanwhile: Meanwhile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = Held(container.flow)
        held._before = held.wait
        monkeypatch.setattr(container.turns, "flow", held)
        first = meanwhile(talk.say, "My hub mini h1 blinks")
        assert held.entered.wait(WAIT)
        second = meanwhile(talk.say, QUESTION)
        _until(lambda: len(talk.transcript()["messages"]) == 2)
        held.go.set()
        one, two = first.result(WAIT), second.result(WAIT)
        assert one.reply == two.reply
        assert held.asked == ["My hub mini h1 blinks", f"My hub mini h1 blinks\n{QUESTION}"]
        assert [message["role"] for message in talk.transcript()["messages"]] == ["customer", "customer", "assistant"]

    def test_on_stored_is_called_before_the_answer(self, talk: Talk) -> None:
        seen: list[list[str]] = []
        talk.say(QUESTION, on_stored=lambda: seen.append(talk.said("assistant")))
        assert seen == [[]]
        assert len(talk.said("assistant")) == 1


def _until(holds: object, seconds: float = WAIT) -> None:
    import time

    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


class TestSweep:
    def test_answers_what_a_crash_left_open(
        self, container: Container, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._crash(container, talk, monkeypatch)
        # As another process would leave it: its lease is not ours to judge until it has run out.
        talk.edit(lease_owner="another process")
        assert container.turns.sweep() == 0
        talk.edit(lease_until=datetime.now(UTC) - timedelta(seconds=1))
        assert container.turns.sweep() == 1
        assert talk.transcript()["messages"][1]["outcome"] == "answered"
        assert container.turns.sweep() == 0

    def test_takes_a_turn_that_its_own_process_lost_at_once(
        self, container: Container, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._crash(container, talk, monkeypatch)
        assert container.turns.sweep() == 1
        assert len(talk.said("assistant")) == 1

    def test_leaves_a_running_turn_alone(
        self, container: Container, talk: Talk, meanwhile: Meanwhile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = Held(container.flow)
        held._before = held.wait
        monkeypatch.setattr(container.turns, "flow", held)
        running = meanwhile(talk.say, QUESTION)
        assert held.entered.wait(WAIT)
        assert container.turns.sweep() == 0
        held.go.set()
        assert running.result(WAIT).reply is not None
        assert len(talk.said("assistant")) == 1

    def test_a_retry_after_a_crash_gets_the_answer(
        self, container: Container, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._crash(container, talk, monkeypatch)
        result = talk.say(QUESTION, "crashed")
        assert result.reply is not None
        assert [message["role"] for message in talk.transcript()["messages"]] == ["customer", "assistant"]

    def test_whoever_starts_next_takes_over_the_leases_of_the_dead(
        self, container: Container, talk: Talk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._crash(container, talk, monkeypatch)
        talk.edit(lease_owner="another process")
        with container.owning("serve"):
            # On PostgreSQL other processes may live on, so a lease holds until it runs out.
            assert container.turns.sweep() == int(container.database.is_sqlite)
        talk.edit(pending=False)

    @staticmethod
    def _crash(container: Container, talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
        def die() -> None:
            raise StorageUnavailable("the disk went away")

        with monkeypatch.context() as patch:
            patch.setattr(container.turns, "flow", Held(container.flow, before=die))
            with pytest.raises(StorageUnavailable):
                talk.say(QUESTION, "crashed")
        assert talk.transcript()["pending"] is True
        assert talk.said("customer") == [QUESTION]


class TestLimit:
    def test_is_reached_after_many_messages_and_stores_none_above_it(self, talk: Talk) -> None:
        for number in range(MESSAGES_A_MINUTE):
            talk.say("ok", f"m{number}")
        with pytest.raises(TooMany) as caught:
            talk.say("ok", "one more")
        assert caught.value.retry_after > 0
        assert len(talk.said("customer")) == MESSAGES_A_MINUTE
        # A retry of what is stored is not one more.
        assert talk.say("ok", "m0").reply is not None
