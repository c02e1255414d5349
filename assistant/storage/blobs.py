"""Files in SQL, by the hash of their content, so that web processes keep no state of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from assistant.storage.queries import insert, sliced
from assistant.storage.tables import Blob
from assistant.storage.tables.base import now

# Bytes that someone uploaded, of which nothing more is known.
UNKNOWN = "application/octet-stream"


def get(session: Session, digest: str) -> Blob | None:
    """The file with this SHA-256."""
    return session.get(Blob, digest)


def put(session: Session, data: bytes, content_type: str) -> str:
    """The SHA-256 of a file that is now stored; the same content is stored once, and counts as new each time.

    What was stored as ``UNKNOWN`` takes the type that is told now, and not the other way round.
    """
    digest = hashlib.sha256(data).hexdigest()
    again = {"created_at": now()} | ({} if content_type == UNKNOWN else {"content_type": content_type})
    if not session.scalars(update(Blob).where(Blob.hash == digest).values(again).returning(Blob.hash)).all():
        new = {"hash": digest, "content_type": content_type, "data": data, "created_at": now()}
        session.execute(insert(session, Blob).values(new).on_conflict_do_update(index_elements=[Blob.hash], set_=again))
    return digest


def drop(session: Session, digests: Collection[str], content_type: str) -> None:
    """Remove those of the files that were stored as ``content_type``."""
    for some in sliced(digests):
        session.execute(delete(Blob).where(Blob.hash.in_(some), Blob.content_type == content_type))
