"""The conversation flow as a LangGraph: wiring only."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph

from assistant.domain.answers import Answer, Outcome
from assistant.domain.indexing import Preparation
from assistant.flow.answer import Answering
from assistant.flow.decide import Decision, is_not_found
from assistant.flow.parts import parts_of
from assistant.flow.relevance import A_WORD, is_about
from assistant.flow.request import Retrieved, Retriever, TurnRequest, Understanding, together
from assistant.flow.rollout import Released, release
from assistant.flow.understand import understand


class TurnState(TypedDict, total=False):
    """What the steps hand on."""

    request: TurnRequest
    emit: Callable[[str], None] | None
    understanding: Understanding
    retrieved: Retrieved
    released: Released
    answer: Answer
    timings: dict[str, float]
    searched: list[dict[str, Any]]


_RESULT = ("answer", "searched", "timings")


class Flow:
    """A compiled conversation flow: understand → (retrieve → decide) → answer.

    ``preparing`` tells how far a first indexing has come: asked only where nothing was found.
    """

    def __init__(
        self,
        retriever: Retriever,
        answering: Answering,
        preparing: Callable[[], Preparation | None] = lambda: None,
    ) -> None:
        self._retriever = retriever
        self._answering = answering
        self._preparing = preparing
        self._graph = self._compiled()

    def run(self, request: TurnRequest, emit: Callable[[str], None] | None = None) -> Answer:
        """The answer to a customer's message. ``emit`` receives checked sentences while a model still writes."""
        given: TurnState = {"request": request, "emit": emit, "timings": {}}
        # The newer form of what it returns: the older one has every step tell its changes and the whole state, too.
        state: Any = self._graph.invoke(given, output_keys=_RESULT, version="v2").value
        answer: Answer = state["answer"]
        quoted = [citation.passage for citation in answer.citations]
        trace = {
            **answer.trace,
            "quoted": quoted,
            "audiences": sorted(request.audiences),
            "searched": state.get("searched", []),
            "timings": {name: round(seconds, 5) for name, seconds in state["timings"].items()},
        }
        draft = answer.draft and replace(answer.draft, trace={**trace, **answer.draft.trace})
        return replace(answer, trace=trace, draft=draft)

    def _compiled(self) -> Any:
        graph = StateGraph(TurnState)
        for step in (self._understand, self._retrieve, self._decide, self._answer):
            node: Any = _timed(step)
            graph.add_node(step.__name__.removeprefix("_"), node)
        graph.add_edge(START, "understand")
        graph.add_conditional_edges("understand", _next_step, {"retrieve": "retrieve", "answer": "answer"})
        graph.add_edge("retrieve", "decide")
        graph.add_edge("decide", "answer")
        graph.add_edge("answer", END)
        return graph.compile()

    @staticmethod
    def _understand(state: TurnState) -> dict[str, Any]:
        understanding = understand(state["request"])
        # What needs no search is decided at once, which saves such a turn a step.
        released = release(state["request"], understanding, None)
        return {"understanding": understanding} | ({} if released is None else {"released": released})

    def _retrieve(self, state: TurnState) -> dict[str, Any]:
        request, understanding = state["request"], state["understanding"]
        alone, before = understanding.query, understanding.before
        search = partial(
            self._retriever.retrieve,
            alone,
            language=understanding.language,
            audiences=request.audiences,
            error_budget=request.error_budget,
        )
        about = partial(is_about, alone, understanding.language)
        # What a follow-up says and what it goes on from are no parts of one message.
        found = search(parts=() if understanding.follow_up else parts_of(alone))
        searched = [_searched(alone, found)]
        # Where nothing found alone has a word of the message, nothing found together with other questions would.
        if before and found.confidence < found.threshold and about(found.hits, found.spelled, least=A_WORD):
            again = search(before=before)
            in_context = together(*before, alone)
            searched.append(_searched(in_context, again))
            is_sure = again.confidence >= again.threshold
            if is_sure and about(found.hits, found.spelled) and about(again.hits[:1], again.spelled):
                taken = replace(understanding, query=in_context, follow_up=True)
                return {"retrieved": again, "understanding": taken, "searched": searched}
            found = replace(found, together=again)
        return {"retrieved": found, "searched": searched}

    def _decide(self, state: TurnState) -> dict[str, Any]:
        released = release(state["request"], state["understanding"], state["retrieved"])
        if released is not None and is_not_found(released.decision):
            preparing = self._preparing()
            if preparing is not None and preparing.leaves_gaps:
                unready = Decision(Outcome.DECLINED, "preparing", prepared=preparing.percent)
                released = replace(released, decision=unready)
        return {"released": released}

    def _answer(self, state: TurnState) -> dict[str, Any]:
        released, asked = state["released"], (state["request"], state["understanding"], state.get("retrieved"))
        answer = self._answering.answer(*asked, released.decision, state.get("emit"))
        draft = None
        if released.draft is not None:
            # Nobody but the agents may see what it says, its first sentences included.
            draft = _traced(self._answering.answer(*asked, released.draft, None), released)
        return {"answer": replace(_traced(answer, released), topic=released.topic, draft=draft)}


def _searched(query: str, found: Retrieved) -> dict[str, Any]:
    return {"query": query, "confidence": round(found.confidence, 4)}


def _traced(answer: Answer, released: Released) -> Answer:
    quoted = [citation.passage for citation in answer.citations]
    return replace(answer, trace={**answer.trace, **released.trace, "quoted": quoted})


def _next_step(state: TurnState) -> str:
    return "answer" if "released" in state else "retrieve"


def _timed(step: Callable[[TurnState], dict[str, Any]]) -> Callable[[TurnState], dict[str, Any]]:
    name = step.__name__.removeprefix("_")

    def run(state: TurnState) -> dict[str, Any]:
        started = time.perf_counter()
        update = step(state)
        state["timings"][name] = state["timings"].get(name, 0.0) + time.perf_counter() - started
        return update

    return run
