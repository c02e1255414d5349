"""What becomes of a decision under the operator's rules: said to the customer, a draft for agents, or held back.

Deciding what the articles answer is one thing (``decide``), deciding who hears it another. Topics that always go to a
person come first; then what rests on no article stands; the rest is for the first rule that fits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.domain.answers import NAMES_ARTICLES, Hit, Outcome
from assistant.domain.conversations import ConversationState
from assistant.domain.rollout import Effect, Ruling, Situation, ruling, settled
from assistant.flow.decide import Decision, decide
from assistant.flow.request import Intent, Retrieved, TurnRequest, Understanding
from assistant.flow.topics import topic_in

TOPIC = "topic"
HELD = "rollout"


@dataclass(frozen=True, slots=True)
class Released:
    """What the customer gets, what only agents get as a draft, the topic that goes to a person, and why."""

    decision: Decision
    draft: Decision | None = None
    topic: str = ""
    trace: Mapping[str, Any] = field(default_factory=dict)


def release(request: TurnRequest, understanding: Understanding, retrieved: Retrieved | None) -> Released | None:
    """The decision as the operator lets it out; ``None`` when it needs a search that has not been made."""
    found = topic_in(request.text, request.topics)
    # Where to call in danger is said before anything else.
    if found is not None and understanding.intent is not Intent.SAFETY:
        trace = {"topic": {"name": found.topic, "phrase": found.phrase}}
        return Released(Decision(Outcome.HANDED_OVER, TOPIC), topic=found.topic, trace=trace)
    decision = decide(request, understanding, retrieved)
    situation = request.situation
    if situation is None or (decision is not None and (retrieved is None or decision.outcome is Outcome.HANDED_OVER)):
        return None if decision is None else Released(decision)
    language = understanding.language
    if decision is None:
        early = settled(situation, language)
        return _held(request, situation, language, early) if early and early.effect is Effect.HOLD else None
    return _under_rules(request, situation, language, decision)


def _under_rules(request: TurnRequest, situation: Situation, language: str, decision: Decision) -> Released:
    shown = _shown(decision)
    category = shown[0].passage.category if shown else ""
    rules = ruling(situation, language, category)
    if rules.effect is Effect.HOLD:
        return _held(request, situation, language, rules, category)
    if rules.effect is Effect.DRAFT:
        return _drafted(request, situation, language, rules, decision)
    kept = _only(shown, situation, language, (Effect.ANSWER,))
    return Released(_narrowed(decision, kept), trace=_trace(situation, language, rules, category))


def _shown(decision: Decision) -> tuple[Hit, ...]:
    """The hits of which a decision tells the customer something, the one that would be cited first."""
    tells = decision.outcome in (Outcome.ANSWERED, Outcome.CLARIFYING) or decision.reason in NAMES_ARTICLES
    return decision.hits if tells else ()


def _only(hits: tuple[Hit, ...], situation: Situation, language: str, effects: Collection[Effect]) -> tuple[Hit, ...]:
    """Those hits whose own category has one of these effects: nothing is quoted that may not be said."""
    return tuple(hit for hit in hits if ruling(situation, language, hit.passage.category).effect in effects)


def _narrowed(decision: Decision, kept: tuple[Hit, ...]) -> Decision:
    if kept == _shown(decision):
        return decision
    if decision.outcome is Outcome.CLARIFYING:
        # A question back needs all of its choices.
        return Decision(Outcome.HANDOVER_OFFERED, "not_sure", kept[:2])
    return replace(decision, hits=kept, names=())


def _drafted(request: TurnRequest, situation: Situation, language: str, rules: Ruling, decision: Decision) -> Released:
    shown = _shown(decision)
    category = shown[0].passage.category if shown else ""
    if decision.outcome is Outcome.ANSWERED:
        kept = _only(decision.hits, situation, language, (Effect.ANSWER, Effect.DRAFT))
        held = _held(request, situation, language, rules, category)
        return replace(held, draft=replace(decision, hits=kept))
    if decision.outcome is Outcome.CLARIFYING:
        return _held(request, situation, language, rules, category)
    without_titles = replace(decision, hits=()) if shown else decision
    return Released(without_titles, trace=_trace(situation, language, rules, category))


def _held(request: TurnRequest, situation: Situation, language: str, rules: Ruling, category: str = "") -> Released:
    waiting = request.state is ConversationState.WAITING
    outcome = Outcome.DECLINED if waiting else Outcome.HANDOVER_OFFERED
    return Released(Decision(outcome, HELD), trace=_trace(situation, language, rules, category))


def _trace(situation: Situation, language: str, rules: Ruling, category: str) -> dict[str, Any]:
    asked = {"channel": str(situation.channel), "locale": language, "category": category, "open": situation.is_open}
    return {"rollout": {**rules.as_dict(), **asked}}
