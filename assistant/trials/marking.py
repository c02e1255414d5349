"""Marking what would become of past questions: any of them, and a random sample that speaks for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from assistant.domain.answers import Outcome
from assistant.domain.indexing import CALIBRATE
from assistant.domain.people import Actor
from assistant.domain.trials import MOST_SAMPLED, Mark, drawn, marks_of, truth_of
from assistant.errors import Conflict, Invalid
from assistant.storage import audit, jobs
from assistant.storage import trials as storage
from assistant.storage.database import Database, Session
from assistant.storage.tables import TrialQuestion
from assistant.storage.tables.base import now
from assistant.trials.asking import found, new_seed
from assistant.trials.estimates import Judged, share_right
from assistant.trials.reading import question_of
from assistant.trials.views import QuestionView, SampleView, Share, question_view, rightness

# Marks come one after the other; one fit serves them all.
LEARNT_AFTER = timedelta(seconds=10)


class Marking:
    """Keeps marks, draws samples, and has the calibration learn from both."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._database = database
        self._wake = wake

    def mark(self, trial_id: str, number: int, mark: Mark | None, actor: Actor, named: str = "") -> QuestionView:
        """The question with its new mark, or without any.

        ``named`` is the article that answers a question which was missed or answered from another one.

        Raises:
            NotFound: there is no such trial or question.
            Invalid: the mark does not fit what would become of the question.
        """
        with self._database.write() as session:
            row = question_of(session, trial_id, number, locked=True)
            _refuse_unfit(row, mark)
            _set(row, mark, actor, named)
            learn_later(session)
            session.flush()
            view = question_view(row)
        self._wake()
        return view

    def sample(self, trial_id: str) -> SampleView:
        """The trial's random sample, and what its marks say of all questions.

        Raises:
            NotFound: there is no such trial.
        """
        with self._database.read() as session:
            trial = found(session, trial_id)
            if trial.finished_at is None:
                return SampleView((), 0)
            numbers = drawn(storage.outcomes(session, trial_id), trial.sample_size, trial.seed)
            rows = storage.numbered(session, trial_id, numbers)
            totals: dict[str, int] = {}
            for tally in storage.tallies(session, [trial_id])[trial_id]:
                totals[tally.outcome] = totals.get(tally.outcome, 0) + tally.times
        judged = {number: rightness(rows[number]) for number in numbers}
        told = [
            Judged(rows[number].outcome, rows[number].times, right)
            for number, right in judged.items()
            if right is not None
        ]
        answered = {name: total for name, total in totals.items() if name == Outcome.ANSWERED}
        others = {name: total for name, total in totals.items() if name not in (Outcome.ANSWERED, Outcome.CLARIFYING)}
        return SampleView(
            numbers,
            len(told),
            share_right(totals, told),
            share_right(answered, told),
            _rest(share_right(others, told)),
            judged,
        )

    def draw(self, trial_id: str, size: int | None, actor: Actor) -> None:
        """Draw a new sample of ``size`` questions, or of as many as before. Marks stay.

        Raises:
            NotFound: there is no such trial.
            Invalid: the size is out of range.
            Conflict: the questions have not all been asked yet.
        """
        if size is not None and not 1 <= size <= MOST_SAMPLED:
            raise Invalid("A sample has between 1 and 400 questions.")
        with self._database.write() as session:
            trial = found(session, trial_id, locked=True)
            if trial.finished_at is None:
                raise Conflict("The questions are still being asked. Draw a sample once that is done.")
            trial.seed, trial.sample_size = new_seed(), size or trial.sample_size
            audit.record(session, actor, "trial.drawn", f"trial:{trial_id}")

    def enlarge(self, trial_id: str, by: int) -> None:
        """Add questions to the sample; those that it has stay in it.

        Raises:
            NotFound: there is no such trial.
        """
        with self._database.write() as session:
            trial = found(session, trial_id, locked=True)
            trial.sample_size = max(1, min(trial.sample_size + by, MOST_SAMPLED))

    def erase(self, trial_id: str, number: int, actor: Actor) -> None:
        """Erase one question with its mark.

        Raises:
            NotFound: there is no such trial or question.
        """
        with self._database.write() as session:
            row = question_of(session, trial_id, number, locked=True)
            if row.mark:
                learn_later(session)
            storage.erase_question(session, trial_id, number)
            audit.record(session, actor, "trial.question_removed", f"trial:{trial_id}")


def learn_later(session: Session) -> None:
    """Have the calibration fitted again in a moment."""
    after = now() + LEARNT_AFTER
    jobs.enqueue(session, CALIBRATE, {}, lane=jobs.BULK + 1, dedupe=CALIBRATE, run_after=after)


def _refuse_unfit(row: TrialQuestion, mark: Mark | None) -> None:
    if not row.outcome:
        raise Conflict("This question has not been asked yet. Mark it once it has an answer.")
    if mark is not None and mark not in marks_of(row.outcome):
        raise Invalid(
            "An answer is marked as right, wrong, or answered elsewhere; anything else as missed or rightly left."
        )


def _set(row: TrialQuestion, mark: Mark | None, actor: Actor, named: str) -> None:
    row.aside, row.seen = False, [candidate["passage"] for candidate in row.candidates]
    if mark is None:
        row.mark, row.answerable, row.named, row.refuted = "", None, "", ""
        row.marked_at, row.marked_by, row.seen = None, None, []
        return
    truth = truth_of(mark, row.outcome, row.article, named)
    row.mark, row.answerable, row.named, row.refuted = str(mark), truth.answerable, truth.article, truth.refuted
    row.marked_at, row.marked_by = now(), actor.id


def _rest(share: Share | None) -> Share | None:
    """The share that is not right."""
    return None if share is None else Share(1 - share.value, 1 - share.high, 1 - share.low, share.judged)


def sample_place(view: SampleView, after: int = 0) -> int | None:
    """The first question of the sample behind the number ``after`` that waits for a mark, going round; else None."""
    start = view.numbers.index(after) + 1 if after in view.numbers else 0
    order = [*view.numbers[start:], *view.numbers[:start]]
    return next((number for number in order if _waits(view.judged, number)), None)


def _waits(judged: Mapping[int, bool | None], number: int) -> bool:
    return judged.get(number) is None
