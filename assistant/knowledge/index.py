"""Both indexes of a process, opened, kept abreast of SQL, checked and healed as one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import IndexBroken, ModelUnavailable
from assistant.knowledge.dense import AUDITED, FollowingVectors, Serving
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.following import FollowingKeywords, IndexSource
from assistant.knowledge.models import Models
from assistant.knowledge.reader import Reader
from assistant.knowledge.vectors import VectorIndex

Vector = NDArray[np.float32]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What can be searched now. ``dense`` is "ok", "exact" (a stand-in while the index is rebuilt) or "missing"."""

    keywords: bool
    dense: str
    detail: Mapping[str, Any]
    error: str = ""
    reader_error: str = ""


class KnowledgeIndex:
    """The keyword and vector indexes of this process. SQL is the truth; both are disposable.

    ``open`` makes keyword search ready at once; ``open_dense`` takes as long as the model takes to load. ``need`` is
    told of work for a job: "missing" vectors, or a "rebuild". ``make_reader`` gives what reads the best passages
    together with the question, made for the model that serves.
    """

    def __init__(
        self,
        folder: Path,
        source: IndexSource,
        models: Models,
        vectors: VectorIndex,
        need: Callable[[str], None] = lambda _what: None,
        make_reader: Callable[[Embedder], Reader | None] = lambda _embedder: None,
    ) -> None:
        self._folder = folder
        self._source = source
        self._models = models
        self._keywords: FollowingKeywords | None = None
        self._dense = FollowingVectors(vectors, source, models, need)
        self._opening = threading.Lock()
        self._error = ""
        self._make_reader = make_reader
        self._reader: tuple[str, Reader | None] = ("", None)
        self._reader_error = ""

    def open(self) -> None:
        """Make keyword search ready."""
        with self._opening:
            if self._keywords is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._keywords = FollowingKeywords(self._folder, self._source)
                self._keywords.catch_up()

    def open_dense(self) -> None:
        """Make dense search ready; without a model that can be loaded, keywords alone go on serving."""
        with self._opening:
            if self._dense.serving is not None:
                return
            try:
                self._dense.open()
                self._error = ""
            except (ModelUnavailable, IndexBroken) as error:
                log.warning("dense search is not available: %s", error.message)
                self._error = error.message
        if self._dense.serving is not None:
            self.open_reader()

    def open_reader(self) -> Reader | None:
        """What reads with the model that serves, made now; without it, search alone orders and decides.

        Raises:
            ModelUnavailable: there is no model that it could read with.
        """
        embedder = self.writer()
        with self._opening:
            if self._reader[0] != embedder.fingerprint:
                self._reader_error = ""
                try:
                    self._reader = (embedder.fingerprint, self._make_reader(embedder))
                except ModelUnavailable as error:
                    log.warning("passages are not read: %s", error.message)
                    self._reader, self._reader_error = (embedder.fingerprint, None), error.message
            return self._reader[1]

    @property
    def reader(self) -> Reader | None:
        """What reads the best passages together with the question; None while or where nothing does."""
        serving = self._dense.serving
        fingerprint, reader = self._reader
        return reader if serving is not None and serving.embedder.fingerprint == fingerprint else None

    @property
    def keywords(self) -> FollowingKeywords:
        """The keyword index, which rebuilds itself when a question finds it damaged.

        Raises:
            IndexBroken: it is not open yet.
        """
        return self._opened()

    @property
    def serving(self) -> Serving | None:
        """The model and collection that answer now, to be used together; None while there are none."""
        return self._dense.serving

    def keyword(self, tokens: Sequence[str], k: int) -> list[tuple[str, float]]:
        """The ``k`` best passages with their BM25 scores, best first. Raises ``IndexBroken``."""
        return self._opened().search(tokens, k)

    def dense(self, vector: Vector, k: int, model: str = "") -> list[tuple[str, float]]:
        """The ``k`` nearest phrasings, (vector id, cosine), best first; ``model`` is the fingerprint of who made it.

        Raises:
            IndexBroken: nothing serves yet, or a collection of another model does by now.
        """
        return self._dense.query(vector, k, model)

    def vectors_of(self, passage_ids: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """The vectors of each passage's phrasings, one a row, of the model that serves."""
        return self._dense.vectors_of(passage_ids)

    def writer(self) -> Embedder:
        """The model whose vectors the serving index takes in. Raises ``ModelUnavailable``."""
        serving = self._dense.serving
        return serving.embedder if serving is not None else self._models.get()

    def target(self) -> Embedder:
        """The model that the settings name. Raises ``ModelUnavailable``."""
        return self._models.get()

    def is_current(self) -> bool:
        """Whether both indexes are open and have taken in all that SQL says."""
        return self._keywords is not None and self._keywords.is_current() and self._dense.is_current()

    def catch_up(self) -> None:
        """Take in what SQL has and the indexes have not."""
        if self._keywords is not None:
            self._keywords.catch_up()
        self._dense.catch_up()

    def rebuild(self, tell: Callable[[int, int], None] = lambda _done, _all: None) -> None:
        """Build both indexes anew from SQL and let them serve; nothing is embedded.

        Raises:
            ModelUnavailable, IndexBroken: the vectors could not be rebuilt; what served goes on.
        """
        self.open()
        self._opened().rebuild()
        self._dense.rebuild(tell)
        self._error = ""

    def finish_model_change(self) -> None:
        """Let an index of the wanted model serve, once all its vectors are there."""
        target = self._models.get()
        serving = self._dense.serving
        if serving is None or serving.embedder.fingerprint != target.fingerprint:
            if self._source.count_missing(target.fingerprint) == 0:
                self._dense.rebuild()
                self.open_reader()
            return
        self._dense.catch_up()

    def problems(self, sampled: int = AUDITED) -> list[str]:
        """What is wrong with the indexes, in sentences; empty when they say what SQL says."""
        keywords = self._keywords.problems() if self._keywords else ["The keyword index is not open."]
        return keywords + self._dense.problems(sampled)

    def status(self) -> IndexStatus:
        """What can be searched now."""
        detail = self._dense.status()
        return IndexStatus(self._keywords is not None, str(detail["state"]), detail, self._error, self._reader_error)

    def close(self) -> None:
        """Release the folders."""
        with self._opening:
            if self._keywords is not None:
                self._keywords.close()
                self._keywords = None

    def _opened(self) -> FollowingKeywords:
        if self._keywords is None:
            raise IndexBroken("The keyword index is not open yet.")
        return self._keywords
