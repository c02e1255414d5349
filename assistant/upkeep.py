"""Looking after an installation: is everything in order, and a copy of it all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import AskdeskError
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.examination import examine_keywords, examine_vectors
from assistant.knowledge.vectors import VectorIndex
from assistant.settings import Settings
from assistant.storage import articles, dump, health, jobs, migrate
from assistant.storage.database import Database
from assistant.storage.index_log import IndexLog
from assistant.storage.lock import Holder

_LEAST_FREE = 1 << 30
_REINDEX = "Run “askdesk reindex”, or start the server: it rebuilds what is missing while search goes on."

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it is in order, what was seen, and what to do where it is not."""

    name: str
    ok: bool
    seen: str
    next_step: str = ""


class Doctor:
    """Looks at every part of an installation and repairs nothing."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        source: IndexLog,
        vectors: VectorIndex,
        load: Callable[[], Embedder],
        holder: Holder | None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._source = source
        self._vectors = vectors
        self._load = load
        self._holder = holder

    def examine(self) -> Iterator[Check]:
        """One check after the other; those that need the database only while it answers."""
        yield self._disk()
        answers = self._database.ping()
        where = self._database.engine.url.render_as_string()
        mend = "Check DATABASE_URL and that the database runs, or restore a backup."
        yield Check(
            "database", answers, f"{where} {'answers' if answers else 'does not answer'}", "" if answers else mend
        )
        if not answers:
            return
        yield self._schema()
        yield self._content()
        yield self._embedder()
        yield self._keywords()
        yield self._dense()
        yield self._jobs()

    def _disk(self) -> Check:
        folder = self._settings.data_dir
        try:
            with tempfile.NamedTemporaryFile(dir=folder):
                free = shutil.disk_usage(folder).free
        except OSError as error:
            return Check("data directory", False, f"{folder}: {error.strerror}", "Make the directory writable.")
        seen = f"{folder}, {free / (1 << 30):.1f} GiB free"
        step = "" if free >= _LEAST_FREE else "Free some space: below 1 GiB an index cannot be rebuilt safely."
        return Check("data directory", free >= _LEAST_FREE, seen, step)

    def _schema(self) -> Check:
        current, head = migrate.current(self._database), migrate.head()
        step = "" if current == head else "Run “askdesk migrate”."
        return Check("schema", current == head, f"{current or 'none'} (this version: {head})", step)

    def _content(self) -> Check:
        problems = health.problems(self._database)
        with self._database.read() as session:
            counts = articles.counts(session)
        seen = ", ".join(f"{number} {name}" for name, number in counts.items())
        return Check("articles", not problems, "; ".join(problems) or seen, "Restore a backup." if problems else "")

    def _embedder(self) -> Check:
        try:
            embedder = self._load()
            embedder.embed_query("test")
        except AskdeskError as error:
            return Check("embedder", False, error.message, "Search goes on by keywords alone until it loads.")
        return Check("embedder", True, f"{embedder.name}, {embedder.dimensions} dimensions")

    def _keywords(self) -> Check:
        if self._holder is not None:
            return self._left_to_server("keyword index")
        problems = examine_keywords(self._settings.index_dir, self._source)
        return _of_index("keyword index", problems, f"{self._source.count_passages()} passages")

    def _dense(self) -> Check:
        if self._holder is not None and not self._settings.chroma_url:
            return self._left_to_server("vector index")
        problems = examine_vectors(self._vectors, self._source)
        pointer = self._source.pointer()
        seen = f"{self._source.count_vectors(pointer.model)} vectors in {pointer.collection}" if pointer else "empty"
        return _of_index("vector index", problems, seen)

    def _left_to_server(self, name: str) -> Check:
        # A second process would see, and answer from, an old state of the files.
        return Check(name, True, f"in use by {self._holder}, which checks it; its /readyz tells")

    def _jobs(self) -> Check:
        with self._database.read() as session:
            counts, failed = jobs.counts(session), jobs.failed(session, 3)
        seen = ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "none"
        if not failed:
            return Check("jobs", True, seen)
        errors = "; ".join(f"{job.kind}: {job.error}" for job in failed)
        return Check("jobs", False, f"{seen}; {errors}", "Mend the cause, then save or import again what was left out.")


def _of_index(name: str, problems: list[str], seen: str) -> Check:
    return Check(name, not problems, " ".join(problems) or seen, _REINDEX if problems else "")


def backup(database: Database, path: Path, tell: Tell = lambda _done, _total: None) -> dict[str, int]:
    """How many rows of each table the new backup at ``path`` holds; it was restored once on trial.

    Raises:
        Conflict: the file exists already.
        Invalid: the trial failed; the file is removed.
    """
    rows = dump.write_dump(database, path, tell)
    try:
        with tempfile.TemporaryDirectory(prefix="askdesk-trial-", dir=path.absolute().parent) as folder:
            dump.verify_dump(path, Path(folder))
    except AskdeskError:
        path.unlink(missing_ok=True)
        raise
    return rows


def restore(
    database: Database, path: Path, *, force: bool = False, tell: Tell = lambda _done, _total: None
) -> dict[str, int]:
    """How many rows of each table were restored; the indexes are rebuilt from them at the next start.

    Raises:
        Invalid: the file is no backup or damaged; nothing was changed.
        Conflict: the database holds something and ``force`` was not given.
    """
    return dump.read_dump(database, path, force=force, tell=tell)
