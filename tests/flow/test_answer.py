"""Answers that a model writes: only what its sources support is sent, and the trace tells how it came about."""

from __future__ import annotations

import time
from typing import Any

from assistant.domain.answers import Answer, Outcome, Utterance
from assistant.flow.answer import Answering
from assistant.flow.decide import Decision
from assistant.flow.request import Intent, Retrieved, TurnRequest, Understanding
from assistant.llm.spec import LlmSpec
from assistant.llm.writer import ModelWriter
from tests.fakes.chat import ScriptedChat
from tests.llm.passages import RETURNS, hit

HUB = hit("Hold the button for 15 seconds to reset the hub.", "Hub", article="hub")
QUESTION = "How long can I return goods?"


def answered(model: ScriptedChat, said: list[str] | None = None, **request: Any) -> Answer:
    """The answer from two passages, written by the model; ``said`` collects what was streamed."""
    writer = ModelWriter(LlmSpec("openai", "m", timeout=2.0), opened=lambda _: model, sleep=lambda _: None)
    hits = (RETURNS, HUB)
    return Answering(lambda: writer).answer(
        TurnRequest(QUESTION, **request),
        Understanding(Intent.QUESTION, "en", QUESTION),
        Retrieved(hits, 0.9, 0.5),
        Decision(Outcome.ANSWERED, "sure", hits),
        said.append if said is not None else None,
    )


def test_supported_sentences_are_sent_with_their_sources() -> None:
    said: list[str] = []
    answer = answered(
        ScriptedChat.saying(["Hold the button for 15 seconds to reset the hub [2]. ", "It also flies [1]."]), said
    )
    assert (answer.text, answer.written_by) == ("Hold the button for 15 seconds to reset the hub [1].", "openai:m")
    assert said == ["Hold the button for 15 seconds to reset the hub [1]. "]
    assert [(citation.n, citation.article) for citation in answer.citations] == [(1, "hub")]


def test_a_sentence_is_not_helped_by_a_passage_that_it_does_not_cite() -> None:
    answer = answered(
        ScriptedChat.saying(
            [
                "You can return goods within 30 days [1]. ",
                "Hold the button for 15 seconds to reset the hub [1]. ",
                "Refunds take 5 working days.",
            ]
        )
    )
    assert answer.text == "You can return goods within 30 days [1]."
    assert len(answer.trace["model"]["dropped"]) == 2


def test_the_trace_names_the_model_its_prompt_its_passages_and_its_time() -> None:
    before = time.perf_counter()
    trace = answered(
        ScriptedChat.saying([0.2, "You can return goods within 30 days [1]. ", 0.2, "Nonsense follows [1]."])
    ).trace["model"]
    took = time.perf_counter() - before
    assert trace["name"] == "openai:m"
    assert trace["prompt"] == ModelWriter(LlmSpec("openai", "m")).prompt_hash
    assert trace["prompt"] != ModelWriter(LlmSpec("openai", "m"), rules=["Be brief."]).prompt_hash
    assert trace["passages"] == ["p-returns", "p-hub"]
    assert 0.2 <= trace["seconds"]["first"] < trace["seconds"]["all"]
    assert 0.4 <= trace["seconds"]["all"] <= took + 0.001
    assert [one["sentence"] for one in trace["dropped"]] == ["Nonsense follows [1]."]


def test_the_trace_of_a_model_that_failed_says_why_and_the_passage_is_quoted() -> None:
    answer = answered(ScriptedChat.saying(["You can return goods [1]. Refunds ", ValueError("down")]))
    trace = answer.trace["model"]
    assert answer.written_by == "extract"
    assert "30 days" in answer.text
    assert trace["failed"]
    assert (trace["name"], trace["passages"]) == ("openai:m", ["p-returns", "p-hub"])
    assert {"first", "all"} == set(trace["seconds"])


def test_the_customers_own_names_are_masked() -> None:
    model = ScriptedChat.saying(["You can return goods within 30 days [1]."])
    history = (Utterance("customer", "This is Ada Byron, hello"),)
    answered(model, names=("Ada Byron",), history=history)
    told = "".join(message.text for message in model.calls[0])
    assert "This is NAME_" in told
    assert "Ada" not in told
    assert "Byron" not in told
