"""The vector index that follows SQL: one collection serves, the next is built beside it, exact search steps in."""

from __future__ import annotations

import logging
import random
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.domain.indexing import VectorPointer, passage_of, vector_id
from assistant.errors import IndexBroken, ModelUnavailable
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.following import CHANGES_AT_ONCE, IndexSource
from assistant.knowledge.models import Models
from assistant.knowledge.vectors import ExactVectors, VectorIndex, audit

AUDITED = 50
_WRITTEN_AT_ONCE = 1_000
_BUILT_AT_ONCE = 2_000
_REPEATED = 250
_LOCK, _REBUILD = "vector index", "vector index rebuild"

Vector = NDArray[np.float32]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Serving:
    """A collection of vectors and the model that made them; the two are only ever used together.

    ``exact`` says that it is the copy in memory that stands in for a broken index.
    """

    embedder: Embedder
    vectors: VectorIndex
    collection: str
    exact: bool
    applied: int


class FollowingVectors:
    """The vector index of this process.

    ``need`` is called with the kind of help wanted ("missing": texts have no vector of the wanted model; "rebuild": the
    index is broken and exact search stands in) and should queue a job.
    """

    def __init__(self, vectors: VectorIndex, source: IndexSource, models: Models, need: Callable[[str], None]) -> None:
        self._vectors = vectors
        self._source = source
        self._models = models
        self._need = need
        self._lock = threading.RLock()
        self._rebuilding = threading.Lock()
        self._serving: Serving | None = None

    @property
    def serving(self) -> Serving | None:
        """What answers questions now; None while there is nothing."""
        return self._serving

    def open(self) -> None:
        """Load the model and the collection that serves; build it where there is none.

        Raises:
            ModelUnavailable: neither the wanted model nor that of the collection can be loaded.
        """
        pointer = self._source.pointer()
        wanted = self._wanted(pointer)
        if pointer is None:
            if wanted is not None:
                self._begin(wanted)
            return
        maker = wanted if wanted is not None and wanted.fingerprint == pointer.model else None
        maker = maker or self._models.made_by(pointer.model, pointer.embedder)
        if maker is not None:
            self._serve(pointer, maker)
        if wanted is not None and (wanted is not maker or self._source.count_missing(wanted.fingerprint)):
            self._need("missing")
        if maker is None and wanted is None:
            raise ModelUnavailable(f"The embedder {self._models.wanted} cannot be loaded; keywords alone are searched.")

    def query(self, vector: Vector, k: int, model: str = "") -> list[tuple[str, float]]:
        """The ``k`` nearest phrasings, (vector id, cosine), best first.

        Raises:
            IndexBroken: there is no index yet, or it is no longer of the model that made ``vector``.
        """
        serving = self._serving
        if serving is None:
            raise IndexBroken("There is no index of vectors yet; it is built as soon as the embedder is loaded.")
        if vector.shape[-1] != serving.embedder.dimensions or model not in ("", serving.embedder.fingerprint):
            raise IndexBroken("The index changed to another model while the question was asked.")
        try:
            return serving.vectors.query(serving.collection, vector, k)
        except IndexBroken as error:
            exact = self._fall_back(serving, error)
            return exact.vectors.query(exact.collection, vector, k)

    def vectors_of(self, passage_ids: Sequence[str]) -> Mapping[str, NDArray[np.float32]]:
        """The vectors of each passage's phrasings, one a row, of the model that serves."""
        serving = self._serving
        if serving is None or not passage_ids:
            return {}
        ids, matrix = self._source.vectors_of(serving.embedder.fingerprint, passage_ids)
        rows: dict[str, list[int]] = defaultdict(list)
        for place, id_ in enumerate(ids):
            rows[passage_of(id_)].append(place)
        return {passage_id: matrix[places] for passage_id, places in rows.items()}

    def catch_up(self) -> None:
        """Take in what SQL has and the index has not."""
        with self._lock:
            if self._serving is None:
                return
            if self._serving.exact:
                self._follow_exactly(self._serving)
                return
            try:
                with self._source.exclusive(_LOCK):
                    self._follow_pointer()
            except IndexBroken as error:
                self._fall_back(self._serving, error)

    def rebuild(self, tell: Callable[[int, int], None] = lambda _done, _all: None) -> None:
        """Build a collection of the wanted model from the vectors in SQL, check it, and let it serve.

        What serves now goes on until then. ``tell`` hears how many vectors of how many are in.

        Raises:
            ModelUnavailable: the wanted model cannot be loaded.
            IndexBroken: the new collection does not hold what was put into it, so the old one goes on serving.
        """
        embedder = self._models.get()
        # What serves keeps following meanwhile; only the flip itself holds it up.
        with self._rebuilding, self._source.exclusive(_REBUILD):
            name = self._next_name(embedder)
            newest, ids, matrix = self._source.vectors(embedder.fingerprint)
            try:
                self._fill(name, embedder, ids, matrix, tell)
                self._check_new(name, ids, matrix)
                built = self._follow(VectorPointer(name, embedder.fingerprint, embedder.name, newest))
                self._flip(built, embedder)
            except Exception:
                self._drop(name)
                raise

    def _flip(self, built: VectorPointer, embedder: Embedder) -> None:
        with self._lock, self._source.exclusive(_LOCK):
            old = self._source.pointer()
            pointer = self._follow(built)
            self._source.set_pointer(pointer)
            self._serving = Serving(embedder, self._vectors, pointer.collection, exact=False, applied=pointer.applied)
            self._models.forget(embedder)
        if old is not None and old.collection != pointer.collection:
            self._drop(old.collection)

    def problems(self, sampled: int = AUDITED) -> list[str]:
        """What is wrong with the index, in sentences; ``sampled`` of its vectors are looked for by themselves."""
        serving = self._serving
        if serving is None:
            return ["There is no index of vectors."]
        if serving.exact:
            return ["The index of vectors is broken; questions are answered by exact search until it is rebuilt."]
        try:
            return self._compare(serving, sampled)
        except IndexBroken as error:
            return [error.message]

    def _begin(self, embedder: Embedder) -> None:
        """Serve where there was no index: build a small one now, a big one while exact search serves."""
        if self._source.count_vectors(embedder.fingerprint) <= _BUILT_AT_ONCE:
            self.rebuild()
        else:
            self._serving = self._exactly(embedder, "memory")
            self._need("rebuild")
        if self._source.count_missing(embedder.fingerprint):
            self._need("missing")

    def _wanted(self, pointer: VectorPointer | None) -> Embedder | None:
        try:
            return self._models.get()
        except ModelUnavailable as error:
            if pointer is None:
                raise
            log.warning("the wanted embedder is not available: %s", error.message)
            return None

    def _serve(self, pointer: VectorPointer, embedder: Embedder) -> None:
        # A power cut may have taken the last writes of the index with it: they are repeated.
        pointer = pointer.at(max(0, pointer.applied - _REPEATED))
        self._source.set_pointer(pointer)
        serving = Serving(embedder, self._vectors, pointer.collection, exact=False, applied=pointer.applied)
        self._serving = serving
        try:
            self._vectors.count(pointer.collection)
        except IndexBroken as error:
            self._fall_back(serving, error)
            return
        self.catch_up()
        problems = [] if self._serving.exact else self._compare(self._serving, 0)
        if problems:
            self._fall_back(self._serving, IndexBroken(problems[0]))

    def _fall_back(self, broken: Serving, error: IndexBroken) -> Serving:
        with self._lock:
            now = self._serving
            if now is not None and now is not broken and now.exact:
                return now
            log.warning("exact search stands in for the index of vectors: %s", error.message)
            exact = self._exactly(broken.embedder, broken.collection)
            self._serving = exact
        self._need("rebuild")
        return exact

    def is_current(self) -> bool:
        """Whether what serves has taken in all that SQL says; so it is where nothing serves."""
        serving = self._serving
        if serving is None:
            return True
        pointer = None if serving.exact else self._source.pointer()
        return (pointer.applied if pointer is not None else serving.applied) == self._source.newest()

    def _exactly(self, embedder: Embedder, collection: str) -> Serving:
        newest, ids, matrix = self._source.vectors(embedder.fingerprint)
        memory = ExactVectors()
        memory.load(collection, ids, matrix if ids else np.empty((0, embedder.dimensions), np.float32))
        return Serving(embedder, memory, collection, exact=True, applied=newest)

    def _follow_exactly(self, serving: Serving) -> None:
        if self._source.newest() != serving.applied:
            self._serving = self._exactly(serving.embedder, serving.collection)

    def _follow_pointer(self) -> None:
        pointer = self._source.pointer()
        if pointer is None or self._serving is None:
            return
        if pointer.collection != self._serving.collection:
            self._switch(pointer)
            return
        followed = self._follow(pointer)
        if followed != pointer:
            self._source.set_pointer(followed)

    def _switch(self, pointer: VectorPointer) -> None:
        """Go on with the collection that another process has built."""
        embedder = self._models.made_by(pointer.model, pointer.embedder)
        if embedder is not None:
            self._serving = Serving(embedder, self._vectors, pointer.collection, exact=False, applied=pointer.applied)

    def _follow(self, pointer: VectorPointer) -> VectorPointer:
        """The pointer after its collection took in all that SQL has changed since."""
        while True:
            changes = self._source.changes(pointer.applied, CHANGES_AT_ONCE)
            if changes is None:
                raise IndexBroken("The index of vectors has missed more changes than the log remembers.")
            if changes.upto == pointer.applied:
                return pointer
            self._take_in(pointer, changes.touched)
            pointer = pointer.at(changes.upto)

    def _take_in(self, pointer: VectorPointer, touched: Mapping[str, int]) -> None:
        _, ids, matrix = self._source.vectors(pointer.model, touched)
        present = set(ids)
        held = (vector_id(passage, number) for passage, count in touched.items() for number in range(count))
        stale = [id_ for id_ in held if id_ not in present]
        if stale:
            self._vectors.delete(pointer.collection, stale)
        if ids:
            self._vectors.upsert(pointer.collection, ids, matrix)

    def _next_name(self, embedder: Embedder) -> str:
        numbers = [int(name.split("-")[1]) for name in self._vectors.collections() if name.startswith("kb-")]
        pointer = self._source.pointer()
        if pointer is not None:
            numbers.append(int(pointer.collection.split("-")[1]))
        return f"kb-{max(numbers, default=0) + 1}-{embedder.fingerprint[:8]}"

    def _fill(
        self,
        name: str,
        embedder: Embedder,
        ids: Sequence[str],
        matrix: NDArray[np.float32],
        tell: Callable[[int, int], None],
    ) -> None:
        self._vectors.create(name, embedder.dimensions)
        for at in range(0, len(ids), _WRITTEN_AT_ONCE):
            self._vectors.upsert(name, ids[at : at + _WRITTEN_AT_ONCE], matrix[at : at + _WRITTEN_AT_ONCE])
            tell(min(at + _WRITTEN_AT_ONCE, len(ids)), len(ids))

    def _check_new(self, name: str, ids: Sequence[str], matrix: NDArray[np.float32]) -> None:
        if self._vectors.ids(name) != set(ids):
            raise IndexBroken(f"The new collection {name} does not hold the {len(ids)} vectors that were put into it.")
        places = random.sample(range(len(ids)), min(AUDITED, len(ids)))
        lost = audit(self._vectors, name, {ids[place]: matrix[place] for place in places})
        if lost:
            raise IndexBroken(f"The new collection {name} does not find {len(lost)} of {len(places)} of its vectors.")

    def _compare(self, serving: Serving, sampled: int) -> list[str]:
        model = serving.embedder.fingerprint
        held, wanted = self._vectors.count(serving.collection), self._source.count_vectors(model)
        if held != wanted:
            return [f"The index of vectors holds {held} vectors, the database {wanted}."]
        if not sampled:
            return []
        ids = sorted(self._vectors.ids(serving.collection))
        chosen = random.sample(ids, min(sampled, len(ids)))
        _, known, matrix = self._source.vectors(model, {passage_of(id_) for id_ in chosen})
        rows = {id_: matrix[place] for place, id_ in enumerate(known)}
        strange = [id_ for id_ in chosen if id_ not in rows]
        if strange:
            return [f"The index of vectors holds {strange[0]} and others that the database does not."]
        lost = audit(self._vectors, serving.collection, {id_: rows[id_] for id_ in chosen})
        return [f"The index does not find {len(lost)} of {len(chosen)} of its own vectors."] if lost else []

    def _drop(self, name: str) -> None:
        try:
            self._vectors.drop(name)
        except IndexBroken as error:
            log.warning("the collection %s could not be removed: %s", name, error.message)

    def status(self) -> dict[str, Any]:
        """The state of the index as JSON holds it."""
        serving = self._serving
        if serving is None:
            return {"state": "missing"}
        return {
            "state": "exact" if serving.exact else "ok",
            "collection": serving.collection,
            "embedder": serving.embedder.name,
            "model": serving.embedder.fingerprint,
            "wanted": self._models.wanted,
        }
