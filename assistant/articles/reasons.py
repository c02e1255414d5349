"""Why an article answers a question or does not: the search is made again, and tells how the article fares in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assistant.articles.journeys import Asked, Journey, Place, Step
from assistant.domain.answers import Answer, LivePassage, Outcome
from assistant.domain.articles import ArticleKey, Audience
from assistant.domain.conversations import MessageRole
from assistant.errors import NotFound
from assistant.flow.answer import Answering
from assistant.flow.decide import Decision, decide
from assistant.flow.graph import Flow
from assistant.flow.request import SMALL_TALK, STRAIGHT_TO_A_PERSON, Intent, Retrieved, TurnRequest, Understanding
from assistant.flow.retrieve import KnowledgeRetriever
from assistant.knowledge.stages import Watch
from assistant.storage import articles as storage
from assistant.storage import audit, conversations, desk, passages
from assistant.storage.database import Database
from assistant.storage.presentation import staff_message
from assistant.storage.traces import unpacked
from assistant.wording import Worded

__all__ = ["Asked", "Place", "Reasons", "Record", "Step", "WhyNot"]

_UNSEARCHED = SMALL_TALK | STRAIGHT_TO_A_PERSON
_CHANGES_WHAT_IS_READ = ("article.published", "article.unpublished", "article.deleted", "article.restored")


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What became of an article when the question was asked again just now.

    ``lost`` names the first stage that lost it (one of the steps', or "candidates" where neither search found it);
    empty, the answer quotes it. ``best`` is its best passage, ``winner`` the passage that ends up first.
    """

    key: ArticleKey
    title: str
    lost: str
    steps: tuple[Step, ...]
    outcome: str
    confidence: float
    threshold: float
    best: Place | None = None
    winner: Place | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A stored answer: the question it replied to, the answer as the desk shows it, and how it came about."""

    question: str
    message: Mapping[str, Any]
    trace: Mapping[str, Any]
    at: datetime
    ticket: int | None

    @property
    def asked(self) -> Asked:
        """The question as it was searched for; as it was written where nothing was."""
        trace = self.trace
        return Asked(
            str(trace.get("query") or self.question),
            str(trace.get("language") or "en"),
            frozenset(trace.get("audiences") or ("public",)),
            str(trace.get("intent") or Intent.QUESTION),
            self.at,
            tuple(trace.get("before") or ()),
            bool(trace.get("follow_up")),
        )


class Reasons:
    """Asks again, stores nothing, and says why. ``error_budget`` is the one in force."""

    def __init__(self, database: Database, retriever: KnowledgeRetriever, error_budget: Callable[[], float]) -> None:
        self._database = database
        self._retriever = retriever
        self._error_budget = error_budget

    def record(self, message_id: str) -> Record:
        """A stored answer, by its own message or by the customer's that it replied to, with how it came about.

        Raises:
            NotFound: there is no such answer, or its trace is no longer kept.
        """
        with self._database.read() as session:
            message = desk.staff_message(session, message_id)
            if message is not None and message.role == MessageRole.CUSTOMER:
                message = conversations.reply_covering(session, message.conversation_id, message.seq)
            data = desk.trace(session, message.id) if message is not None else None
            if message is None or data is None:
                raise NotFound("There is no trace of this message. Traces are kept for a limited time.")
            question = conversations.question_answered_by(session, message)
            return Record(
                question.text if question else "",
                staff_message(message),
                unpacked(data),
                message.created_at,
                desk.ticket_of(session, message.conversation_id),
            )

    def ask(self, question: str, locale: str, audiences: frozenset[str] = frozenset({"public"})) -> Answer:
        """What the assistant would answer now, quoted, with its trace."""
        flow = Flow(self._retriever, Answering(lambda: None))
        return flow.run(TurnRequest(question, locale, audiences=audiences, error_budget=self._error_budget()))

    def why_not(self, asked: Asked, key: ArticleKey) -> WhyNot:
        """How an article fares at each stage of answering a question, and the first stage that loses it.

        Raises:
            NotFound: there has never been such an article.
        """
        title, visible, own = self._article(asked, key)
        watch = Watch(tuple(own))
        retrieved = self._retriever.retrieve(
            asked.alone,
            before=asked.before,
            parts=asked.parts,
            language=asked.language,
            audiences=asked.audiences,
            error_budget=self._error_budget(),
            watch=watch,
        )
        decision = self._decided(asked, retrieved)
        journey = Journey(asked, own, watch.stages, watch.words, retrieved, decision)
        steps = (_understood(asked), visible, *journey.steps())
        best = journey.best()
        return WhyNot(
            key,
            title,
            journey.lost(steps),
            steps,
            str(decision.outcome),
            retrieved.confidence,
            retrieved.threshold,
            Place.of(best) if best else None,
            Place.of(retrieved.hits[0].passage) if retrieved.hits else None,
        )

    def _decided(self, asked: Asked, retrieved: Retrieved) -> Decision:
        request = TurnRequest(asked.query, asked.language, audiences=asked.audiences)
        understanding = Understanding(Intent.QUESTION, asked.language, asked.query)
        decision = decide(request, understanding, retrieved)
        return decision or Decision(Outcome.HANDOVER_OFFERED, "not_found")

    def _article(self, asked: Asked, key: ArticleKey) -> tuple[str, Step, dict[str, LivePassage]]:
        """The article's title, whether whoever asks may see it, and its passages that somebody may see."""
        with self._database.read() as session:
            article = storage.by_key(session, key)
            if article is None:
                raise NotFound(Worded("There is no article “%(id)s” (%(locale)s).", id=key.id, locale=key.locale))
            own = {one.id: one for one in passages.live_of_article(session, key.id, key.locale, tuple(Audience))}
            status = _status(article.deleted_at is not None, article.published is not None, bool(own))
            if status == "live" and article.audience not in asked.audiences:
                status = "audience"
            since = asked.at is not None and (
                storage.published_text_since(session, article, asked.at)
                or audit.happened(session, f"article:{key.id}:{key.locale}", _CHANGES_WHAT_IS_READ, asked.at)
            )
            facts = {"status": status, "audience": article.audience, "changed_since": since}
            return article.title, Step("visible", status == "live", facts=facts), own


def _status(deleted: bool, published: bool, has_passages: bool) -> str:
    if deleted:
        return "deleted"
    if not published:
        return "draft"
    return "live" if has_passages else "preparing"


def _understood(asked: Asked) -> Step:
    return Step("understood", asked.intent not in _UNSEARCHED, facts={"intent": str(asked.intent)})
