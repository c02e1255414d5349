"""Turn a decision into words: the assistant's own sentences, quotes from passages, or checked sentences of a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from assistant.domain.answers import NAMES_ARTICLES, Answer, Choice, Hit, Outcome
from assistant.domain.conversations import ConversationState
from assistant.domain.guidance import Rule
from assistant.domain.locales import is_chinese
from assistant.flow.decide import Decision
from assistant.flow.extract import extract, title_of
from assistant.flow.material import material
from assistant.flow.question_back import question_back
from assistant.flow.request import Intent, Retrieved, TurnRequest, Understanding, Writer
from assistant.flow.understand import customers_language
from assistant.flow.voice import say
from assistant.flow.wording import in_articles_words, meanings
from assistant.flow.written import Draft

_TRACED_HITS = 12

_OWN_WORDS = {
    "not_found": "not_found",
    "not_sure": "not_sure",
    "unknown_code": "unknown_code",
    "unsolved": "unsolved_offer",
    "paused": "paused",
    "rollout": "rollout",
    "failed": "failed",
}


class Answering:
    """Words answers. ``writer`` gives the chat model of the moment, or nothing when answers are quotes only.

    ``guidance`` gives the editors' rules for what a model writes; quotes are never altered by them.
    """

    def __init__(
        self, writer: Callable[[], Writer | None], guidance: Callable[[], Sequence[Rule]] = lambda: ()
    ) -> None:
        self._writer = writer
        self._guidance = guidance

    def answer(
        self,
        request: TurnRequest,
        understanding: Understanding,
        retrieved: Retrieved | None,
        decision: Decision,
        emit: Callable[[str], None] | None,
    ) -> Answer:
        """The reply for a decision. For a handover the text is empty: whoever opens the ticket can name it."""
        trace = _trace(understanding, retrieved, decision)
        confidence = retrieved.confidence if retrieved else 1.0
        if decision.outcome is Outcome.ANSWERED:
            return self._answered(request, understanding, decision, confidence, emit, trace)
        if decision.outcome is Outcome.CLARIFYING:
            text, named = question_back(decision.hits, decision.names, understanding.language)
            choices = (*named, _to_a_person(understanding.language))
            return Answer(
                text, decision.outcome, confidence, understanding.language, (), choices, decision.reason, trace=trace
            )
        if decision.outcome is Outcome.HANDED_OVER:
            return Answer("", decision.outcome, confidence, understanding.language, reason=decision.reason, trace=trace)
        return _own_words(request, understanding, decision, confidence, trace)

    def _answered(
        self,
        request: TurnRequest,
        understanding: Understanding,
        decision: Decision,
        confidence: float,
        emit: Callable[[str], None] | None,
        trace: dict[str, Any],
    ) -> Answer:
        language, reason = understanding.language, decision.reason
        writer = self._writer()
        if writer is not None:
            hits = material(decision.hits)
            written = Draft(writer, request, understanding, hits, self._guidance(), trace).written(emit)
            if written is not None:
                return Answer(
                    written.text,
                    Outcome.ANSWERED,
                    confidence,
                    language,
                    written.citations,
                    (),
                    reason,
                    written_by=writer.name,
                    trace=trace,
                )
        read = (trace.get("spelled", {}), trace.get("meanings", {}), trace.get("without", ()))
        query = in_articles_words(understanding.query, *read)
        quoted = extract(query, language, decision.hits)
        return Answer(quoted.text, Outcome.ANSWERED, confidence, language, quoted.citations, (), reason, trace=trace)


def _own_words(
    request: TurnRequest, understanding: Understanding, decision: Decision, confidence: float, trace: dict[str, Any]
) -> Answer:
    language = understanding.language
    choices: tuple[Choice, ...] = ()
    if decision.outcome is Outcome.HANDOVER_OFFERED:
        # Titles to tap, never citations: nothing is quoted under “I don't know”.
        titles = _titles(decision.hits, language) if decision.reason in NAMES_ARTICLES else ()
        text = say(_offer(decision.reason, len(titles)), language, codes=_listed(decision.codes, language))
        choices = (*titles, _to_a_person(language))
    elif decision.reason == "preparing":
        waiting = request.state is ConversationState.WAITING
        text = say("preparing_waiting" if waiting else "preparing", language, percent=str(decision.prepared))
        choices = () if waiting else (_to_a_person(language),)
    elif decision.reason in ("not_found", "paused"):
        text = say("not_found_waiting", language)
    elif decision.reason == "rollout":
        text = say("rollout_waiting", language)
    elif decision.reason == Intent.REFERENCE:
        text = say("reference", language, reference=understanding.reference)
        choices = (_to_a_person(language),)
    else:
        text = say(decision.reason, language)
    return Answer(text, decision.outcome, confidence, language, (), choices, decision.reason, trace=trace)


def _titles(hits: Sequence[Hit], language: str) -> tuple[Choice, ...]:
    """The titles of the hits' articles, each with what it was taken from."""
    return tuple(
        Choice(title_of(hit.passage, language), passage=hit.passage.id, revision=hit.passage.revision) for hit in hits
    )


def _to_a_person(language: str) -> Choice:
    return Choice(say("talk_to_person", language), "handover")


def _offer(reason: str, titles: int) -> str:
    """The sentence that offers a person, fitting the number of articles named below it."""
    sentence = _OWN_WORDS.get(reason, "not_found")
    if reason not in NAMES_ARTICLES:
        return sentence
    return f"{sentence}_{('none', 'one')[titles] if titles < 2 else 'several'}"


def _listed(codes: Sequence[str], language: str) -> str:
    return ("、" if is_chinese(language) else ", ").join(codes)


def failed_answer(request: TurnRequest, why: str = "sources changed") -> Answer:
    """The honest reply when the flow itself broke: the message is kept, and a person is offered unless one is due."""
    language = customers_language(request)
    trace = {"failed": why, "query": request.text}
    if request.state is ConversationState.WAITING:
        return Answer(say("failed_waiting", language), Outcome.DECLINED, 0.0, language, reason="failed", trace=trace)
    choices = (_to_a_person(language),)
    return Answer(say("failed", language), Outcome.HANDOVER_OFFERED, 0.0, language, (), choices, "failed", trace=trace)


def _trace(understanding: Understanding, retrieved: Retrieved | None, decision: Decision) -> dict[str, Any]:
    trace: dict[str, Any] = {
        "intent": str(understanding.intent),
        "language": understanding.language,
        "query": understanding.query,
        "follow_up": understanding.follow_up,
        "before": list(understanding.before) if understanding.follow_up else [],
        "outcome": str(decision.outcome),
        "reason": str(decision.reason),
    }
    if retrieved is not None:
        trace |= {
            "confidence": round(retrieved.confidence, 4),
            "threshold": round(retrieved.threshold, 4),
            "features": {name: round(float(value), 4) for name, value in retrieved.features.items()},
            "weighed": {name: round(float(value), 4) for name, value in retrieved.weighed.items()},
            "degraded": retrieved.degraded,
            "spelled": dict(retrieved.spelled),
            "meanings": meanings(understanding.query, retrieved),
            "without": list(retrieved.without),
            "part": retrieved.part,
            "search": {name: round(seconds, 5) for name, seconds in retrieved.timings.items()},
            "candidates": _candidates(retrieved),
        }
    return trace


def _candidates(retrieved: Retrieved) -> list[dict[str, Any]]:
    """The best of all that was found; what was found only together with the questions before says so."""
    alone = {hit.passage.id for hit in retrieved.hits}
    return [
        _traced(hit) if hit.passage.id in alone else _traced(hit) | {"together": True}
        for hit in retrieved.tried[:_TRACED_HITS]
    ]


def _traced(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    return {
        "passage": passage.id,
        "article": passage.article,
        "locale": passage.locale,
        "revision": passage.revision,
        "title": passage.title,
        "heading": passage.heading,
        "score": round(hit.score, 4),
        "dense": round(hit.dense, 4),
        "keyword": round(hit.keyword, 4),
        "why": {name: round(float(value), 4) for name, value in hit.why.items()},
    }
