"""What calibration reads and keeps: the fitted model, phrasings by passage, and vectors of phrasings as questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from assistant.storage.tables import Article, Embedding, PassagePhrasing, PassageRow, Revision, StoredSetting
from assistant.storage.tables.base import now

_KEY = "calibration"
_SLICE = 500


def stored(session: Session, known: int) -> tuple[int, dict[str, Any] | None]:
    """The version of the stored calibration, and what is stored if it is not the version already ``known``."""
    version = session.scalar(select(StoredSetting.version).where(StoredSetting.key == _KEY))
    if version is None or version == known:
        return known, None
    row = session.get_one(StoredSetting, _KEY)
    return row.version, dict(row.value)


def store(session: Session, value: dict[str, Any]) -> None:
    """Keep a new calibration."""
    row = session.get(StoredSetting, _KEY, with_for_update=True)
    if row is None:
        session.add(StoredSetting(key=_KEY, value=value, version=1))
        return
    row.value, row.version, row.updated_at = value, row.version + 1, now()


def forget(session: Session) -> None:
    """Go back to what ships, until the next fit."""
    session.execute(delete(StoredSetting).where(StoredSetting.key == _KEY))


def articles_of(session: Session) -> dict[str, str]:
    """The article of each passage, the same in every locale."""
    query = select(PassageRow.id, Article.article_id).join(Article, Article.id == PassageRow.article_pk)
    return {row.id: row.article_id for row in session.execute(query)}


def readable(session: Session) -> dict[str, tuple[str, str, str]]:
    """Title, heading and text of every passage."""
    query = select(PassageRow.id, Article.title, PassageRow.heading, PassageRow.text)
    rows = session.execute(query.join(Article, Article.id == PassageRow.article_pk))
    return {row.id: (row.title, row.heading, row.text) for row in rows}


def phrasings(session: Session) -> dict[str, str]:
    """The text of every phrasing but the passages themselves, by vector id."""
    query = select(PassagePhrasing.passage_id, PassagePhrasing.number, PassagePhrasing.text).where(
        PassagePhrasing.number > 0
    )
    return {f"{row.passage_id}:{row.number}": row.text for row in session.execute(query)}


def alternates(session: Session) -> frozenset[str]:
    """What editors gave as phrasings of published articles."""
    query = select(Revision.alternates).join(
        Article, (Article.id == Revision.article_pk) & (Article.published == Revision.number)
    )
    return frozenset(chain.from_iterable(session.scalars(query)))


def vectors(session: Session, model: str, hashes: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """The vectors kept under a model's name, by text hash."""
    found: dict[str, NDArray[np.float32]] = {}
    for start in range(0, len(hashes), _SLICE):
        query = select(Embedding.text_hash, Embedding.vector).where(
            Embedding.model == model, Embedding.text_hash.in_(hashes[start : start + _SLICE])
        )
        found |= {row.text_hash: np.frombuffer(row.vector, dtype="<f4") for row in session.execute(query)}
    return found


def store_vectors(session: Session, model: str, made: Mapping[str, NDArray[np.float32]]) -> None:
    """Keep vectors under a model's name."""
    for digest, vector in made.items():
        session.merge(Embedding(model=model, text_hash=digest, vector=np.asarray(vector, dtype="<f4").tobytes()))
