"""A message that alone finds nothing sure is read with the questions before it, and neither reading is lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assistant.domain.answers import Hit, Outcome, Utterance
from assistant.flow.answer import Answering
from assistant.flow.graph import Flow
from assistant.flow.request import Retrieved, TurnRequest
from tests.flow.test_decide import hit

HISTORY = (Utterance("customer", "How much is delivery?"), Utterance("assistant", "Nothing.", outcome=Outcome.ANSWERED))


class Readings:
    """A search that finds this alone, and that together with the questions before; it counts what it was asked."""

    def __init__(self, alone: Retrieved, together: Retrieved) -> None:
        self._alone, self._together = alone, together
        self.asked: list[Sequence[str]] = []

    def retrieve(self, query: str, *, before: Sequence[str] = (), **_given: Any) -> Retrieved:
        self.asked.append(before)
        return self._together if before else self._alone


def turn(search: Readings, text: str) -> tuple[str, dict[str, Any]]:
    """The outcome of a turn after the history, and its trace."""
    answer = Flow(search, Answering(lambda: None)).run(TurnRequest(text, history=HISTORY))
    return answer.outcome, dict(answer.trace)


def found(*hits: Hit, confidence: float) -> Retrieved:
    return Retrieved(hits, confidence=confidence, threshold=0.6)


CAMERA, HUB, LOCK = hit("camera", 3.0), hit("hub", 2.0), hit("lock", 1.0)


def test_what_alone_is_sure_is_not_searched_again() -> None:
    search = Readings(found(CAMERA, confidence=0.9), found(HUB, confidence=0.9))
    outcome, trace = turn(search, "Where does the camera keep its films?")
    assert (outcome, search.asked) == (Outcome.ANSWERED, [()])
    assert [one["article"] for one in trace["candidates"]] == ["camera"]


def test_what_is_sure_in_context_is_answered_from_there() -> None:
    search = Readings(found(CAMERA, confidence=0.2), found(HUB, CAMERA, confidence=0.9))
    outcome, trace = turn(search, "to the hub or camera")
    assert (outcome, len(search.asked)) == (Outcome.ANSWERED, 2)
    assert trace["follow_up"]
    assert [one["article"] for one in trace["candidates"]] == ["hub", "camera"]


def test_where_neither_is_sure_the_passages_of_both_were_tried_in_turns() -> None:
    search = Readings(found(CAMERA, LOCK, confidence=0.2), found(HUB, CAMERA, confidence=0.25))
    outcome, trace = turn(search, "camera films for the weekend")
    assert outcome is Outcome.HANDOVER_OFFERED
    assert not trace["follow_up"]
    assert trace["query"] == "camera films for the weekend"
    assert [one["article"] for one in trace["candidates"]] == ["camera", "hub", "lock"]
    assert [one["article"] for one in trace["candidates"] if one.get("together")] == ["hub"]
    assert [one["confidence"] for one in trace["searched"]] == [0.2, 0.25]


def test_where_no_passage_has_a_word_of_the_message_it_is_not_searched_again() -> None:
    search = Readings(found(CAMERA, confidence=0.2), found(HUB, confidence=0.9))
    outcome, trace = turn(search, "who won the match yesterday")
    assert (outcome, search.asked) == (Outcome.HANDOVER_OFFERED, [()])
    assert [one["article"] for one in trace["candidates"]] == ["camera"]


def test_what_is_sure_in_context_but_not_about_the_message_is_not_answered() -> None:
    search = Readings(found(CAMERA, confidence=0.2), found(HUB, confidence=0.9))
    outcome, _trace = turn(search, "camera films for the weekend trip")
    assert (outcome, len(search.asked)) == (Outcome.HANDOVER_OFFERED, 2)
