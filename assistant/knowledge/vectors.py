"""Indexes of vectors by cosine similarity: what each must do, what breaks, and an exact one in memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import IndexBroken

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]

# Two vectors of one text differ by less than this in cosine; half precision and an index's own rounding included.
SAME = 0.999


class VectorIndex(Protocol):
    """Named collections of vectors under ids. Every method raises ``IndexBroken`` where the index cannot serve."""

    def collections(self) -> list[str]:
        """The names of all collections, sorted."""

    def create(self, name: str, dimensions: int) -> None:
        """Make an empty collection. One of the same dimensions stays as it is; a broken one is replaced."""

    def drop(self, name: str) -> None:
        """Remove the collection and what it takes on disk; one that does not exist is no error."""

    def upsert(self, name: str, ids: Sequence[str], vectors: Matrix) -> None:
        """Add the vectors (one a row), or replace those of the same ids."""

    def delete(self, name: str, ids: Sequence[str]) -> None:
        """Remove these ids; unknown ones are no error."""

    def query(self, name: str, vector: Vector, k: int) -> list[tuple[str, float]]:
        """The ``k`` nearest ids with their cosine similarities, best first."""

    def count(self, name: str) -> int:
        """How many vectors the collection holds."""

    def ids(self, name: str) -> set[str]:
        """All ids of the collection."""

    def get(self, name: str, ids: Sequence[str]) -> dict[str, Vector]:
        """The vectors of these ids; unknown ones are left out."""


def audit(index: VectorIndex, name: str, sample: Mapping[str, Vector]) -> list[str]:
    """The ids of the sample that the index does not find by their own vector.

    An id is found when a query with its vector brings it back as the same vector. Where so many equal vectors exist
    that they fill the answer, it is enough that the stored vector is the same.
    """
    crowd = 16
    lost = []
    for id_, vector in sample.items():
        found = index.query(name, vector, crowd)
        equals = {other for other, similarity in found if similarity >= SAME}
        if id_ in equals:
            continue
        stored = index.get(name, [id_]).get(id_) if len(equals) == crowd else None
        if stored is None or float(unit(stored[None])[0] @ unit(vector[None])[0]) < SAME:
            lost.append(id_)
    return lost


def unit(vectors: Matrix) -> Matrix:
    """The rows at length 1, as contiguous float32; zero rows stay zero."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    scaled: Matrix = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-12))
    return scaled


class _Rows:
    """One collection: rows in a matrix that grows by doubling; a removed row is filled by the last one."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self.ids: list[str] = []
        self.places: dict[str, int] = {}
        self.matrix: Matrix = np.empty((0, dimensions), np.float32)

    def fill(self, ids: Sequence[str], vectors: Matrix) -> None:
        self.matrix = unit(vectors)
        self.ids = list(ids)
        self.places = {id_: place for place, id_ in enumerate(self.ids)}

    def upsert(self, ids: Sequence[str], vectors: Matrix) -> None:
        self._make_room(len(self.ids) + len(ids))
        for id_, row in zip(ids, unit(vectors), strict=True):
            place = self.places.setdefault(id_, len(self.ids))
            if place == len(self.ids):
                self.ids.append(id_)
            self.matrix[place] = row

    def delete(self, ids: Sequence[str]) -> None:
        for id_ in ids:
            place = self.places.pop(id_, None)
            if place is None:
                continue
            last = self.ids.pop()
            if last != id_:
                self.ids[place] = last
                self.places[last] = place
                self.matrix[place] = self.matrix[len(self.ids)]

    def nearest(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        k = min(k, len(self.ids))
        if k <= 0:
            return []
        similarities = self.matrix[: len(self.ids)] @ unit(vector[None])[0]
        best = np.argpartition(-similarities, k - 1)[:k]
        best = best[np.argsort(-similarities[best], kind="stable")]
        return [(self.ids[place], float(similarities[place])) for place in best]

    def _make_room(self, rows: int) -> None:
        if rows > len(self.matrix):
            grown = np.empty((max(rows, 2 * len(self.matrix), 64), self.dimensions), np.float32)
            grown[: len(self.ids)] = self.matrix[: len(self.ids)]
            self.matrix = grown


class ExactVectors:
    """A ``VectorIndex`` in memory that compares with every vector; the fallback while an index is rebuilt.

    Safe between threads. 100,000 × 384 take 154 MB, and a query of them some milliseconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: dict[str, _Rows] = {}

    def load(self, name: str, ids: Sequence[str], matrix: Matrix) -> None:
        """Put a collection of these vectors (one a row) in place of what ``name`` held; ids must be distinct."""
        if len(ids) != len(matrix) or len(set(ids)) != len(ids):
            raise ValueError(f"{len(ids)} ids, {len(set(ids))} of them distinct, for {len(matrix)} vectors")
        rows = _Rows(matrix.shape[1])
        rows.fill(ids, matrix)
        with self._lock:
            self._rows[name] = rows

    def collections(self) -> list[str]:
        """The names of all collections, sorted."""
        with self._lock:
            return sorted(self._rows)

    def create(self, name: str, dimensions: int) -> None:
        """Make an empty collection; one of the same dimensions stays as it is."""
        with self._lock:
            if name not in self._rows or self._rows[name].dimensions != dimensions:
                self._rows[name] = _Rows(dimensions)

    def drop(self, name: str) -> None:
        """Remove the collection, if there is one."""
        with self._lock:
            self._rows.pop(name, None)

    def upsert(self, name: str, ids: Sequence[str], vectors: Matrix) -> None:
        """Add the vectors (one a row), or replace those of the same ids."""
        with self._lock:
            rows = self._named(name)
            if vectors.shape != (len(ids), rows.dimensions):
                raise IndexBroken(
                    f"The index {name} holds vectors of {rows.dimensions} dimensions; these have {vectors.shape[-1]}: "
                    "rebuild it with “askdesk reindex”."
                )
            rows.upsert(ids, vectors)

    def delete(self, name: str, ids: Sequence[str]) -> None:
        """Remove these ids; unknown ones are no error."""
        with self._lock:
            self._named(name).delete(ids)

    def query(self, name: str, vector: Vector, k: int) -> list[tuple[str, float]]:
        """The ``k`` nearest ids with their cosine similarities, best first."""
        with self._lock:
            return self._named(name).nearest(vector, k)

    def count(self, name: str) -> int:
        """How many vectors the collection holds."""
        with self._lock:
            return len(self._named(name).ids)

    def ids(self, name: str) -> set[str]:
        """All ids of the collection."""
        with self._lock:
            return set(self._named(name).ids)

    def get(self, name: str, ids: Sequence[str]) -> dict[str, Vector]:
        """The vectors of these ids; unknown ones are left out."""
        with self._lock:
            rows = self._named(name)
            return {id_: rows.matrix[rows.places[id_]].copy() for id_ in ids if id_ in rows.places}

    def audit(self, name: str, sample: Mapping[str, Vector]) -> list[str]:
        """The ids of the sample that are not found by their own vector."""
        return audit(self, name, sample)

    def _named(self, name: str) -> _Rows:
        if name not in self._rows:
            raise IndexBroken(f"The index {name} does not exist: build it with “askdesk reindex”.")
        return self._rows[name]
