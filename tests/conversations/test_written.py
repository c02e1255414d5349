"""Answers of a chat model in a conversation: what leaves the machine, and what is kept of how they came about."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from assistant.container import Container
from assistant.conversations import Claims
from assistant.flow.answer import Answering
from assistant.flow.graph import Flow
from assistant.llm.spec import LlmSpec
from assistant.llm.writer import ModelWriter
from assistant.storage.tables import Trace
from assistant.storage.traces import unpacked
from tests.conversations.talk import Talk
from tests.fakes.chat import ScriptedChat
from tests.starter import ANSWERED_BY, QUESTION


@pytest.fixture
def model(container: Container) -> Iterator[ScriptedChat]:
    """A model that writes this installation's answers."""
    scripted = ScriptedChat.saying(["I cannot say [1]."])
    writer = ModelWriter(LlmSpec("openai", "m", timeout=5.0), opened=lambda _: scripted)
    flow, container.turns.flow = container.turns.flow, Flow(container.retriever, Answering(lambda: writer))
    yield scripted
    container.turns.flow = flow


def test_the_customers_name_never_leaves(container: Container, model: ScriptedChat) -> None:
    started = container.openings.start("en", Claims(name="Ada Byron"))
    talk = Talk(container, started.id, started.token)
    talk.say("hello, Ada Byron here")
    assert talk.say(f"Byron again: {QUESTION}").reply is not None
    told = "".join(message.text for call in model.calls for message in call)
    assert QUESTION in told
    assert "NAME_1" in told
    assert "Byron" not in told
    assert "Ada" not in told


def test_the_trace_is_kept_with_the_answer(container: Container, talk: Talk, model: ScriptedChat) -> None:
    reply = talk.say(QUESTION).reply
    assert reply is not None
    with container.database.read() as session:
        trace = unpacked(session.get_one(Trace, reply["id"]).data)
    assert trace["model"]["name"] == "openai:m"
    assert len(trace["model"]["prompt"]) >= 8
    assert trace["model"]["seconds"]["all"] > 0
    by_id = {one["passage"]: one["article"] for one in trace["candidates"]}
    assert by_id[trace["model"]["passages"][0]] == ANSWERED_BY
    assert trace["timings"]["answer"] >= trace["model"]["seconds"]["all"] - 0.001
