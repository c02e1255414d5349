"""Canned replies: everyone at the desk uses them, supervisors write them."""

from __future__ import annotations

from typing import Any

from assistant.desk.ground import Ground
from assistant.domain import locales
from assistant.domain.people import Person
from assistant.errors import Invalid, NotFound
from assistant.storage import audit
from assistant.storage import macros as storage
from assistant.storage.tables import Macro
from assistant.wording import Worded

_LONGEST_TITLE = 120
_LONGEST_TEXT = 10_000


class Macros:
    """Canned replies in every language. ``{customer}`` and ``{agent}`` in a text stand for names."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def every(self) -> list[dict[str, Any]]:
        """All canned replies by title."""
        with self._ground.database.read() as session:
            return [_shown(row) for row in storage.every(session)]

    def create(self, title: str, text: str, locale: str, person: Person) -> dict[str, Any]:
        """The new canned reply.

        Raises:
            Invalid: the title or text is empty or too long, or the locale is not one.
        """
        title, text, locale = _checked(title, text, locale)
        with self._ground.database.write() as session:
            row = storage.add(session, title, text, locale)
            audit.record(session, person.actor, "macro.created", f"macro:{row.id}")
            return _shown(row)

    def change(self, macro_id: int, title: str, text: str, locale: str, person: Person) -> dict[str, Any]:
        """The canned reply after the change.

        Raises:
            NotFound: there is no such canned reply.
            Invalid: as for ``create``.
        """
        title, text, locale = _checked(title, text, locale)
        with self._ground.database.write() as session:
            row = _found(storage.by_id(session, macro_id))
            row.title, row.text, row.locale = title, text, locale
            audit.record(session, person.actor, "macro.changed", f"macro:{macro_id}")
            return _shown(row)

    def drop(self, macro_id: int, person: Person) -> None:
        """Delete a canned reply.

        Raises:
            NotFound: there is no such canned reply.
        """
        with self._ground.database.write() as session:
            storage.drop(session, _found(storage.by_id(session, macro_id)))
            audit.record(session, person.actor, "macro.deleted", f"macro:{macro_id}")


def _shown(row: Macro) -> dict[str, Any]:
    return {"id": row.id, "title": row.title, "text": row.text, "locale": row.locale}


def _found(row: Macro | None) -> Macro:
    if row is None:
        raise NotFound("There is no such canned reply.")
    return row


def _checked(title: str, text: str, locale: str) -> tuple[str, str, str]:
    title, text = " ".join(title.split()), text.strip()
    if not 1 <= len(title) <= _LONGEST_TITLE:
        raise Invalid(Worded("A title has 1 to %(n)s characters.", n=_LONGEST_TITLE), {"field": "title"})
    if not 1 <= len(text) <= _LONGEST_TEXT:
        raise Invalid(Worded("A canned reply has 1 to %(n)s characters.", n=_LONGEST_TEXT), {"field": "text"})
    return title, text, locales.checked(locale)
