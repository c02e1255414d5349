"""Decide what to do with a message: answer, ask back, decline, offer a person, or hand over."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.domain.answers import Hit, Outcome, Utterance
from assistant.domain.conversations import ConversationState
from assistant.flow.codes import alike, missing_codes
from assistant.flow.request import SMALL_TALK, STRAIGHT_TO_A_PERSON, Intent, Retrieved, TurnRequest, Understanding

_OPEN = (Outcome.HANDOVER_OFFERED, Outcome.CLARIFYING)
# A question is worth asking back about when two articles are this close in score and the best is nearly sure enough.
_CLOSE = 0.25
_IN_VAIN = frozenset({"not_found", "not_sure", "unknown_code", "ambiguous"})


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome, why, and the hits to answer from or to choose between.

    ``codes`` are the models and codes of the question that nothing found is about; ``prepared`` is how many percent of
    the articles could be found.
    """

    outcome: Outcome
    reason: str
    hits: tuple[Hit, ...] = ()
    codes: tuple[str, ...] = ()
    prepared: int = 100


def _last_assistant(history: tuple[Utterance, ...]) -> Utterance | None:
    return next((utterance for utterance in reversed(history) if utterance.role == "assistant"), None)


def _without_search(request: TurnRequest, understanding: Understanding) -> Decision | None:
    waiting = request.state is ConversationState.WAITING
    if understanding.intent in STRAIGHT_TO_A_PERSON:
        return Decision(Outcome.HANDED_OVER, understanding.intent)
    last = _last_assistant(request.history)
    agreed = (
        understanding.intent is Intent.ACKNOWLEDGEMENT and last is not None and last.outcome is Outcome.HANDOVER_OFFERED
    )
    if agreed and _means_yes(request.text) and not waiting:
        return Decision(Outcome.HANDED_OVER, Intent.PERSON)
    if understanding.intent in SMALL_TALK:
        return Decision(Outcome.DECLINED, understanding.intent)
    if request.paused:
        return Decision(Outcome.DECLINED if waiting else Outcome.HANDOVER_OFFERED, "paused")
    if understanding.intent is Intent.STILL_UNSOLVED and last is not None and not waiting:
        told_before = sum(_failed(utterance) for utterance in request.history) >= 1
        if told_before or last.outcome in _OPEN:
            return Decision(Outcome.HANDED_OVER, Intent.STILL_UNSOLVED)
    return None


def _failed(utterance: Utterance) -> bool:
    return utterance.role == "assistant" and utterance.outcome is Outcome.HANDOVER_OFFERED


def _means_yes(text: str) -> bool:
    plain = text.strip().lower().strip(" .!。！")
    return plain.startswith(
        ("yes", "yeah", "yep", "yup", "sure", "ok", "please", "好", "是", "可以", "行", "嗯", "要", "對", "对")
    )


def _best_of_each_article(hits: tuple[Hit, ...]) -> list[Hit]:
    best: dict[str, Hit] = {}
    for hit in hits:
        best.setdefault(hit.passage.article, hit)
    return list(best.values())


def _alternatives(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """The best hit of each article that is nearly as good as the first."""
    ranked = _best_of_each_article(hits)
    return tuple(hit for hit in ranked[:4] if ranked[0].score - hit.score <= _CLOSE)


def _repeats_an_open_question(request: TurnRequest, understanding: Understanding) -> bool:
    """Whether the customer asks again what was already left open."""
    words = set(understanding.query.lower().split())
    for earlier, reply in zip(request.history, request.history[1:], strict=False):
        if earlier.role == "customer" and _failed(reply):
            before = set(earlier.text.lower().split())
            if before and len(words & before) / len(words | before) >= 0.8:
                return True
    return False


def decide(request: TurnRequest, understanding: Understanding, retrieved: Retrieved | None) -> Decision | None:
    """The decision; ``None`` when it needs a search that has not been made."""
    early = _without_search(request, understanding)
    if early is not None:
        return early
    if retrieved is None:
        return None
    codes = missing_codes(understanding.query, retrieved.hits)
    if retrieved.hits and retrieved.confidence >= retrieved.threshold and not codes:
        return Decision(Outcome.ANSWERED, "sure", retrieved.hits)
    if request.state is ConversationState.WAITING:
        return Decision(Outcome.DECLINED, "not_found", retrieved.hits)
    if _repeats_an_open_question(request, understanding):
        return Decision(Outcome.HANDED_OVER, Intent.STILL_UNSOLVED, retrieved.hits)
    if understanding.intent is Intent.STILL_UNSOLVED:
        return Decision(Outcome.HANDOVER_OFFERED, "unsolved", retrieved.hits)
    if codes:
        return Decision(Outcome.HANDOVER_OFFERED, "unknown_code", _near(retrieved, codes), codes)
    return _unsure(request, understanding, retrieved)


def is_not_found(decision: Decision) -> bool:
    """Whether a search was made in vain, so that it matters if all articles could be found."""
    return decision.reason in _IN_VAIN and decision.outcome is not Outcome.HANDED_OVER


def _near(retrieved: Retrieved, codes: tuple[str, ...]) -> tuple[Hit, ...]:
    """The best hits of up to two articles, those about its like first, if they come near enough to be worth naming."""
    if not retrieved.is_nearly_sure:
        return ()
    best = _best_of_each_article(retrieved.hits)[:4]
    return tuple(alike(codes, best) or _alternatives(retrieved.hits))[:2]


def _unsure(request: TurnRequest, understanding: Understanding, retrieved: Retrieved) -> Decision:
    """Ask back between close articles once, name near ones, or say that nothing was found; a person each time."""
    choices = _alternatives(retrieved.hits) if retrieved.hits else ()
    if not (retrieved.is_nearly_sure and choices):
        return Decision(Outcome.HANDOVER_OFFERED, "not_found", retrieved.hits)
    last = _last_assistant(request.history)
    asked_back = last is not None and last.outcome is Outcome.CLARIFYING
    short = len(understanding.query.split()) <= 4 and len(understanding.query) <= 40
    if short and not asked_back and 2 <= len(choices) <= 4:
        return Decision(Outcome.CLARIFYING, "ambiguous", choices)
    return Decision(Outcome.HANDOVER_OFFERED, "not_sure", choices[:2])
