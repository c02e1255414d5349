"""Pictures that nothing refers to go after a month; all others stay."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from assistant.articles import Articles
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.installation import InstallationSettings, Look
from assistant.domain.people import SYSTEM
from assistant.retention import Retention
from assistant.storage import blobs, pictures
from assistant.storage.database import Database
from assistant.storage.tables import Blob, Conversation, Customer, Macro, Message

NOW = datetime.now(UTC)


def kept(database: Database, name: str, days_ago: int = 40, kind: str = "image/png") -> str:
    """The hash of a picture that was stored so many days ago."""
    with database.write() as session:
        digest = blobs.put(session, name.encode(), kind)
        moment = NOW - timedelta(days=days_ago)
        session.execute(update(Blob).where(Blob.hash == digest).values(created_at=moment))
    return digest


def sweep(database: Database, settings: InstallationSettings | None = None) -> None:
    Retention(database, lambda: settings or InstallationSettings(), lambda: NOW).sweep()


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    said: list[str] = []

    def hear(*given: Any) -> None:
        said.append(given[2])

    event.listen(database.engine, "before_cursor_execute", hear)
    yield said
    event.remove(database.engine, "before_cursor_execute", hear)


def left(database: Database) -> set[str]:
    with database.read() as session:
        return {row.hash for row in session.query(Blob)}


def saved(database: Database, article: str, body: str, revision: int = 0) -> int:
    editing = Articles(database).editing
    key, content = ArticleKey(article, "en"), ArticleContent("Title", body)
    view = editing.save(key, content, revision, SYSTEM) if revision else editing.create(key, content, SYSTEM)
    return view.revision


def test_a_picture_that_nothing_refers_to_goes_after_a_month(database: Database) -> None:
    kept(database, "old")
    young = kept(database, "young", days_ago=29)
    sweep(database)
    assert left(database) == {young}


def test_a_picture_of_any_revision_stays(database: Database) -> None:
    before, now, linked = (kept(database, name) for name in ("before", "now", "linked"))
    revision = saved(database, "a", f"Look: ![x](/files/{before})")
    saved(database, "a", f"Look: ![x](</files/{now}> 'T') and [this](/files/{linked})", revision)
    saved(database, "b", "No picture.")
    Articles(database).editing.delete(ArticleKey("a", "en"), 2, SYSTEM)
    sweep(database)
    assert left(database) == {before, now, linked}


def test_what_the_installation_and_the_desk_show_stays(database: Database) -> None:
    logo, macro, sent = (kept(database, name) for name in ("logo", "macro", "sent"))
    with database.write() as session:
        session.add(Macro(title="How", text=f"Like this: ![x](/files/{macro})"))
        session.add(Customer(id="c"))
        session.flush()
        session.add(Conversation(id="v", token_hash="h", token_expires_at=NOW, customer_id="c"))
        session.flush()
        session.add(Message(conversation_id="v", seq=1, role="agent", text=f"![x](/files/{sent})"))
    sweep(database, InstallationSettings(look=Look(logo=logo)))
    assert left(database) == {logo, macro, sent}


def test_parts_of_uploads_are_no_pictures(database: Database) -> None:
    part = kept(database, "part", kind=blobs.UNKNOWN)
    sweep(database)
    assert left(database) == {part}


def test_a_picture_that_was_stored_again_stays(database: Database) -> None:
    again = kept(database, "again")
    with database.write() as session:
        blobs.put(session, b"again", "image/png")
    sweep(database)
    assert left(database) == {again}


def test_a_picture_that_is_used_while_it_is_looked_for_stays(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    used, other = kept(database, "used"), kept(database, "other")
    saved(database, "a", "Nothing yet.")
    real = pictures.unused

    def found(session: object, *given: object) -> set[str]:
        answer = real(session, *given)  # type: ignore[arg-type]
        if len(given) == 1:  # the look at all there is, before the one at what is new
            saved(database, "a", f"![x](/files/{used})", 1)
        return answer

    monkeypatch.setattr(pictures, "unused", found)
    sweep(database)
    assert left(database) == {used}
    assert other not in left(database)


def test_as_many_statements_for_many_pictures_as_for_few(database: Database) -> None:
    counted: list[int] = []
    for many in (3, 60):
        for number in range(many):
            saved(database, f"{many}/{number}", f"![x](/files/{kept(database, f'{many}/{number}')})")
            kept(database, f"unused {many}/{number}")
        with statements(database) as said:
            sweep(database)
        counted.append(len(said))
    assert counted[0] == counted[1]
    assert len(left(database)) == 63


def test_the_hash_of_a_stored_picture_is_what_is_looked_for() -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    assert pictures.named(f"![x](/files/{digest}) /files/{digest[:-1]} /files/abc") == {digest}
