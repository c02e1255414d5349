"""What an index must be told of SQL, and the keyword index that follows it."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from assistant.domain.indexing import Changes, PassageTokens, VectorPointer
from assistant.errors import IndexBroken
from assistant.knowledge.keywords import KeywordDocument, KeywordIndex

CHANGES_AT_ONCE = 2_000

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)


class IndexSource(Protocol):
    """The truth that indexes follow: passages, vectors and a numbered log of what changed."""

    def epoch(self) -> str:
        """What names the present content; an index of another epoch is worthless."""

    def newest(self) -> int:
        """The number of the last change."""

    def changes(self, after: int, limit: int) -> Changes | None:
        """What happened after a change; None when the log does not reach back that far."""

    def tokens(self, passage_ids: Iterable[str] | None = None) -> tuple[int, list[PassageTokens]]:
        """The newest change, and the tokens of these passages or of all."""

    def vectors(
        self, model: str, passage_ids: Iterable[str] | None = None
    ) -> tuple[int, list[str], NDArray[np.float32]]:
        """The newest change, and ids and vectors of these passages' phrasings or of all."""

    def vectors_of(self, model: str, passage_ids: Iterable[str]) -> tuple[list[str], NDArray[np.float32]]:
        """Ids and vectors of these passages' phrasings, as they are now."""

    def count_passages(self) -> int:
        """How many passages a complete keyword index holds."""

    def count_vectors(self, model: str) -> int:
        """How many vectors a complete index of this model holds, as far as they are made."""

    def count_missing(self, model: str) -> int:
        """How many texts have no vector of this model yet."""

    def pointer(self) -> VectorPointer | None:
        """The collection of vectors that serves."""

    def set_pointer(self, value: VectorPointer) -> None:
        """Let this collection serve, or remember how far it has come."""

    def exclusive(self, name: str) -> AbstractContextManager[None]:
        """No other process does the same under ``name`` meanwhile."""


class FollowingKeywords:
    """The keyword index of this process. It is rebuilt from the stored tokens whenever it cannot be used."""

    def __init__(self, folder: Path, source: IndexSource) -> None:
        self._source = source
        self._lock = threading.RLock()
        self._path = folder / f"keywords-{source.epoch()}"
        for stale in folder.glob("keywords-*"):
            if stale != self._path:
                shutil.rmtree(stale, ignore_errors=True)
        self.index = self._opened()

    def search(self, query_tokens: Sequence[str], k: int) -> list[tuple[str, float]]:
        """The ``k`` best passages with their BM25 scores; after damage, those of the rebuilt index."""
        return self._asked(lambda index: index.search(query_tokens, k))

    def score(self, query_tokens: Sequence[str], passage_ids: Sequence[str]) -> dict[str, float]:
        """The BM25 scores of just these passages; those that share no token with the query are left out."""
        return self._asked(lambda index: index.score(query_tokens, passage_ids))

    def document_frequency(self, token: str) -> int:
        """In how many passages the token occurs: the most that any one field has."""
        return self._asked(lambda index: index.document_frequency(token))

    def count(self) -> int:
        """How many passages it holds."""
        return self._asked(KeywordIndex.count)

    def is_current(self) -> bool:
        """Whether it has taken in all that SQL says."""
        return self._asked(KeywordIndex.stamp) == self._source.newest()

    def _asked(self, question: Callable[[KeywordIndex], Answer]) -> Answer:
        index = self.index
        try:
            return question(index)
        except IndexBroken as error:
            self._heal(index, error)
            return question(self.index)

    def catch_up(self) -> None:
        """Take in what SQL has and the index has not."""
        with self._lock:
            index = self.index
            try:
                if not self._path.is_dir():
                    raise IndexBroken(f"The keyword index {self._path} is gone; it is rebuilt.")
                while self._take_in(index):
                    continue
            except IndexBroken as error:
                self._heal(index, error)

    def rebuild(self) -> None:
        """Make the index anew from the stored tokens; what was there serves until then."""
        with self._lock:
            index = self.index
            try:
                self._fill(index)
            except IndexBroken as error:
                self._heal(index, error)

    def problems(self) -> list[str]:
        """What is wrong with the index, in sentences."""
        try:
            held, wanted = self.index.count(), self._source.count_passages()
        except IndexBroken as error:
            return [error.message]
        if not self._path.is_dir():
            return [f"The keyword index {self._path} is gone."]
        return [] if held == wanted else [f"The keyword index holds {held} passages, the database {wanted}."]

    def close(self) -> None:
        """Release the folder."""
        with self._lock:
            self.index.close()

    def _opened(self) -> KeywordIndex:
        try:
            return KeywordIndex(self._path)
        except IndexBroken as error:
            log.warning("keyword index rebuilt: %s", error.message)
            return KeywordIndex.fresh(self._path)

    def _take_in(self, index: KeywordIndex) -> bool:
        """Whether there was something to take in."""
        stamp = index.stamp()
        changes = self._source.changes(stamp, CHANGES_AT_ONCE)
        if changes is None or self._is_unfilled(index):
            self._fill(index)
            return True
        if changes.upto == stamp:
            return False
        _, found = self._source.tokens(changes.touched)
        index.delete(set(changes.touched) - {passage.id for passage in found})
        index.upsert(_document(passage) for passage in found)
        index.commit(changes.upto)
        return True

    def _is_unfilled(self, index: KeywordIndex) -> bool:
        # A restored database has passages and an empty log: nothing in it would ever tell a new index of them.
        return index.stamp() == 0 and index.count() == 0 and self._source.count_passages() > 0

    def _fill(self, index: KeywordIndex) -> None:
        newest, found = self._source.tokens()
        index.delete(index.ids() - {passage.id for passage in found})
        index.upsert(_document(passage) for passage in found)
        index.commit(newest)

    def _heal(self, broken: KeywordIndex, error: IndexBroken) -> None:
        with self._lock:
            if self.index is not broken:
                return  # another thread was faster
            log.warning("keyword index rebuilt: %s", error.message)
            fresh = KeywordIndex.fresh(self._path)
            self._fill(fresh)
            self.index = fresh


def _document(passage: PassageTokens) -> KeywordDocument:
    return KeywordDocument(passage.id, passage.body, passage.heading, passage.title, passage.phrasings)
