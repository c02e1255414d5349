"""Stored pictures, and whether anything refers to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator
from contextlib import closing
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from assistant.domain.pictures import STORED_AT
from assistant.storage.queries import sliced
from assistant.storage.tables import Blob, Macro, Message, Revision

_NAMED = re.compile(rf"{STORED_AT}([0-9a-f]{{64}})(?![0-9a-f])")
_AT_ONCE = 200


def named(text: str) -> set[str]:
    """The hashes of the stored files that a text shows or links to."""
    return set(_NAMED.findall(text))


def before(session: Session, moment: datetime) -> set[str]:
    """The hashes of the pictures that were last stored before a moment."""
    return set(session.scalars(select(Blob.hash).where(*_old(moment))))


def unused(session: Session, pictures: Collection[str], since: datetime | None = None) -> set[str]:
    """Those of the pictures that no revision, canned reply or message refers to, in one pass over these.

    With ``since``, only what has been written from then on is looked at.
    """
    left = set(pictures)
    with closing(_texts(session, since)) as texts:
        for text in texts:
            left -= named(text)
            if not left:
                break
    return left


def remove(session: Session, pictures: Collection[str], moment: datetime) -> None:
    """Remove the pictures, but for those that were stored again after ``moment``."""
    for some in sliced(pictures):
        session.execute(delete(Blob).where(Blob.hash.in_(some), *_old(moment)))


def _old(moment: datetime) -> tuple[ColumnElement[bool], ...]:
    return Blob.content_type.startswith("image/"), Blob.created_at < moment


def _texts(session: Session, since: datetime | None) -> Generator[str, None, None]:
    """The texts that name any stored file, a few in memory at a time."""
    revisions = select(Revision.body).where(Revision.body.contains(STORED_AT))
    messages = select(Message.text).where(Message.text.contains(STORED_AT))
    if since is not None:
        revisions, messages = revisions.where(Revision.created_at >= since), messages.where(Message.created_at >= since)
    macros = select(Macro.text).where(Macro.text.contains(STORED_AT))
    for query in (revisions, macros, messages):
        with closing(session.scalars(query.execution_options(yield_per=_AT_ONCE))) as texts:
            yield from texts
