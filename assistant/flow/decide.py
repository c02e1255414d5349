"""Decide what to do with a message: answer, ask back, decline, offer a person, or hand over."""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.domain.answers import Hit, Outcome, Utterance
from assistant.domain.conversations import ConversationState
from assistant.flow.alternatives import Alternative, about_the_topic, best_of_each_article, named, parallel, picked
from assistant.flow.codes import alike, missing_codes
from assistant.flow.relevance import is_about
from assistant.flow.request import SMALL_TALK, STRAIGHT_TO_A_PERSON, Intent, Retrieved, TurnRequest, Understanding
from assistant.flow.unnamed import points_at_nothing
from assistant.knowledge.spelling import put_right

_OPEN = (Outcome.HANDOVER_OFFERED, Outcome.CLARIFYING)
# A question is worth asking back about when two articles are this close in score and the best is nearly sure enough.
_CLOSE = 0.25
_SHORT_WORDS, _SHORT_HAN = 4, 6
_IN_VAIN = frozenset({"not_found", "not_sure", "unknown_code", "ambiguous", "unnamed"})


@dataclass(frozen=True, slots=True)
class Decision:
    """An outcome, why, and the hits to answer from or to choose between.

    ``codes`` are the models and codes of the question that nothing found is about; ``prepared`` is how many percent of
    the articles could be found; ``names`` tell the hits to choose between apart, one each.
    """

    outcome: Outcome
    reason: str
    hits: tuple[Hit, ...] = ()
    codes: tuple[str, ...] = ()
    prepared: int = 100
    names: tuple[str, ...] = ()


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


def _nearly_as_good(hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """The best hit of each article that is nearly as good as the first."""
    ranked = best_of_each_article(hits)
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
    chosen = picked(request.text, retrieved.hits) if _asked_back(request) else ()
    retrieved = replace(retrieved, hits=chosen or retrieved.hits)
    codes = missing_codes(understanding.query, retrieved.hits, retrieved.heard_of)
    # Who names one of the articles found when asked back has said what it is about.
    sure = retrieved.confidence >= retrieved.threshold or (bool(chosen) and retrieved.is_nearly_sure)
    found = _found(request, understanding, retrieved, sure) if retrieved.hits and not codes else None
    return found or _open(request, understanding, retrieved, codes)


def _open(request: TurnRequest, understanding: Understanding, retrieved: Retrieved, codes: tuple[str, ...]) -> Decision:
    """What to do with a question that stays open."""
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


def _found(request: TurnRequest, understanding: Understanding, retrieved: Retrieved, sure: bool) -> Decision | None:
    """Ask which of several like things a question is about, if it leaves that open, or answer it if that is sure."""
    if _may_ask_back(request, understanding):
        said = "\n".join(utterance.text for utterance in request.history)
        query = put_right(understanding.query, retrieved.spelled)
        if between := parallel(query, said, retrieved.hits, sure=sure):
            return _ask_between(between)
        if not retrieved.is_clearly_sure and _is_unnamed(request, understanding):
            return Decision(Outcome.CLARIFYING, "unnamed")
    return Decision(Outcome.ANSWERED, "sure", retrieved.hits) if sure else None


def _is_unnamed(request: TurnRequest, understanding: Understanding) -> bool:
    """Whether the message points to something that nobody has named."""
    earlier = [utterance.text for utterance in request.history]
    return not understanding.reference and points_at_nothing(request.text, earlier)


def _asked_back(request: TurnRequest) -> bool:
    last = _last_assistant(request.history)
    return last is not None and last.outcome is Outcome.CLARIFYING


def _may_ask_back(request: TurnRequest, understanding: Understanding) -> bool:
    """Once, in a conversation that nobody else is to take over, and not after an answer that did not help."""
    waiting = request.state is ConversationState.WAITING
    return understanding.intent is Intent.QUESTION and not waiting and not _asked_back(request)


def _ask_between(alternatives: tuple[Alternative, ...]) -> Decision:
    hits, names = zip(*((one.hit, one.name) for one in alternatives), strict=True)
    return Decision(Outcome.CLARIFYING, "ambiguous", hits, names=names)


def _near(retrieved: Retrieved, codes: tuple[str, ...]) -> tuple[Hit, ...]:
    """The best hits of up to two articles, those about its like first, if they come near enough to be worth naming."""
    if not retrieved.is_nearly_sure:
        return ()
    best = best_of_each_article(retrieved.hits)[:4]
    return tuple(alike(codes, best) or _nearly_as_good(retrieved.hits))[:2]


def _unsure(request: TurnRequest, understanding: Understanding, retrieved: Retrieved) -> Decision:
    """Ask back once what or which is meant, name near articles, or say that nothing was found; a person each time."""
    may_ask = _may_ask_back(request, understanding)
    if may_ask and _is_unnamed(request, understanding):
        return Decision(Outcome.CLARIFYING, "unnamed")
    if not (retrieved.is_nearly_sure and retrieved.hits):
        return Decision(Outcome.HANDOVER_OFFERED, "not_found", retrieved.hits)
    choices = _nearly_as_good(retrieved.hits)
    if may_ask and (between := _between(understanding, retrieved, choices)):
        return _ask_between(between)
    return Decision(Outcome.HANDOVER_OFFERED, "not_sure", _worth_naming(understanding, retrieved, choices))


def _worth_naming(understanding: Understanding, retrieved: Retrieved, near: tuple[Hit, ...]) -> tuple[Hit, ...]:
    """Two articles at most, one of either reading where the message may go with the questions before it."""
    other = retrieved.together
    if other is not None and other.is_nearly_sure:
        best = other.hits[:1]
        if is_about(understanding.query, understanding.language, best, other.spelled):
            return tuple(best_of_each_article((near[0], *best, *near[1:])))[:2]
    return near[:2]


def _between(understanding: Understanding, retrieved: Retrieved, choices: tuple[Hit, ...]) -> tuple[Alternative, ...]:
    """Of a short message or a mere topic, the articles that it may be about; empty unless there are two to four."""
    short = _is_short(understanding.query) and not understanding.before
    query = put_right(understanding.query, retrieved.spelled)
    hits = choices if short and len(choices) > 1 else about_the_topic(query, retrieved.hits)
    return named(hits) if 2 <= len(hits) <= 4 else ()


def _is_short(query: str) -> bool:
    han = sum("\u3400" <= character <= "\u9fff" for character in query)
    return han <= _SHORT_HAN if han else len(query.split()) <= _SHORT_WORDS and len(query) <= 40
