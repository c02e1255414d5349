"""What an index reads and writes of SQL while it follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.domain.indexing import Changes, PassageTokens, VectorPointer
from assistant.storage import embeddings, index, passages
from assistant.storage.accounts import lock
from assistant.storage.database import Database
from assistant.storage.embeddings import Vectors
from assistant.storage.tables.base import new_id


class IndexLog:
    """What indexes need of SQL, each call a short transaction of its own.

    ``folder`` is where an embedded index lives: it has a place of its own in SQL and notes in the folder itself how far
    it has come, so that a copied, emptied or old folder is known for what it is. A shared server has none.
    """

    def __init__(self, database: Database, folder: Path | None = None) -> None:
        self._database = database
        self._folder = folder
        self._home = "" if folder is None else f".{_home_of(folder)}"

    def epoch(self) -> str:
        """What names the present content of the database; an index of another epoch is worthless."""
        with self._database.read() as session:
            found = index.epoch(session)
        if found:
            return found
        with self._database.write() as session:
            return index.epoch(session) or index.begin_epoch(session)

    def newest(self) -> int:
        """The number of the last change."""
        with self._database.read() as session:
            return index.newest(session)

    def changes(self, after: int, limit: int) -> Changes | None:
        """What happened after change number ``after``; None when the log does not reach back that far."""
        with self._database.read() as session:
            return index.changes(session, after, limit)

    def tokens(self, passage_ids: Iterable[str] | None = None) -> tuple[int, list[PassageTokens]]:
        """The newest change, and the tokens of these passages (or of all) at least as new as it."""
        with self._database.read() as session:
            return index.newest(session), list(passages.tokens_of(session, passage_ids))

    def vectors(self, model: str, passage_ids: Iterable[str] | None = None) -> tuple[int, list[str], Vectors]:
        """The newest change, and ids and vectors of these passages' phrasings (or of all) at least as new as it."""
        with self._database.read() as session:
            return index.newest(session), *embeddings.matrix(session, model, passage_ids)

    def vectors_of(self, model: str, passage_ids: Iterable[str]) -> tuple[list[str], Vectors]:
        """Ids and vectors of these passages' phrasings, as they are now."""
        with self._database.read() as session:
            return embeddings.matrix(session, model, passage_ids)

    def count_passages(self) -> int:
        """How many passages a complete keyword index holds."""
        with self._database.read() as session:
            return passages.count(session)

    def count_vectors(self, model: str) -> int:
        """How many vectors a complete index of this model holds, as far as they are made."""
        with self._database.read() as session:
            return embeddings.count_vectors(session, model)

    def count_missing(self, model: str) -> int:
        """How many texts have no vector of this model yet."""
        with self._database.read() as session:
            return embeddings.count_missing(session, model)

    def pointer(self) -> VectorPointer | None:
        """The collection of vectors that serves."""
        with self._database.read() as session:
            found = index.pointer(session, self._home)
        if found is None or self._folder is None:
            return found
        return found.at(min(found.applied, _noted(self._folder / found.collection)))

    def set_pointer(self, value: VectorPointer) -> None:
        """Let this collection serve, or remember how far it has come."""
        with self._database.write() as session:
            index.set_pointer(session, value, self._home)
        if self._folder is not None:
            _note(self._folder / value.collection, value.applied)

    @contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """No other process does the same under ``name`` meanwhile. On SQLite one process owns the data directory."""
        if self._database.is_sqlite:
            yield
            return
        with self._database.read() as session:
            lock(session, name)
            yield


def _home_of(folder: Path) -> str:
    """The name of the index in a folder, made when it has none."""
    path = folder / "home"
    try:
        found = path.read_text("utf-8").strip()
    except (OSError, ValueError):
        found = ""
    if not found:
        found = new_id()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, "utf-8")
    return found


def _noted(path: Path) -> int:
    """The change that a collection had come to when its folder was last written."""
    try:
        return int(path.with_suffix(".applied").read_text("ascii"))
    except (OSError, ValueError):
        return 0


def _note(path: Path, applied: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".applying")
    written.write_text(str(applied), "ascii")
    written.replace(path.with_suffix(".applied"))
    for old in path.parent.glob("*.applied"):
        if old.stem != path.name:
            old.unlink(missing_ok=True)
