"""Reading trials: how they stand, what became of their questions, and the whole as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from assistant.errors import NotFound
from assistant.storage import jobs
from assistant.storage import trials as storage
from assistant.storage.database import Database, Session
from assistant.storage.tables import Trial, TrialQuestion
from assistant.storage.trials import Narrowed
from assistant.trials.asking import found
from assistant.trials.views import QuestionPage, QuestionView, TrialView, question_view, trial_view

_RECENT = 50
_COLUMNS = ("row", "question", "locale", "times", "outcome", "reason", "confidence", "answer", "article", "title")
_MARKED = ("mark", "right")
# A spreadsheet takes a cell that begins so for a formula and runs it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Reading:
    """Gives trials and their questions; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recent(self) -> list[TrialView]:
        """The trials last uploaded, the newest first."""
        with self._database.read() as session:
            return _views(session, storage.newest(session, _RECENT))

    def get(self, trial_id: str) -> TrialView:
        """One trial.

        Raises:
            NotFound: there is none of this id.
        """
        with self._database.read() as session:
            return _views(session, [found(session, trial_id)])[0]

    def page(self, trial_id: str, wanted: Narrowed, after: int = 0, limit: int = 50) -> QuestionPage:
        """Some questions in the order of the file.

        Raises:
            NotFound: there is no such trial.
        """
        with self._database.read() as session:
            found(session, trial_id)
            rows = storage.page(session, trial_id, wanted, after, limit + 1)
            count = storage.count(session, trial_id, wanted)
            items = [question_view(row) for row in rows[:limit]]
        return QuestionPage(items, count, items[-1].number if len(rows) > limit else None)

    def question(self, trial_id: str, number: int) -> QuestionView:
        """One question.

        Raises:
            NotFound: there is no such trial or question.
        """
        with self._database.read() as session:
            return question_view(question_of(session, trial_id, number))

    def marks(self, trial_id: str) -> dict[str, int]:
        """How many questions bear each mark; ``aside`` counts marks that no longer hold."""
        with self._database.read() as session:
            return storage.marks(session, trial_id)

    def table(self, trial_id: str) -> Iterator[str]:
        """Every question with what would become of it, as lines of CSV; no cell is a formula to a spreadsheet.

        Raises:
            NotFound: there is no such trial.
        """
        self.get(trial_id)
        return self._lines(trial_id)

    def _lines(self, trial_id: str) -> Iterator[str]:
        # With the mark, spreadsheet programs read it as UTF-8.
        yield "\ufeff" + _line((*_COLUMNS, *_MARKED))
        after: int | None = 0
        while after is not None:
            page = self.page(trial_id, Narrowed(), after, storage.AT_ONCE)
            for each in page.items:
                yield _line(_cells(each))
            after = page.following


def question_of(session: Session, trial_id: str, number: int, *, locked: bool = False) -> TrialQuestion:
    """A question by trial and number. Raises ``NotFound``."""
    row = storage.question(session, trial_id, number, locked=locked)
    if row is None:
        raise NotFound("There is no such question in this trial. It may have been erased.")
    return row


def _views(session: Session, trials: Sequence[Trial]) -> list[TrialView]:
    tallies = storage.tallies(session, [trial.id for trial in trials])
    work = {job.id: job for job in jobs.by_ids(session, [trial.job_id for trial in trials])}
    return [trial_view(trial, tallies[trial.id], work.get(trial.job_id)) for trial in trials]


def _cells(each: QuestionView) -> list[str]:
    title = str(each.citations[0]["title"]) if each.citations else ""
    right = {True: "yes", False: "no", None: ""}[each.right]
    cells = (
        each.row,
        each.text,
        each.locale,
        each.times,
        each.outcome,
        each.reason,
        f"{each.confidence:.3f}",
        each.answer,
        each.article,
        title,
        each.mark,
        right,
    )
    return [_harmless(str(cell)) for cell in cells]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: Sequence[str]) -> str:
    written = io.StringIO()
    csv.writer(written).writerow(cells)
    return written.getvalue()
