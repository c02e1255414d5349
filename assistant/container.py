"""The composition root: settings in, wired use cases out.

Each part is made when it is first asked for, with its imports: a command that only lists people loads no search engine
and no model.
"""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.accounts import Accounts
from assistant.domain.indexing import CALIBRATE
from assistant.errors import ModelUnavailable, SettingsError, StorageUnavailable
from assistant.installation import Installation
from assistant.metrics import Metrics
from assistant.settings import Settings, silence_tracing
from assistant.storage import migrate
from assistant.storage.database import Database
from assistant.wording import Worded

if TYPE_CHECKING:
    from assistant.articles import Articles
    from assistant.articles.reasons import Reasons
    from assistant.articles.rehearsals import Rehearsals
    from assistant.calibrations import Calibrations
    from assistant.channels.live import Live
    from assistant.conversations import Handovers, Openings, Opinions, Readings, Rollouts, Turns
    from assistant.desk import Desk
    from assistant.desk.groups import Groups
    from assistant.domain.answers import Hit
    from assistant.domain.indexing import Preparation
    from assistant.flow.graph import Flow
    from assistant.flow.request import Retrieved, TurnRequest, Writer
    from assistant.flow.retrieve import KnowledgeRetriever
    from assistant.gaps import Gaps
    from assistant.guidance import Guidance
    from assistant.guidance.previews import Previews
    from assistant.insights import Insights
    from assistant.knowledge.chroma import ChromaVectors
    from assistant.knowledge.embedder import Embedder
    from assistant.knowledge.index import KnowledgeIndex
    from assistant.knowledge.models import Models
    from assistant.knowledge.reader import Reader
    from assistant.overview import Overview
    from assistant.retention import Retention
    from assistant.samples import Samples
    from assistant.storage.lock import DataDirLock
    from assistant.storage.tables import Blob
    from assistant.throttle import Throttle
    from assistant.trials import Trials
    from assistant.upkeep import Check
    from assistant.worker import Worker

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether customers can be answered, and the state of each part in a word or two."""

    ready: bool
    parts: dict[str, str]


class Container:
    """Everything that an outer ring speaks to, over one migrated database."""

    demo = False

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.accounts = Accounts(database)
        self.installation = Installation(database, settings)
        self.metrics = Metrics()
        self._closing = ExitStack()
        self._suggested: dict[str, tuple[float, list[str]]] = {}

    @cached_property
    def live(self) -> Live:
        """Wake-up calls for open pages."""
        from assistant.channels.live import Live

        return Live()

    @cached_property
    def articles(self) -> Articles:
        """Articles: editing, reading, imports, help centre."""
        from assistant.articles import Articles

        return Articles(self.database, lambda: self.worker.wake())

    @cached_property
    def models(self) -> Models:
        """The embedders of this process."""
        from assistant.knowledge.embedder import load_embedder
        from assistant.knowledge.models import Models

        def load(name: str) -> Embedder:
            return load_embedder(name, self.settings.models_dir, dtype=self.settings.embedder_dtype)

        return Models(self.settings.embedder, load)

    def reader_of(self, embedder: Embedder) -> Reader | None:
        """What reads passages with the question beside this embedder, as the settings name it.

        Raises:
            ModelUnavailable: it cannot be loaded.
        """
        from assistant.knowledge.reader import load_reader

        return load_reader(self.settings.reranker, embedder, self.settings.models_dir)

    @cached_property
    def knowledge(self) -> KnowledgeIndex:
        """Both indexes of this process; closed with the container."""
        from assistant.knowledge.index import KnowledgeIndex
        from assistant.storage.index_log import IndexLog

        settings = self.settings
        self.configure_words()
        source = IndexLog(self.database, None if settings.chroma_url else settings.index_dir)
        index = KnowledgeIndex(
            settings.index_dir, source, self.models, self._vectors, self._index_needs, self.reader_of
        )
        self._closing.callback(index.close)
        return index

    def configure_words(self) -> None:
        """Tell what cuts and what translates words where their files are kept; to be called before any index opens."""
        from assistant.knowledge import dictionary, segment

        segment.configure(self.settings.data_dir / "cache")
        dictionary.configure(self.settings.models_dir)

    @cached_property
    def _vectors(self) -> ChromaVectors:
        from assistant.knowledge.chroma import ChromaVectors

        url = self.settings.chroma_url
        vectors = ChromaVectors(None if url else self.settings.index_dir / "vectors", url or None)
        self._closing.callback(vectors.close)
        return vectors

    @cached_property
    def calibrations(self) -> Calibrations:
        """How sure is sure enough for this knowledge base."""
        from assistant.calibrations import Calibrations
        from assistant.knowledge.reader import decides
        from assistant.storage.index_log import IndexLog

        return Calibrations(
            self.database,
            IndexLog(self.database),
            self.knowledge.writer,
            lambda breathe: self.trials.teaching.samples(breathe),
            self.knowledge.open_reader,
            reads=decides(self.settings.reranker, self.settings.embedder),
        )

    @cached_property
    def retriever(self) -> KnowledgeRetriever:
        """Search as the conversation flow uses it."""
        from assistant.flow.retrieve import KnowledgeRetriever

        return KnowledgeRetriever(self.database, self.knowledge, self.calibrations.current)

    @cached_property
    def flow(self) -> Flow:
        """The conversation flow."""
        from assistant.flow.answer import Answering
        from assistant.flow.graph import Flow

        return Flow(self.retriever, Answering(self._writer, self.guidance.in_force), self.preparation)

    @cached_property
    def rehearsals(self) -> Rehearsals:
        """What publishing a draft would change."""
        from assistant.articles.rehearsals import Rehearsals

        def error_budget() -> float:
            return self.installation.current().assistant.error_budget

        return Rehearsals(
            self.database,
            self.knowledge,
            self.calibrations.current,
            error_budget,
            self._writer,
            self.guidance.in_force,
        )

    @cached_property
    def guidance(self) -> Guidance:
        """The editors' rules for what a model writes."""
        from assistant.guidance import Guidance

        return Guidance(self.database, self.installation.current)

    @cached_property
    def previews(self) -> Previews:
        """What other rules would make of answers."""
        from assistant.guidance.previews import Previews

        return Previews(self.database, self.knowledge, self.calibrations.current, self._question, self._writer)

    @cached_property
    def reasons(self) -> Reasons:
        """Why an article answers a question or does not."""
        from assistant.articles.reasons import Reasons

        return Reasons(self.database, self.retriever, lambda: self.installation.current().assistant.error_budget)

    @cached_property
    def trials(self) -> Trials:
        """Past questions, asked before going live and marked by people."""
        from assistant.trials import Trials

        def ready() -> KnowledgeIndex:
            self.knowledge.open()
            self.knowledge.open_dense()
            return self.knowledge

        calibrations = self.calibrations
        return Trials(
            self.database,
            ready,
            calibrations.current,
            self._question,
            calibrations.compared,
            lambda: self.worker.wake(),
        )

    @cached_property
    def openings(self) -> Openings:
        """Starting conversations."""
        from assistant.conversations import Openings

        return Openings(self.database, self.installation, self.settings.identity_secret)

    @cached_property
    def turns(self) -> Turns:
        """Customers' turns."""
        from assistant.conversations import Turns

        return Turns(self.database, self.flow, self.installation, self.live, self.metrics)

    @cached_property
    def rollouts(self) -> Rollouts:
        """Trying out where the assistant answers."""
        from assistant.conversations import Rollouts
        from assistant.flow.answer import Answering
        from assistant.flow.graph import Flow

        return Rollouts(Flow(self.retriever, Answering(lambda: None), self.preparation), self.installation)

    @cached_property
    def handovers(self) -> Handovers:
        """Asking for a person, and the customer's ticket page."""
        from assistant.conversations import Handovers

        return Handovers(self.database, self.installation, self.live)

    @cached_property
    def opinions(self) -> Opinions:
        """Feedback and ratings."""
        from assistant.conversations import Opinions

        return Opinions(self.database, self.live)

    @cached_property
    def readings(self) -> Readings:
        """Customers' transcripts and events."""
        from assistant.conversations import Readings

        return Readings(self.database, self.installation)

    @cached_property
    def desk(self) -> Desk:
        """Agents' work."""
        from assistant.desk import Desk

        return Desk(self.database, self.live, self.installation.current)

    @cached_property
    def groups(self) -> Groups:
        """Groups of the desk."""
        from assistant.desk.groups import Groups

        return Groups(self.database, self.installation)

    @cached_property
    def insights(self) -> Insights:
        """The page of numbers."""
        from assistant.insights import Insights

        return Insights(self.database, self.installation.current)

    @cached_property
    def gaps(self) -> Gaps:
        """Unresolved questions."""
        from assistant.gaps import Gaps

        return Gaps(self.database, self.knowledge.writer, self.retriever.asked)

    @cached_property
    def retention(self) -> Retention:
        """Erasing what has outlived its time."""
        from assistant.retention import Retention

        return Retention(self.database, self.installation.current)

    @cached_property
    def samples(self) -> Samples:
        """Sample conversations."""
        from assistant.samples import Samples

        return Samples(self.database, self.openings, self.turns, self.handovers, self.opinions, self.desk)

    @cached_property
    def overview(self) -> Overview:
        """What an admin sees first."""
        from assistant.overview import Overview

        return Overview(self.database, lambda: self.worker.wake())

    @cached_property
    def new_conversations(self) -> Throttle:
        """How often one address may start a conversation."""
        from assistant.throttle import Throttle

        return Throttle(60, 60.0, "Too many conversations were started from here. Wait a minute, then try again.")

    @cached_property
    def worker(self) -> Worker:
        """The job loop. Outer rings add their handlers before it runs."""
        from assistant.trials import TRIAL
        from assistant.worker import Periodic, Worker

        def plain(handle: Callable[[dict[str, Any]], object]) -> Callable[[Any, Mapping[str, Any]], None]:
            def run(_context: Any, payload: Mapping[str, Any]) -> None:
                handle(dict(payload))

            return run

        handlers: dict[str, Any] = {kind: plain(handle) for kind, handle in self.desk.handlers().items()}
        handlers["gap"] = plain(self.gaps.file_job)
        handlers[CALIBRATE] = self._calibrate
        handlers[TRIAL] = self.trials.asking.run
        periodics = [
            Periodic("abandoned turns", 5.0, self.turns.sweep),
            Periodic("promises", 20.0, self.desk.promises.sweep),
            Periodic("retention", 3_600.0, self.retention.sweep),
            Periodic("queue length", 15.0, self._measure_queue),
        ]
        return Worker(self.database, handlers, periodics, self._job_ended)

    def now(self) -> datetime:
        """This moment in UTC."""
        return datetime.now(UTC)

    def detect_locale(self, text: str, default: str = "en") -> str:
        """The locale that a text is written in."""
        from assistant.knowledge.scripts import detect_locale

        return detect_locale(text, default)

    def to_traditional(self, text: str) -> str:
        """Simplified Chinese in Traditional characters."""
        from assistant.knowledge.scripts import to_traditional

        return to_traditional(text)

    def find(self, query: str, locale: str, k: int = 10, audiences: Sequence[str] = ("public",)) -> Sequence[Hit]:
        """The ``k`` best live passages for a query, best first."""
        return self._searched(query, locale, k, audiences).hits

    def look_up(self, query: str, locale: str, k: int = 10) -> Sequence[Hit]:
        """The best live passages for what a reader typed, best first; none where nothing is related to it."""
        from assistant.flow.relevance import related

        budget = self.installation.current().assistant.error_budget
        return related(query, self._searched(query, locale, k, ("public",), budget))

    def _searched(
        self, query: str, locale: str, k: int, audiences: Sequence[str], error_budget: float = 1.0
    ) -> Retrieved:
        readers = frozenset(audiences)
        return self.retriever.retrieve(query, language=locale, audiences=readers, error_budget=error_budget, k=k)

    def suggestions(self, locale: str) -> list[str]:
        """Three questions worth asking: the titles of the articles most read. Kept for a minute."""
        import time

        at, kept = self._suggested.get(locale, (-60.0, []))
        if time.monotonic() - at > 60.0:
            kept = [self._in_script(article, locale) for article in self.articles.help.popular(locale, 3)]
            self._suggested[locale] = (time.monotonic(), kept)
        return kept

    def _in_script(self, article: Any, locale: str) -> str:
        title = str(article.title)
        return self.to_traditional(title) if locale == "zh-Hant" and article.locale == "zh-Hans" else title

    def blob(self, digest: str) -> Blob | None:
        """A stored file by the hash of its content."""
        from assistant.storage import blobs

        with self.database.read() as session:
            return blobs.get(session, digest)

    def keep_file(self, data: bytes, content_type: str) -> str:
        """The hash by which ``blob`` gives a file that is now stored."""
        from assistant.storage import blobs

        with self.database.write() as session:
            return blobs.put(session, data, content_type)

    def llm_test(self) -> str:
        """What the configured chat model says for itself. Raises ``ModelUnavailable`` with what is wrong."""
        from assistant.llm.providers import probe

        spec = self._llm_spec()
        if spec is None:
            raise ModelUnavailable("No model is set: answers are quoted from articles. Choose one above, then test it.")
        return probe(spec)

    def mail_test(self, to: str) -> str:
        """Send a test letter. Raises ``MailError`` with what is wrong."""
        from assistant.channels.mail import Letter, Postbox

        mail = self.installation.current().mail
        name = self.installation.current().look.name
        text = f"This is a test letter from {name}. Mail works."
        letter = Letter(to, f"Test letter from {name}", text, f"<p>{text}</p>")
        Postbox(mail.smtp_url.get_secret_value(), mail.sender).send(letter)
        return Worded("A letter to %(to)s was accepted by the mail server.", to=to)

    def _llm_spec(self) -> Any:
        from assistant.llm.spec import parse_spec

        llm = self.installation.current().llm
        return parse_spec(
            llm.spec,
            api_key=llm.api_key.get_secret_value(),
            base_url=llm.base_url,
            timeout=llm.timeout,
        )

    def _writer(self) -> Writer | None:
        """The chat model of the moment; the same object for as long as its settings stay."""
        settings = self.installation.current()
        if not settings.llm.spec:
            return None
        from assistant.llm.writer import ModelWriter
        from assistant.storage.token_budget import TokenBudget

        made_of = spec, budget = self._llm_spec(), settings.llm.daily_budget
        held = getattr(self, "_held_writer", None)
        if held is None or held[0] != made_of:
            tokens = TokenBudget(self.database, budget)
            held = (made_of, ModelWriter(spec, budget=tokens, tracing=self.settings.tracing))
            self._held_writer = held
        writer: Writer = held[1]
        return writer

    def _question(self, text: str, locale: str) -> TurnRequest:
        """A question as a customer's turn would put it, without a conversation."""
        from assistant.flow.request import TurnRequest

        settings = self.installation.current()
        budget, topics = settings.assistant.error_budget, settings.rollout.topics
        return TurnRequest(text, locale=locale, error_budget=budget, topics=topics)

    def _index_needs(self, what: str) -> None:
        from assistant.domain.indexing import EMBED_MISSING, REINDEX

        self._queue({"missing": EMBED_MISSING, "rebuild": REINDEX}[what])

    def _queue(self, kind: str) -> None:
        from assistant.storage import jobs

        with self.database.write() as session:
            jobs.enqueue(session, kind, {}, dedupe=kind)
        self.worker.wake()

    def _calibrate(self, context: Any, payload: Mapping[str, Any]) -> None:
        self.calibrations.refit(context, payload)
        # Calibrating follows whatever changes articles, and so their languages.
        self.warm_up_dictionary(context.breathe)

    def warm_up_dictionary(self, breathe: Callable[[], None] = lambda: None) -> None:
        """Make what translates questions, if some article is in English or Chinese alone."""
        from assistant.knowledge import dictionary
        from assistant.knowledge.languages import need_dictionary
        from assistant.storage.articles import untranslated

        with self.database.read() as session:
            missing = {language: untranslated(session, language).locales for language in ("en", "zh")}
        if need_dictionary(missing):
            dictionary.warm_up(breathe)

    def _measure_queue(self) -> None:
        from assistant.storage import jobs

        with self.database.read() as session:
            self.metrics.jobs_queued.set(jobs.counts(session).get("queued", 0))

    def _job_ended(self, kind: str, result: str) -> None:
        self.metrics.jobs.labels(kind, result).inc()

    @cached_property
    def lock(self) -> DataDirLock:
        """The lock on the data directory."""
        from assistant.storage.lock import DataDirLock

        return DataDirLock(self.settings.data_dir)

    @contextmanager
    def owning(self, doing: str, address: str = "") -> Iterator[None]:
        """This process alone writes indexes and runs jobs in the data directory until the block ends.

        Raises:
            DataDirLocked: another process owns the data directory; the message names it.
        """
        from assistant.storage import conversations, jobs

        owned = self.lock.held
        with self.lock.owned(doing, address):
            if self.database.is_sqlite and not owned:
                # Whoever ran these is gone, or the lock would not be ours.
                with self.database.write() as session:
                    jobs.release_all(session)
                    conversations.release_leases(session)
            yield

    @contextmanager
    def running(self) -> Iterator[None]:
        """What works in the background while the process serves: models load, jobs run. It ends with the block.

        Raises:
            DataDirLocked: another process owns the data directory; the message names it.
        """
        with self.owning("serve"):
            self.knowledge.open()
            self._warm_up()
            if self.calibrations.is_outdated():
                self._queue(CALIBRATE)
            loading = threading.Thread(target=self._load_models, name="models", daemon=True)
            loading.start()
            try:
                with self.worker.running():
                    yield
            finally:  # however the block ends: a process that ends while a model loads aborts
                loading.join()

    def _warm_up(self) -> None:
        """Make the parts of a turn now rather than within the first one."""
        from assistant.knowledge import segment

        segment.warm_up()
        self.to_traditional("预热")
        _ = self.turns, self.calibrations.current(), self.readings, self.opinions

    def _load_models(self) -> None:
        from assistant.knowledge import spelling

        self.knowledge.open_dense()
        serving = self.knowledge.serving
        if serving is not None:
            serving.embedder.embed_query("warm up")
            serving.embedder.count_tokens("warm up")
            self.retriever.warm_up(serving.embedder)
        spelling.warm_up()
        self.warm_up_dictionary()

    def preparation(self) -> Preparation | None:
        """How far the first indexing of imported articles has come; None when none is under way."""
        from assistant.storage.preparation import preparation

        with self.database.read() as session:
            return preparation(session)

    def readiness(self) -> Readiness:
        """Whether the installation can answer now: keywords suffice, dense search comes with the model.

        Articles that are still being prepared keep nobody from asking: what is there is answered, and what is not found
        meanwhile is not refused.
        """
        alive = self.database.ping()
        status = self.knowledge.status()
        parts = {
            "database": "ok" if alive else "does not answer",
            "keywords": "ok" if status.keywords else "opening",
            "dense": status.error or status.dense,
            "articles": self._articles_state() if alive else "unknown",
        }
        if status.reader_error:
            parts["reader"] = status.reader_error
        return Readiness(alive and status.keywords, parts)

    def _articles_state(self) -> str:
        preparing = self.preparation()
        return "ok" if preparing is None else f"being prepared: {preparing.percent} %"

    def examine(self) -> Iterator[Check]:
        """What a look at every part of the installation shows, one after the other; nothing is repaired."""
        from assistant.storage.index_log import IndexLog
        from assistant.upkeep import Doctor

        source = IndexLog(self.database, None if self.settings.chroma_url else self.settings.index_dir)
        doctor = Doctor(self.settings, self.database, source, self._vectors, self.knowledge.target, self.lock.holder())
        yield from doctor.examine()

    def backup(self, path: Path, tell: Callable[[int, int], None]) -> dict[str, int]:
        """How many rows of each table a new backup holds. Raises ``Conflict`` where the file exists."""
        from assistant.upkeep import backup

        return backup(self.database, path, tell)

    def close(self) -> None:
        """Release indexes and connections."""
        self._closing.close()
        self.database.close()


def _made_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise SettingsError(
            f"The data directory {folder} cannot be written: {error.strerror}. "
            "Make it writable, or name another with --data-dir."
        ) from error


@contextmanager
def open_container(settings: Settings) -> Iterator[Container]:
    """A wired container over a migrated database; closed when the block ends.

    Raises:
        SettingsError: the data directory cannot be written, or the database is newer than this version.
        StorageUnavailable: the disk is full, or the database does not answer.
    """
    silence_tracing(settings)
    _made_writable(settings.data_dir)
    database = Database(settings.sqlalchemy_url)
    container = Container(settings, database)
    try:
        _migrated(settings, database)
        yield container
    finally:
        container.close()


def _migrated(settings: Settings, database: Database) -> bool:
    try:
        return migrate.upgrade(database)
    except StorageUnavailable as error:
        where = f"The database in {settings.data_dir}" if database.is_sqlite else "The database"
        raise StorageUnavailable(f"{where} cannot be opened. {error.message}") from error


def restore_database(
    settings: Settings,
    path: Path,
    *,
    force: bool = False,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[str, int]:
    """How many rows of each table were restored from a backup.

    Raises:
        DataDirLocked: a server runs on the data directory.
        Conflict: the database holds something and ``force`` was not given.
        Invalid: the file is no backup, or it is damaged; nothing was changed.
    """
    from assistant.storage.lock import DataDirLock
    from assistant.upkeep import restore

    with DataDirLock(settings.data_dir).owned("restore"):
        database = Database(settings.sqlalchemy_url)
        try:
            return restore(database, path, force=force, tell=tell)
        finally:
            database.close()


def migrate_database(settings: Settings) -> tuple[bool, str]:
    """Whether there was anything to do, and the schema revision that the database now has."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.sqlalchemy_url)
    try:
        return _migrated(settings, database), migrate.head()
    finally:
        database.close()
