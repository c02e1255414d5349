"""What publishing a draft would change: questions asked of the knowledge base as it is, and as it would be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from assistant.domain.answers import Answer, LivePassage, Outcome
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.guidance import Rule
from assistant.domain.indexing import vector_id
from assistant.errors import ModelUnavailable
from assistant.flow.graph import Flow
from assistant.flow.rehearsal import RehearsalRetriever, Remembered, rehearsing
from assistant.flow.request import TurnRequest, Writer
from assistant.knowledge.calibration import Calibration
from assistant.knowledge.drafts import DraftIndexes, DraftTexts
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.index import KnowledgeIndex
from assistant.knowledge.keywords import KeywordDocument
from assistant.storage import embeddings, passages
from assistant.storage.database import Database
from assistant.storage.passages import NewPassage

DRAFT_PREFIX = "draft-"
MOST_QUESTIONS = 20


class Change(StrEnum):
    """What becomes of a question, in the order in which editors should look."""

    LOST = "lost"
    OTHER_ARTICLE = "other_article"
    GAINED = "gained"
    NEW_TEXT = "new_text"
    SAME = "same"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as someone writes it, split into passages. A deleted or unpublished one has none."""

    key: ArticleKey
    content: ArticleContent
    passages: Sequence[NewPassage] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """A question, the answer to it now and with the draft published."""

    question: str
    before: Answer
    after: Answer
    change: Change = field(default=Change.SAME)


class Rehearsals:
    """Asks questions of a draft. Nothing is stored, and no index changes."""

    def __init__(
        self,
        database: Database,
        index: KnowledgeIndex,
        calibration: Callable[[], Calibration],
        error_budget: Callable[[], float],
        writer: Callable[[], Writer | None],
        guidance: Callable[[], Sequence[Rule]] = lambda: (),
    ) -> None:
        self._database = database
        self._index = index
        self._calibration = calibration
        self._error_budget = error_budget
        self._writer = writer
        self._guidance = guidance

    def ask(self, draft: Draft, question: str, locale: str) -> Effect:
        """The assistant's answer as things stand and if the draft were published, worded as customers would get it."""
        remembered: Remembered = {}
        rules = self._guidance()
        now = rehearsing(self._as_published(remembered), self._writer, rules)
        then = rehearsing(self._with_draft(draft, remembered), self._writer, rules)
        return self._effect(draft, question, locale, now, then)

    def effects(self, draft: Draft, questions: Sequence[str], locale: str) -> list[Effect]:
        """For up to 20 questions, the answer now and with the draft, those to look at first in front.

        The answers are quotes even where a chat model is configured: what matters is what they rest on.
        """
        remembered: Remembered = {}
        now = rehearsing(self._as_published(remembered))
        then = rehearsing(self._with_draft(draft, remembered))
        asked = list(dict.fromkeys(question.strip() for question in questions if question.strip()))[:MOST_QUESTIONS]
        found = [self._effect(draft, question, locale, now, then) for question in asked]
        order = list(Change)
        return sorted(found, key=lambda effect: order.index(effect.change))

    def _effect(self, draft: Draft, question: str, locale: str, now: Flow, then: Flow) -> Effect:
        request = self._request(draft, question, locale)
        before, after = now.run(request), then.run(request)
        return Effect(question, before, after, change_of(before, after))

    def _request(self, draft: Draft, question: str, locale: str) -> TurnRequest:
        audiences = frozenset({"public", str(draft.content.audience)})
        return TurnRequest(question, locale=locale, audiences=audiences, error_budget=self._error_budget())

    def _as_published(self, remembered: Remembered) -> RehearsalRetriever:
        return RehearsalRetriever(self._database, self._index, self._calibration, remembered)

    def _with_draft(self, draft: Draft, remembered: Remembered) -> RehearsalRetriever:
        live = [_live(draft, new) for new in draft.passages]
        indexes = DraftIndexes(self._index, self._texts(draft))
        return RehearsalRetriever(self._database, indexes, self._calibration, remembered, draft.key, live)

    def _texts(self, draft: Draft) -> DraftTexts:
        ids: list[str] = []
        hashes: dict[str, str] = {}
        wanted: list[str] = []
        for new in draft.passages:
            for phrasing in new.passage.phrasings:
                ids.append(vector_id(DRAFT_PREFIX + new.passage.id, phrasing.number))
                wanted.append(phrasing.digest)
                hashes[phrasing.digest] = phrasing.text
        with self._database.read() as session:
            lengths = passages.mean_lengths(session)
        vectors = self._vectors(hashes)
        if not vectors:
            ids, wanted = [], []
        matrix = np.stack([vectors[digest] for digest in wanted]) if wanted else np.empty((0, 0), np.float32)
        return DraftTexts([_document(new) for new in draft.passages], ids, matrix, lengths)

    def _vectors(self, texts: Mapping[str, str]) -> dict[str, NDArray[np.float32]]:
        """The vector of each text by hash: those kept since the draft was saved, the others made now and not kept."""
        serving = self._index.serving
        if serving is None or not texts:
            return {}
        embedder: Embedder = serving.embedder
        with self._database.read() as session:
            known = embeddings.by_hash(session, embedder.fingerprint, list(texts))
        missing = [digest for digest in texts if digest not in known]
        try:
            made = embedder.embed_passages([texts[digest] for digest in missing])
        except ModelUnavailable:
            return {}
        return {**known, **dict(zip(missing, made, strict=True))}


def change_of(before: Answer, after: Answer) -> Change:
    """What becomes of a question between two answers to it."""
    was, will = before.outcome is Outcome.ANSWERED, after.outcome is Outcome.ANSWERED
    if not (was and will):
        return {(True, False): Change.LOST, (False, True): Change.GAINED}.get((was, will), Change.UNANSWERED)
    if _article(before) != _article(after):
        return Change.OTHER_ARTICLE
    return Change.SAME if before.text == after.text else Change.NEW_TEXT


def _article(answer: Answer) -> str:
    return answer.citations[0].article if answer.citations else ""


def _document(new: NewPassage) -> KeywordDocument:
    tokens = new.tokens
    return KeywordDocument(DRAFT_PREFIX + tokens.id, tokens.body, tokens.heading, tokens.title, tokens.phrasings)


def _live(draft: Draft, new: NewPassage) -> LivePassage:
    passage, tokens = new.passage, new.tokens
    return LivePassage(
        id=DRAFT_PREFIX + passage.id,
        article=draft.key.id,
        locale=draft.key.locale,
        revision=0,
        title=passage.title,
        heading=passage.heading,
        anchor=passage.anchor,
        kind=str(passage.kind),
        position=passage.position,
        text=passage.text,
        category=draft.content.category,
        audience=str(draft.content.audience),
        tokens="\n".join((tokens.body, tokens.heading, tokens.title, tokens.phrasings)),
    )
