"""An installation's stored conversations asked again: what the assistant does now, beside what it did then.

Nothing is stored, no chat model is asked, and the report holds no personal data unless somebody wants it to.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from assistant.container import Container, open_container
from assistant.conversations.recording import utterances
from assistant.domain.answers import Answer, Outcome, Utterance
from assistant.domain.conversations import ConversationState
from assistant.errors import NotFound
from assistant.flow.graph import Flow
from assistant.flow.rehearsal import RehearsalRetriever, rehearsing
from assistant.flow.request import TurnRequest
from assistant.llm.redaction import Redactor
from assistant.settings import Settings
from assistant.storage import passages, past_turns
from assistant.storage.past_turns import PastTurn
from eval.asking import aside
from eval.figures import Figure
from eval.metrics import bootstrap

SUITE = "conversations"
Tell = Callable[[str, int, int], None]
_PERSON = frozenset({Outcome.HANDOVER_OFFERED, Outcome.HANDED_OVER})
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Again:
    """A stored turn and the answer to it now."""

    turn: PastTurn
    request: TurnRequest
    now: Answer
    seconds: float

    @property
    def then(self) -> str:
        """The outcome stored."""
        return str(self.turn.reply.outcome)

    @property
    def cited_then(self) -> str:
        """The article quoted first then."""
        return next((str(cited.get("article", "")) for cited in self.turn.reply.citations), "")

    @property
    def cited_now(self) -> str:
        """The article quoted first now."""
        return next((cited.article for cited in self.now.citations), "")

    @property
    def same(self) -> bool:
        """Whether the outcome is the same, and an answer begins with the same article."""
        return self.then == self.now.outcome and self.cited_then == self.cited_now

    @property
    def label(self) -> str:
        """What people made of it then."""
        if self.turn.helpful is not None:
            return "said helpful" if self.turn.helpful else "said not helpful"
        return "called a person next" if self.turn.handed_over else "said nothing"


def run_conversations(settings: Settings, limit: int, tell: Tell, *, unmasked: bool = False) -> dict[str, Any]:
    """The report of the newest ``limit`` stored turns (0: all); ``unmasked`` leaves personal data in its texts.

    Raises:
        NotFound: nobody has asked anything yet.
    """
    started = time.perf_counter()
    with open_container(settings) as container, aside(container):
        again = ask_again(container, limit, tell)
        with container.database.read() as session:
            held = passages.count(session)
        serving = container.knowledge.serving
        embedder = {"name": serving.embedder.name, "model": serving.embedder.fingerprint} if serving else {}
    return {
        "suite": SUITE,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("askdesk"),
        "embedder": embedder,
        "passages": held,
        "cases": len(again),
        "seconds": {"all": round(time.perf_counter() - started, 2)},
        **summary(again, unmasked=unmasked),
    }


def ask_again(container: Container, limit: int, tell: Tell) -> list[Again]:
    """The newest ``limit`` stored turns (0: all), oldest first, each with what the assistant answers now.

    Raises:
        NotFound: nobody has asked anything yet.
    """
    with container.database.read() as session:
        turns = past_turns.newest(session, limit)
    if not turns:
        raise NotFound("There is no stored conversation to ask again yet: nobody has asked the assistant anything.")
    retriever = RehearsalRetriever(container.database, container.knowledge, container.calibrations.current, {})
    flow, found = rehearsing(retriever), []
    for done, turn in enumerate(turns, 1):
        found.append(_one(container, flow, turn))
        tell("Asking", done, len(turns))
    return found


def summary(again: Sequence[Again], *, unmasked: bool = False) -> dict[str, Any]:
    """Figures, what changed into what, what people made of it, and the turns that came out differently."""
    changed = sorted((one for one in again if not one.same), key=_weight)
    return {
        "figures": [asdict(figure) for figure in _figures(again)],
        "baselines": {},
        "kinds": [],
        "confusion": _confusion(again),
        "labels": _labels(again),
        "curve": [],
        "today": {},
        "reliability": [],
        "latency": sorted(round(one.seconds * 1_000, 2) for one in again),
        "worst": [_told(one, unmasked) for one in changed[:_MOST_SHOWN]],
    }


def _one(container: Container, flow: Flow, turn: PastTurn) -> Again:
    settings = container.installation.current()
    history = utterances(list(turn.before))
    request = TurnRequest(
        text="\n".join(message.text for message in turn.asked),
        locale=turn.locale,
        history=history,
        state=_state(history),
        audiences=frozenset({"public", "signed-in"} if turn.verified else {"public"}),
        error_budget=settings.assistant.error_budget,
        topics=settings.rollout.topics,
    )
    started = time.perf_counter()
    return Again(turn, request, flow.run(request), time.perf_counter() - started)


def _state(history: Sequence[Utterance]) -> ConversationState:
    """Whether somebody was being waited for: nothing else of a conversation's states lets the assistant speak."""
    called = any(said.outcome is Outcome.HANDED_OVER for said in history)
    return ConversationState.WAITING if called else ConversationState.ASSISTANT


def _figures(again: Sequence[Again]) -> list[Figure]:
    helped = [one for one in again if one.turn.helpful]
    useless = [one for one in again if one.turn.helpful is False]
    both = [one for one in again if one.then == Outcome.ANSWERED and one.now.outcome is Outcome.ANSWERED]
    return [
        *_share("then", "answered then", [one.then == Outcome.ANSWERED for one in again]),
        *_share("now", "answered", [one.now.outcome is Outcome.ANSWERED for one in again]),
        *_share("then", "left to a person then", [one.then in _PERSON for one in again], "lower"),
        *_share("now", "left to a person", [one.now.outcome in _PERSON for one in again], "lower"),
        *_share("now", "same outcome as then", [one.then == one.now.outcome for one in again]),
        *_share("now", "of those answered both times, from the same article", [one.same for one in both]),
        *_share("opinions", "said helpful, and answered the same now", [one.same for one in helped]),
        *_share("opinions", "said not helpful, and answered the same now", [one.same for one in useless], "lower"),
    ]


def _share(group: str, name: str, flags: Sequence[bool], better: str = "higher") -> list[Figure]:
    if not flags:
        return []
    interval = bootstrap(lambda drawn: float(np.mean(drawn)), flags)
    return [Figure(group, name, interval.value, interval.low, interval.high, len(flags), better)]


def _confusion(again: Sequence[Again]) -> dict[str, dict[str, int]]:
    counted: dict[str, Counter[str]] = {}
    for one in again:
        counted.setdefault(one.then, Counter())[str(one.now.outcome)] += 1
    return {then: dict(counts) for then, counts in sorted(counted.items())}


def _labels(again: Sequence[Again]) -> list[dict[str, Any]]:
    rows = []
    for label in ("said helpful", "said not helpful", "called a person next", "said nothing"):
        some = [one for one in again if one.label == label]
        rows.append(
            {
                "label": label,
                "n": len(some),
                "then": sum(one.then == Outcome.ANSWERED for one in some),
                "now": sum(one.now.outcome is Outcome.ANSWERED for one in some),
                "same": sum(one.same for one in some),
            }
        )
    return rows


def _weight(one: Again) -> tuple[int, float]:
    """What to look at first: a good answer lost, then answers that came, went or moved, then the rest."""
    lost = one.then == Outcome.ANSWERED and one.now.outcome is not Outcome.ANSWERED
    if one.turn.helpful and one.then == Outcome.ANSWERED:
        return 0, -one.now.confidence
    if lost:
        return 1, -one.now.confidence
    return (2 if one.now.outcome is Outcome.ANSWERED else 3), -one.now.confidence


def _told(one: Again, unmasked: bool) -> dict[str, Any]:
    redactor = Redactor([one.turn.customer_name] if one.turn.customer_name else [])

    def shown(text: str) -> str:
        return text if unmasked else redactor.redact(text)

    trace = one.now.trace
    return {
        "id": one.turn.reply.id,
        "kind": f"{one.label}; {one.then} then, {one.now.outcome} now",
        "text": shown(one.request.text),
        "history": [f"{said.role}: {shown(said.text)}" for said in one.request.history],
        "wanted": [one.cited_then] if one.cited_then else [],
        "answers": [],
        "outcome": str(one.now.outcome),
        "cited": [one.cited_now] if one.cited_now else [],
        "found": [],
        "rank": 0,
        "confidence": round(one.now.confidence, 3),
        "threshold": trace.get("threshold", 0.0),
        "reply": shown(one.now.text)[:600],
        "failures": [_change(one)],
        "trace": {
            "query": shown(str(trace.get("query", ""))),
            "reason": trace.get("reason", ""),
            "features": trace.get("features", {}),
            "candidates": list(trace.get("candidates", ()))[:5],
        },
    }


def _change(one: Again) -> str:
    then = f"{one.then}{f' from {one.cited_then}' if one.cited_then else ''}"
    now = f"{one.now.outcome}{f' from {one.cited_now}' if one.cited_now else ''}"
    return f"{then} then, {now} now"
