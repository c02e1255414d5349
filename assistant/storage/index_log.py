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


def home_of(folder: Path) -> str:
    """The name of the index in a folder, made when it has none: a copied or emptied folder is another index."""
    path = folder / "home"
    try:
        return path.read_text("utf-8").strip() or _named(path)
    except OSError:
        return _named(path)


def _named(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    name = new_id()
    path.write_text(name, "utf-8")
    return name


class IndexLog:
    """What indexes need of SQL, each call a short transaction of its own.

    ``home`` names the index whose pointer this is: a folder of vectors has one of its own, a shared server none.
    """

    def __init__(self, database: Database, home: str = "") -> None:
        self._database = database
        self._home = home and f".{home}"

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
            return index.pointer(session, self._home)

    def set_pointer(self, value: VectorPointer) -> None:
        """Let this collection serve, or remember how far it has come."""
        with self._database.write() as session:
            index.set_pointer(session, value, self._home)

    @contextmanager
    def exclusive(self, name: str) -> Iterator[None]:
        """No other process does the same under ``name`` meanwhile. On SQLite one process owns the data directory."""
        if self._database.is_sqlite:
            yield
            return
        with self._database.read() as session:
            lock(session, name)
            yield
