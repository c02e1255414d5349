"""Queries about the vectors of texts, which SQL keeps so that nothing is embedded twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, and_, delete, func, select
from sqlalchemy.orm import Session

from assistant.domain.indexing import vector_id
from assistant.storage.queries import among, bound, dialect, insert, sliced
from assistant.storage.tables import Embedding, PassagePhrasing

Vectors = NDArray[np.float32]


def known(session: Session, model: str, hashes: Collection[str]) -> set[str]:
    """Those of the text hashes that have a vector of this model."""
    found: set[str] = set()
    for some in sliced(hashes):
        query = select(Embedding.text_hash).where(Embedding.model == model, Embedding.text_hash.in_(some))
        found.update(session.scalars(query))
    return found


def store(session: Session, model: str, hashes: Sequence[str], vectors: Vectors) -> None:
    """Keep the vectors, one a row of the matrix; those already kept stay."""
    if not hashes:
        return
    exact = np.ascontiguousarray(vectors, dtype="<f4")
    rows = [
        {"model": model, "text_hash": text_hash, "vector": vector.tobytes()}
        for text_hash, vector in zip(hashes, exact, strict=True)
    ]
    session.execute(insert(session, Embedding).on_conflict_do_nothing(), rows)


def missing(session: Session, model: str, limit: int) -> list[tuple[str, str]]:
    """Hash and text of phrasings that have no vector of this model yet."""
    query = (
        select(PassagePhrasing.text_hash, func.min(PassagePhrasing.text))
        .outerjoin(Embedding, _embedding_of(model))
        .where(Embedding.text_hash.is_(None))
        .group_by(PassagePhrasing.text_hash)
        .limit(limit)
    )
    return [(text_hash, text) for text_hash, text in session.execute(query)]


def count_missing(session: Session, model: str) -> int:
    """How many different texts have no vector of this model yet."""
    query = (
        select(func.count(PassagePhrasing.text_hash.distinct()))
        .outerjoin(Embedding, _embedding_of(model))
        .where(Embedding.text_hash.is_(None))
    )
    return session.scalar(query) or 0


def count_vectors(session: Session, model: str) -> int:
    """How many vectors an index of this model should hold."""
    query = select(func.count()).select_from(PassagePhrasing).join(Embedding, _embedding_of(model))
    return session.scalar(query) or 0


def every(session: Session, model: str) -> tuple[list[str], Vectors]:
    """Text hashes and vectors (one a row) of everything that this model has embedded."""
    rows = session.execute(select(Embedding.text_hash, Embedding.vector).where(Embedding.model == model)).all()
    return [row[0] for row in rows], _matrix([row[1] for row in rows])


def matrix(session: Session, model: str, passage_ids: Iterable[str] | None = None) -> tuple[list[str], Vectors]:
    """Vector ids and vectors (one a row) of these passages' phrasings, or of all; those not embedded are left out."""
    if passage_ids is None:
        query = select(PassagePhrasing.passage_id, PassagePhrasing.number, Embedding.vector).join(
            Embedding, _embedding_of(model)
        )
        rows: list[Any] = list(session.execute(query))
    else:
        rows = [row for some in sliced(passage_ids) for row in _of_passages(session, model, some)]
    return [vector_id(row[0], row[1]) for row in rows], _matrix([row[2] for row in rows])


def _of_passages(session: Session, model: str, passage_ids: Sequence[str]) -> list[tuple[str, int, bytes]]:
    """Passage, number and vector of each phrasing that is embedded."""
    database = dialect(session)
    rows = session.connection().execute(_embedded_among(database, model), bound(database, passage_ids)).all()
    return [(passage, number, vector) for passage, number, vector in rows if vector is not None]


@lru_cache(maxsize=8)
def _embedded_among(database: str, model: str) -> Select[str, int, bytes | None]:
    # Kept: every search asks this. Each phrasing's vector is looked up by itself, because SQLite would begin a join
    # with all vectors of the model: 300 ms of 100,000.
    of_phrasing = (Embedding.model == model, Embedding.text_hash == PassagePhrasing.text_hash)
    vector = select(Embedding.vector).where(*of_phrasing).scalar_subquery()
    columns = select(PassagePhrasing.passage_id, PassagePhrasing.number, vector)
    return columns.where(among(database, PassagePhrasing.passage_id))


def by_hash(session: Session, model: str, hashes: Collection[str]) -> dict[str, Vectors]:
    """The vectors kept of these texts, by hash."""
    found: dict[str, Vectors] = {}
    for some in sliced(hashes):
        wanted = (Embedding.model == model, Embedding.text_hash.in_(some))
        query = select(Embedding.text_hash, Embedding.vector).where(*wanted)
        found.update({text_hash: np.frombuffer(vector, "<f4") for text_hash, vector in session.execute(query)})
    return found


def _matrix(blobs: Sequence[bytes]) -> Vectors:
    if not blobs:
        return np.empty((0, 0), np.float32)
    joined = np.frombuffer(b"".join(blobs), dtype="<f4").reshape(len(blobs), -1)
    return joined.astype(np.float32, copy=False)


def _embedding_of(model: str) -> Any:
    return and_(Embedding.text_hash == PassagePhrasing.text_hash, Embedding.model == model)


def forget_other_models(session: Session, models: Collection[str]) -> None:
    """Drop the vectors of all models but these."""
    session.execute(delete(Embedding).where(Embedding.model.not_in(models)))
