"""Answers of a chat model in a conversation: what leaves the machine, and what is kept of how they came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from assistant.container import Container
from assistant.conversations import Claims
from assistant.flow.answer import Answering
from assistant.flow.graph import Flow
from assistant.flow.request import Retrieved
from assistant.llm.spec import LlmSpec
from assistant.llm.writer import ModelWriter
from assistant.storage.tables import Trace
from assistant.storage.traces import unpacked
from tests.conversations.talk import Talk
from tests.fakes.chat import ScriptedChat
from tests.starter import ANSWERED_BY, ANSWERED_BY_ZH, QUESTION, QUESTION_ZH


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


class OnlyChinese:
    """Search as in a knowledge base that has the answer in Chinese alone."""

    def __init__(self, container: Container) -> None:
        self._retriever = container.retriever

    def retrieve(self, query: str, *, audiences: frozenset[str], error_budget: float, **_given: Any) -> Retrieved:
        """One passage of those that are found for a question in Chinese, whatever is asked."""
        found = self._retriever.retrieve(
            QUESTION_ZH, language="zh-Hans", audiences=audiences, error_budget=error_budget
        )
        one = next(hit for hit in found.hits if hit.passage.text.startswith("退款先冲减"))
        return replace(found, hits=(one,), confidence=1.0)


def test_a_quote_in_another_language_is_kept_with_its_translation(container: Container, talk: Talk) -> None:
    beside = (
        "The refund first lowers the instalments that you have not paid yet; what is left goes to your Alipay account. "
        "Whether fees that have arisen are returned is up to the rules of Huabei. Please pay the instalment that falls "
        "due before the refund arrives as usual, so that you are not late."
    )
    scripted = ScriptedChat.saying(["The refund first reduces what is left of your instalments [1]."], [beside])
    writer = ModelWriter(LlmSpec("openai", "m", timeout=5.0), opened=lambda _: scripted)
    before = container.turns.flow
    container.turns.flow = Flow(OnlyChinese(container), Answering(lambda: writer))
    try:
        reply = talk.say("How do I get back what I paid by instalments?").reply
    finally:
        container.turns.flow = before
    assert reply is not None
    assert reply["text"] == "The refund first reduces what is left of your instalments [1]."
    [citation] = reply["citations"]
    assert (citation["article"], citation["locale"], citation["translation"]) == (ANSWERED_BY_ZH, "zh-Hans", beside)
    assert citation["quote"].startswith("退款先冲减")
    [stored] = talk.transcript()["messages"][-1]["citations"]
    assert stored == citation
