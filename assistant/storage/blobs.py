"""Files in SQL, by the hash of their content, so that web processes keep no state of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import delete
from sqlalchemy.orm import Session

from assistant.storage.queries import sliced
from assistant.storage.tables import Blob


def get(session: Session, digest: str) -> Blob | None:
    """The file with this SHA-256."""
    return session.get(Blob, digest)


def put(session: Session, data: bytes, content_type: str) -> str:
    """The SHA-256 of a file that is now stored; the same content is stored once."""
    digest = hashlib.sha256(data).hexdigest()
    if session.get(Blob, digest) is None:
        session.add(Blob(hash=digest, content_type=content_type, data=data))
        session.flush()
    return digest


def drop(session: Session, digests: Collection[str], content_type: str) -> None:
    """Remove those of the files that were stored as ``content_type``."""
    for some in sliced(digests):
        session.execute(delete(Blob).where(Blob.hash.in_(some), Blob.content_type == content_type))
