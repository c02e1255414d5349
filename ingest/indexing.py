"""From what articles say to what search finds: split, segment, embed, store, and let the indexes follow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assistant.articles.editing import make_public
from assistant.domain.articles import ArticleContent, ArticleKey, Passage
from assistant.domain.indexing import EMBED_MISSING, PassageTokens
from assistant.errors import ModelUnavailable
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.segment import tokens
from assistant.storage import articles as storage
from assistant.storage import embeddings, index, jobs, passages
from assistant.storage.database import Database, Session
from assistant.storage.passages import NewPassage
from assistant.storage.tables import Article
from ingest.split import split

EMBEDDED_AT_ONCE = 128
_SCANNED_AT_ONCE = 1_024

Breathe = Callable[[Mapping[str, int]], None]

log = logging.getLogger(__name__)


class Follower(Protocol):
    """The indexes, as whoever writes passages sees them."""

    def writer(self) -> Embedder:
        """The model whose vectors the indexes take in. Raises ``ModelUnavailable``."""

    def target(self) -> Embedder:
        """The model that the settings name. Raises ``ModelUnavailable``."""

    def catch_up(self) -> None:
        """Take in what SQL has and the indexes have not."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An article's passages, ready to be stored. ``revision`` is 0 for one that nobody may find."""

    revision: int
    passages: Sequence[NewPassage] = ()


@dataclass(slots=True)
class Work:
    """How far a job has come."""

    articles: int
    passages: int = 0
    embedded: int = 0
    texts: int = 0
    breathe: Breathe = field(default=lambda _progress: None)

    def tell(self, embedded: int = 0) -> None:
        """Let more urgent work go first, and say how far this has come."""
        self.breathe(self.as_dict() | {"embedded": self.embedded + embedded})

    def as_dict(self) -> dict[str, int]:
        """The numbers as JSON holds them."""
        return {
            "articles": self.articles,
            "passages": self.passages,
            "embedded": self.embedded,
            "texts": self.texts,
        }


class Indexer:
    """Makes passages and vectors agree with what articles publish. Every method may be repeated without harm."""

    def __init__(self, database: Database, follower: Follower) -> None:
        self._database = database
        self._follower = follower

    def articles(self, numbers: Sequence[int], breathe: Breathe = lambda _progress: None) -> Work:
        """Let search find these articles (by row number) as they are published, and no others of their passages.

        Revisions that wait to be published are, together with their passages. Without a working embedder the passages
        are found by keywords alone until it works again.
        """
        work = Work(len(numbers), breathe=breathe)
        left = list(numbers)
        while left:
            prepared = self._prepare(left)
            work.passages = sum(len(each.passages) for each in prepared.values())
            self._embed_of(prepared, work)
            left = self._store(prepared)
        self._follower.catch_up()
        return work

    def drafts(self, numbers: Sequence[int], breathe: Breathe = lambda _progress: None) -> Work:
        """Embed what the newest revisions of these articles say, so that publishing them is quick."""
        work = Work(len(numbers), breathe=breathe)
        with self._database.read() as session:
            found = [row for row in storage.by_numbers(session, numbers) if row.deleted_at is None]
            said = _said(session, found, {row.id: row.head for row in found})
        texts = {
            phrasing.digest: phrasing.text
            for row in found
            for passage in split(_key(row), said[row.id])
            for phrasing in passage.phrasings
        }
        self._embed(self._follower.writer(), texts, work)
        return work

    def missing(self, breathe: Breathe = lambda _progress: None) -> Work:
        """Embed every text that has no vector of the model that the settings name; the index hears of them."""
        embedder = self._follower.target()
        work = Work(0, breathe=breathe)
        with self._database.read() as session:
            work.texts = embeddings.count_missing(session, embedder.fingerprint)
        while True:
            with self._database.read() as session:
                texts = dict(embeddings.missing(session, embedder.fingerprint, _SCANNED_AT_ONCE))
            if not texts:
                return work
            self._embed(embedder, texts, work)
            with self._database.write() as session:
                index.record(session, passages.phrased(session, list(texts)))

    def _prepare(self, numbers: Sequence[int]) -> dict[int, Prepared]:
        with self._database.read() as session:
            found = storage.by_numbers(session, numbers)
            targets = {row.id: _target(row) for row in found}
            said = _said(session, found, targets)
        return {
            row.id: Prepared(targets[row.id], list(new_passages(_key(row), said[row.id])) if targets[row.id] else [])
            for row in found
        }

    def _embed_of(self, prepared: Mapping[int, Prepared], work: Work) -> None:
        texts = {
            phrasing.digest: phrasing.text
            for each in prepared.values()
            for new in each.passages
            for phrasing in new.passage.phrasings
        }
        work.texts = len(texts)
        if not texts:
            return
        try:
            writer = self._follower.writer()
            self._embed(writer, texts, work)
            complete = writer is self._follower.target()
        except ModelUnavailable as error:
            log.warning("passages are stored without vectors: %s", error.message)
            complete = False
        if not complete:
            with self._database.write() as session:
                jobs.enqueue(session, EMBED_MISSING, {}, lane=jobs.BULK, dedupe=EMBED_MISSING)

    def _embed(self, embedder: Embedder, texts: Mapping[str, str], work: Work) -> None:
        with self._database.read() as session:
            known = embeddings.known(session, embedder.fingerprint, list(texts))
        # Texts of like length together waste no work on padding.
        wanted = sorted(
            (text_hash for text_hash in texts if text_hash not in known), key=lambda each: -len(texts[each].encode())
        )
        for at in range(0, len(wanted), EMBEDDED_AT_ONCE):
            some = wanted[at : at + EMBEDDED_AT_ONCE]
            vectors = embedder.embed_passages([texts[text_hash] for text_hash in some], on_batch=work.tell)
            with self._database.write() as session:
                embeddings.store(session, embedder.fingerprint, some, vectors)
            work.embedded += len(some)

    def _store(self, prepared: Mapping[int, Prepared]) -> list[int]:
        """Store the passages, and give the articles that have changed meanwhile."""
        with self._database.write() as session:
            rows = storage.by_numbers(session, list(prepared), locked=True)
            current = [row for row in rows if _target(row) == prepared[row.id].revision]
            for row in current:
                if row.publishing is not None:
                    make_public(session, row, row.publishing)
            session.flush()
            ready = {row.id: (prepared[row.id].revision, prepared[row.id].passages) for row in current}
            passages.replace(session, ready)
        done = set(ready)
        return [row.id for row in rows if row.id not in done]


def _target(row: Article) -> int:
    """The revision that search should find, 0 for none."""
    return 0 if row.deleted_at is not None else row.publishing or row.published or 0


def _key(row: Article) -> ArticleKey:
    return ArticleKey(row.article_id, row.locale)


def _said(session: Session, rows: Iterable[Article], numbers: Mapping[int, int]) -> dict[int, ArticleContent]:
    found = storage.revisions_at(session, {row.id: numbers[row.id] for row in rows if numbers[row.id]})
    return {number: storage.content(revision) for number, revision in found.items()}


def new_passages(key: ArticleKey, content: ArticleContent) -> Iterable[NewPassage]:
    """The passages of an article in order, with the tokens that keyword search takes in."""
    title = _joined(content.title)
    alternates = _joined(" \n".join(content.alternates))
    for passage in split(key, content):
        yield NewPassage(passage, _tokens(passage, title, alternates if passage.position == 0 else ""))


def _tokens(passage: Passage, title: str, phrasings: str) -> PassageTokens:
    return PassageTokens(
        id=passage.id,
        body=_joined(passage.plain),
        heading=_joined(passage.heading),
        title=title,
        phrasings=phrasings,
    )


def _joined(text: str) -> str:
    return " ".join(tokens(text)) if text else ""
