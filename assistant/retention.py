"""What is kept no longer than it is needed: old conversations, traces, events already delivered, unused pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from assistant.domain.installation import InstallationSettings
from assistant.storage import erasure, events, pictures, trials
from assistant.storage.database import Database
from assistant.storage.tables.base import now

# Pages that were closed longer ago read the transcript anew.
_EVENTS_KEPT = timedelta(days=14)
# An editor may have put a picture into a text that is not saved yet.
_PICTURES_KEPT = timedelta(days=30)
# What is saved while unused pictures are looked for, by whatever clock.
_MEANWHILE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Retention:
    """Erases what has outlived its time, a few hundred rows in a transaction so that nobody waits for it."""

    database: Database
    installed: Callable[[], InstallationSettings]
    clock: Callable[[], datetime] = now

    def sweep(self) -> int:
        """How many conversations were erased because nothing happened in them for the days that the admin set."""
        privacy, moment = self.installed().privacy, self.clock()
        with self.database.write() as session:
            events.forget_before(session, moment - _EVENTS_KEPT)
        self._traces(moment - timedelta(days=privacy.trace_days))
        self._pictures(moment - _PICTURES_KEPT)
        if not privacy.retention_days:
            return 0
        before = moment - timedelta(days=privacy.retention_days)
        self._trials(before)
        return self._conversations(before)

    def _traces(self, before: datetime) -> None:
        while True:
            with self.database.write() as session:
                if erasure.traces_before(session, before) < erasure.AT_ONCE:
                    return

    def _pictures(self, before: datetime) -> None:
        """Those that nothing refers to: taken out of a text before it was saved, or of an import that ended early."""
        installed, begun = self.installed(), now()
        with self.database.read() as session:
            found = pictures.before(session, before) - {installed.look.logo}
            found -= pictures.named(installed.model_dump_json())
            if found:
                found = pictures.unused(session, found)
        if found:
            with self.database.write() as session:
                pictures.remove(session, pictures.unused(session, found, begun - _MEANWHILE), before)

    def _trials(self, before: datetime) -> None:
        """Past questions are customers' words as well."""
        with self.database.write() as session:
            for trial_id in trials.older_than(session, before):
                trials.erase(session, trial_id)

    def _conversations(self, before: datetime) -> int:
        erased = 0
        while True:
            with self.database.write() as session:
                old = erasure.conversations_before(session, before)
                erasure.conversations(session, old)
            erased += len(old)
            if len(old) < erasure.AT_ONCE:
                return erased
