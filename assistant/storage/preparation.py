"""How many articles can be found already, while others are still on their way into search."""

from __future__ import annotations

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from assistant.domain.indexing import INDEX_BULK, Preparation
from assistant.storage.tables import Article, Job

# Kept: every question to which nothing was found asks it. (``in_`` would write it anew each time.)
_UNDER_WAY = select(Job.progress).where(or_(Job.state == "queued", Job.state == "running"), Job.kind == INDEX_BULK)


def preparation(session: Session) -> Preparation | None:
    """How far the first indexing of imported articles has come; None when none is under way."""
    under_way = session.connection().scalars(_UNDER_WAY).all()
    if not under_way:
        return None
    live = Article.deleted_at.is_(None)
    ready = session.scalar(select(func.count()).where(live, Article.published.is_not(None))) or 0
    unpublished = live & Article.published.is_(None)
    waiting = session.scalar(select(func.count()).where(unpublished, Article.publishing.is_not(None))) or 0
    if not waiting:
        return None
    # A job publishes its articles together, once all of them are embedded: until then its own count says how far it is.
    embedded = sum(_share(progress) for progress in under_way)
    return Preparation(ready, waiting, min(float(waiting), embedded))


def _share(progress: dict[str, int]) -> float:
    """How many articles' worth of its texts a job has embedded."""
    texts = progress.get("texts", 0)
    return progress.get("articles", 0) * progress.get("embedded", 0) / texts if texts else 0.0
