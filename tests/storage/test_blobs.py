"""Files are stored once, by their content, with what is known of them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update

from assistant.storage import blobs
from assistant.storage.database import Database
from assistant.storage.tables import Blob

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def test_the_same_content_is_stored_once_and_counts_as_new(database: Database) -> None:
    with database.write() as session:
        digest = blobs.put(session, b"data", "image/png")
        session.execute(update(Blob).values(created_at=LONG_AGO))
    with database.write() as session:
        assert blobs.put(session, b"data", "image/png") == digest
    with database.read() as session:
        (row,) = session.query(Blob)
        assert (row.data, row.created_at > LONG_AGO) == (b"data", True)


def test_what_is_known_of_a_file_is_not_forgotten(database: Database) -> None:
    for first, second in ((blobs.UNKNOWN, "image/png"), ("image/png", blobs.UNKNOWN)):
        with database.write() as session:
            digests = {blobs.put(session, first.encode(), kind) for kind in (first, second)}
            # Whoever uploaded it does not need it any more; whoever shows it does.
            blobs.drop(session, digests, blobs.UNKNOWN)
            assert [row.content_type for row in session.query(Blob)] == ["image/png"]
            session.query(Blob).delete()
