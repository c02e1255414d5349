"""A small knowledge base with all of its real parts: database, jobs, embedder, Chroma and tantivy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from assistant.articles import Articles
from assistant.articles.views import ArticleView
from assistant.calibrations import Calibrations
from assistant.domain.answers import LivePassage
from assistant.domain.articles import ArticleContent, ArticleKey, Audience
from assistant.domain.indexing import EMBED_MISSING, REINDEX, passage_of
from assistant.domain.people import SYSTEM
from assistant.errors import ModelUnavailable
from assistant.flow.retrieve import KnowledgeRetriever
from assistant.knowledge.chroma import ChromaVectors
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.index import KnowledgeIndex
from assistant.knowledge.models import Models
from assistant.knowledge.segment import tokens
from assistant.storage import jobs, passages
from assistant.storage.database import Database
from assistant.storage.index_log import IndexLog
from assistant.worker import JobContext, Worker
from ingest.indexing import Indexer
from ingest.parsed import Reading
from ingest.pipeline import Report, Request, run_import


@dataclass
class Kb:
    """Everything between an article and its being found, over one database and one index folder."""

    database: Database
    folder: Path
    models: dict[str, Embedder]
    wanted: str = "bundled"
    needs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.articles = Articles(self.database)
        self.vectors = ChromaVectors(self.folder / "vectors")
        source = IndexLog(self.database, self.folder)
        self.index = KnowledgeIndex(
            self.folder, source, Models(self.wanted, self._load), self.vectors, self.needs.append
        )
        self.indexer = Indexer(self.database, self.index)
        self.worker = Worker(
            self.database,
            {
                "index.article": self._index,
                "index.bulk": self._index,
                "embed.draft": lambda context, payload: self.indexer.drafts(payload["articles"]).as_dict(),
                EMBED_MISSING: lambda context, payload: self._missing(),
                REINDEX: lambda context, payload: self.index.rebuild(),
            },
        )

    def _load(self, name: str) -> Embedder:
        if name not in self.models:
            raise ModelUnavailable(f"There is no model {name} here.")
        return self.models[name]

    def _index(self, context: JobContext, payload: Mapping[str, Sequence[int]]) -> dict[str, int]:
        return self.indexer.articles(payload["articles"], context.breathe).as_dict()

    def _missing(self) -> None:
        self.indexer.missing()
        self.index.finish_model_change()

    def open(self) -> None:
        self.index.open()
        self.index.open_dense()

    def close(self) -> None:
        self.index.close()
        self.vectors.close()

    def drain(self) -> int:
        """Run all jobs."""
        done = self.worker.drain()
        with self.database.read() as session:
            assert jobs.unfinished(session, ["index.article", "index.bulk", "embed.draft", EMBED_MISSING]) == []
            assert jobs.failed(session, 5) == []
        return done

    def retriever(self) -> KnowledgeRetriever:
        """Searches it as the flow does, by its own calibration."""
        calibrations = Calibrations(self.database, IndexLog(self.database), self.index.writer)
        return KnowledgeRetriever(self.database, self.index, calibrations.current)

    def publish(self, article_id: str, body: str, title: str = "", locale: str = "en", **fields: object) -> ArticleView:
        """Write and publish an article; its jobs are only queued."""
        key = ArticleKey(article_id, locale)
        content = ArticleContent(title or article_id.title(), body, **fields)  # type: ignore[arg-type]
        try:
            before = self.articles.reading.get(article_id, locale)
            saved = self.articles.editing.save(key, content, before.revision, SYSTEM)
        except Exception:  # noqa: BLE001 - there is none yet
            saved = self.articles.editing.create(key, content, SYSTEM)
        return self.articles.editing.publish(key, saved.revision, SYSTEM)

    def drain_drafts_of(self, article_id: str, body: str) -> None:
        """Write a draft and embed it, whatever else is queued."""
        key = ArticleKey(article_id, "en")
        self.articles.editing.create(key, ArticleContent(article_id.title(), body), SYSTEM)
        self.worker.drain((3, 5))

    def ingest(self, path: Path, *, source: str = "", draft: bool = False, prune: bool = False) -> Report:
        """Import a path; its jobs are only queued."""
        return run_import(self.articles.imports, Request([path], source, draft, prune, SYSTEM), Reading())

    def live(self, ids: Sequence[str], audiences: Sequence[Audience] = (Audience.PUBLIC,)) -> Mapping[str, LivePassage]:
        with self.database.read() as session:
            return passages.live(session, list(ids), audiences)

    def dense(self, query: str, k: int = 10) -> list[LivePassage]:
        """Live passages found by vector, best first."""
        serving = self.index.serving
        assert serving is not None
        vector = serving.embedder.embed_query(query)
        found = self.index.dense(vector, k, serving.embedder.fingerprint)
        ids = list(dict.fromkeys(passage_of(vector_id) for vector_id, _ in found))
        live = self.live(ids)
        return [live[passage_id] for passage_id in ids if passage_id in live]

    def keyword(self, query: str, k: int = 10) -> list[LivePassage]:
        """Live passages found by keywords, best first."""
        ids = [passage_id for passage_id, _ in self.index.keyword(tokens(query), k)]
        live = self.live(ids)
        return [live[passage_id] for passage_id in ids if passage_id in live]


@contextmanager
def opened(database: Database, folder: Path, embedder: Embedder, **more: Embedder) -> Iterator[Kb]:
    """A knowledge base whose indexes are open."""
    kb = Kb(database, folder, {"bundled": embedder, **more})
    kb.open()
    try:
        yield kb
    finally:
        kb.close()


@contextmanager
def lasting(folder: Path, migrated: Path, embedder: Embedder) -> Iterator[Kb]:
    """An empty knowledge base for all tests of a module: its database is a copy of a migrated one."""
    (folder / "askdesk.db").write_bytes(migrated.read_bytes())
    database = Database(f"sqlite:///{folder / 'askdesk.db'}")
    with opened(database, folder / "index", embedder) as kb:
        yield kb
    database.close()
