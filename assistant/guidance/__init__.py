"""Guidance: rules that editors write for a model that words answers, try on real questions, and publish."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assistant.domain.guidance import Rule, in_force, set_rules
from assistant.domain.installation import InstallationSettings
from assistant.domain.people import Actor
from assistant.errors import Conflict, NotFound, StorageUnavailable
from assistant.guidance.rules import checked_all
from assistant.storage import audit
from assistant.storage import guidance as storage
from assistant.storage.database import Database
from assistant.storage.tables import GuidanceRevision
from assistant.storage.tables.base import now
from assistant.wording import Worded

__all__ = ["Guidance", "Revision", "State"]

_THING = "guidance"
# Other processes see what was published after at most this many seconds.
_FRESH = 1.0


@dataclass(frozen=True, slots=True)
class Revision:
    """All rules as they were saved by someone. Number 0 is nothing at all."""

    number: int
    rules: tuple[Rule, ...]
    author_id: str | None = None
    author: str = ""
    created_at: datetime | None = None
    published_at: datetime | None = None
    published_by: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The draft, and the revision that holds."""

    draft: Revision
    published: Revision

    @property
    def changed(self) -> bool:
        """Whether the draft says something else than what holds."""
        return self.draft.rules != self.published.rules


class Guidance:
    """Saves, publishes and gives the rules. ``settings`` are those of the moment: they stand for rules too."""

    def __init__(self, database: Database, settings: Callable[[], InstallationSettings]) -> None:
        self._database = database
        self._settings = settings
        self._held: tuple[Rule, ...] | None = None
        self._read_at = 0.0

    def state(self) -> State:
        """The rules as they are written now, and as they hold."""
        with self._database.read() as session:
            return State(_view(storage.head(session)), _view(storage.published(session)))

    def revisions(self, limit: int = 50) -> Sequence[Revision]:
        """What was saved, the newest first."""
        with self._database.read() as session:
            return [_view(row) for row in storage.revisions(session, limit)]

    def save(self, rules: Sequence[Mapping[str, Any]], base: int, actor: Actor) -> State:
        """The state once all rules are stored as a new draft, made from revision ``base``. Answers do not change.

        Raises:
            Invalid: a rule cannot be used.
            Conflict: someone has saved since ``base``.
        """
        return self._saved([rule.as_dict() for rule in checked_all(rules)], base, actor)

    def revert(self, base: int, to: int, actor: Actor) -> State:
        """The state once the draft is as revision ``to`` was.

        Raises:
            NotFound: there is no such revision.
            Conflict: someone has saved since ``base``.
        """
        with self._database.read() as session:
            row = storage.revision(session, to)
            if row is None:
                raise NotFound(Worded("Guidance has no revision %(number)s.", number=str(to)))
            rules = list(row.rules)
        return self._saved(rules, base, actor)

    def publish(self, base: int, actor: Actor) -> State:
        """The state once the draft ``base`` holds; from then on models are told so.

        Raises:
            Conflict: someone has saved since, or there is no draft.
        """
        with self._database.write() as session:
            row = storage.revision(session, base)
            newest = storage.head(session)
            if row is None or newest is None or newest.number != base:
                raise _stale()
            if row.published_at is None:
                row.published_at, row.published_by = now(), actor.id
                audit.record(session, actor, "guidance.published", _THING, {"revision": base})
        self._held = None
        return self.state()

    def in_force(self) -> tuple[Rule, ...]:
        """The rules that hold for what a model writes now. Cheap: at most once a second are they read."""
        held = self._held
        if held is None or time.monotonic() - self._read_at >= _FRESH:
            read_at = time.monotonic()
            try:
                with self._database.read() as session:
                    held = _view(storage.published(session)).rules
            except StorageUnavailable:
                # What held a moment ago serves until the database is back.
                if held is None:
                    raise
            self._held, self._read_at = held, read_at
        return self.with_settings(held)

    def with_settings(self, rules: Sequence[Rule]) -> tuple[Rule, ...]:
        """``rules`` together with those that the settings stand for."""
        behaviour = self._settings().assistant
        return in_force(rules, behaviour.address, behaviour.tone)

    def set_rules(self) -> tuple[Rule, ...]:
        """The rules that the settings stand for."""
        behaviour = self._settings().assistant
        return set_rules(behaviour.address, behaviour.tone)

    def _saved(self, rules: list[dict[str, Any]], base: int, actor: Actor) -> State:
        with self._database.write() as session:
            newest = storage.head(session)
            if (newest.number if newest else 0) != base:
                raise _stale()
            if not storage.add(session, base + 1, rules, actor.id, actor.label):
                raise _stale()
            audit.record(session, actor, "guidance.saved", _THING, {"revision": base + 1})
        return self.state()


def _view(row: GuidanceRevision | None) -> Revision:
    if row is None:
        return Revision(0, ())
    return Revision(
        row.number,
        tuple(map(Rule.from_dict, row.rules)),
        row.author_id,
        row.author,
        row.created_at,
        row.published_at,
        row.published_by,
    )


def _stale() -> Conflict:
    return Conflict("Someone has changed the guidance since you opened it. Reload to see what it says now.")
