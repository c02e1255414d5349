"""The log of changed passages that indexes follow, and what SQL remembers of the indexes themselves."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from assistant.domain.indexing import Changes, VectorPointer
from assistant.storage.accounts import lock
from assistant.storage.tables import IndexChange, StoredSetting
from assistant.storage.tables.base import new_id, now

KEPT_CHANGES = 100_000
POINTER, EPOCH = "vector_index", "index_epoch"


def record(session: Session, touched: Mapping[str, int], *, removed: Collection[str] = ()) -> None:
    """Tell the indexes of changed passages (id and the number of phrasings that they may hold of it)."""
    if not touched:
        return
    # Numbers must become visible in their order, or a reader would skip one that is committed late.
    lock(session, "index changes")
    rows = [
        {"passage_id": passage_id, "removed": passage_id in removed, "vectors": vectors}
        for passage_id, vectors in touched.items()
    ]
    session.execute(insert(IndexChange), rows)


def changes(session: Session, after: int, limit: int) -> Changes | None:
    """What happened after change number ``after``; None when the log no longer reaches back that far.

    At most ``limit`` changes are read at once; ``upto`` equal to ``after`` says that there was nothing.
    """
    first, last = session.execute(select(func.min(IndexChange.number), func.max(IndexChange.number))).one()
    if after > (last or 0) or (first is not None and after < first - 1):
        return None
    query = (
        select(IndexChange.number, IndexChange.passage_id, IndexChange.vectors)
        .where(IndexChange.number > after)
        .order_by(IndexChange.number)
        .limit(limit)
    )
    upto, touched = after, dict[str, int]()
    for number, passage_id, vectors in session.execute(query):
        upto, touched[passage_id] = number, max(vectors, touched.get(passage_id, 0))
    return Changes(upto, touched)


def newest(session: Session) -> int:
    """The number of the last change, 0 when there was none."""
    return session.scalar(select(func.max(IndexChange.number))) or 0


def trim(session: Session) -> None:
    """Drop changes so old that an index which lacks them is quicker rebuilt."""
    session.execute(delete(IndexChange).where(IndexChange.number < newest(session) - KEPT_CHANGES))


def epoch(session: Session) -> str:
    """What names the present content of this database: another one after a restore. Empty before the first is made."""
    row = session.get(StoredSetting, EPOCH)
    return str(row.value) if row is not None else ""


def begin_epoch(session: Session) -> str:
    """A new epoch: whatever index exists belongs to another content and is rebuilt."""
    value = new_id()[:8].replace("-", "a").replace("_", "b").lower()
    _put(session, EPOCH, value)
    session.execute(delete(StoredSetting).where(StoredSetting.key.startswith(POINTER, autoescape=True)))
    return value


def pointer(session: Session, home: str = "") -> VectorPointer | None:
    """The collection of vectors that serves in the index of this name, or None before there is one."""
    row = session.get(StoredSetting, POINTER + home)
    return VectorPointer(**row.value) if row is not None else None


def any_pointer(session: Session) -> VectorPointer | None:
    """The collection that was last changed, whichever index it is of."""
    query = select(StoredSetting).where(StoredSetting.key.startswith(POINTER, autoescape=True))
    row = session.scalars(query.order_by(StoredSetting.updated_at.desc()).limit(1)).first()
    return VectorPointer(**row.value) if row is not None else None


def set_pointer(session: Session, value: VectorPointer, home: str = "") -> None:
    """Let this collection serve in the index of this name, or remember how far it has come."""
    _put(session, POINTER + home, value.as_dict())


def _put(session: Session, key: str, value: object) -> None:
    row = session.get(StoredSetting, key, with_for_update=True)
    if row is None:
        session.add(StoredSetting(key=key, value=value))
    else:
        row.value, row.version, row.updated_at = value, row.version + 1, now()
    session.flush()
