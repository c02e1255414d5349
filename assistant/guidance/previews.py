"""What the written rules would make of answers, tried on questions that customers really asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from assistant.domain.answers import Answer
from assistant.domain.guidance import Rule
from assistant.flow.rehearsal import RehearsalRetriever, Remembered, rehearsing
from assistant.flow.request import TurnRequest, Writer
from assistant.knowledge.calibration import Calibration
from assistant.knowledge.index import KnowledgeIndex
from assistant.storage import guidance as storage
from assistant.storage.database import Database
from assistant.storage.guidance import Asked
from assistant.storage.tables.base import now

_LATELY = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Preview:
    """The answer to a question as the rules hold, and as they are written."""

    question: str
    before: Answer
    after: Answer


class Previews:
    """Asks questions under other rules. Nothing is stored; tokens are spent as by a customer's question."""

    def __init__(
        self,
        database: Database,
        index: KnowledgeIndex,
        calibration: Callable[[], Calibration],
        request: Callable[[str, str], TurnRequest],
        writer: Callable[[], Writer | None],
    ) -> None:
        self._database = database
        self._index = index
        self._calibration = calibration
        self._request = request
        self._writer = writer

    def questions(self, answered: int = 12, open_: int = 6) -> Sequence[Asked]:
        """Questions worth trying: those that customers asked lately, then those that were asked in vain."""
        with self._database.read() as session:
            lately = storage.asked_lately(session, now() - _LATELY, answered)
            return [*lately, *storage.asked_in_vain(session, open_)]

    def ask(self, question: str, locale: str, held: Sequence[Rule], written: Sequence[Rule]) -> Preview:
        """The answer to ``question`` under the rules that hold, and under those that are written."""
        remembered: Remembered = {}
        request = self._request(question, locale)
        before, after = (
            rehearsing(self._retriever(remembered), self._writer, rules).run(request) for rules in (held, written)
        )
        return Preview(question, before, after)

    def _retriever(self, remembered: Remembered) -> RehearsalRetriever:
        return RehearsalRetriever(self._database, self._index, self._calibration, remembered)
