"""What the calibration learns from marked questions, and what that has changed for a trial."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from assistant.domain.answers import Outcome
from assistant.domain.indexing import CALIBRATE
from assistant.domain.locales import primary
from assistant.domain.trials import compared
from assistant.flow.rehearsal import RehearsalRetriever, Remembered
from assistant.flow.request import Retrieved, TurnRequest
from assistant.knowledge.calibration import Calibration, Sample
from assistant.knowledge.features import NAMES, valued
from assistant.knowledge.languages import is_abroad
from assistant.storage import jobs
from assistant.storage import trials as storage
from assistant.storage.articles import locales_in_use
from assistant.storage.database import Database
from assistant.storage.tables import TrialQuestion
from assistant.trials.asking import found
from assistant.trials.views import Effect

# The newest: beyond them, marks say little more, and each costs a search on every publish.
MOST_MARKS = 1_000

Breathe = Callable[[], None]
MakeRetriever = Callable[[Remembered], RehearsalRetriever]


class Teaching:
    """Turns marks into samples of the knowledge base as it is now.

    ``retriever`` makes a search that remembers vectors of questions; ``compared`` gives the calibration as it would be
    without marks, the one in force, and how many marks that was fitted to.
    """

    def __init__(
        self,
        database: Database,
        retriever: MakeRetriever,
        request: Callable[[str, str], TurnRequest],
        compared: Callable[[], tuple[Calibration, Calibration, int]],
    ) -> None:
        self._database = database
        self._retriever = retriever
        self._request = request
        self._compared = compared

    def samples(self, breathe: Breathe = lambda: None) -> list[Sample]:
        """A sample of each marked question that was searched for: one search a mark, embedded once and kept.

        A mark counts for as long as what it rests on stands: that a question cannot be answered, until another passage
        comes first that was not there to be seen; that an article answers it, until search no longer finds the article.
        """
        with self._database.read() as session:
            written = locales_in_use(session, published=True)
            # What is asked in a language without articles says nothing of what is asked in theirs.
            marked = [row for row in storage.marked(session, MOST_MARKS) if not is_abroad(row.language, written)]
            rows = _each_once(marked)
        made: list[Sample] = []
        changed: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            looked, vector = self._look(row)
            if looked.degraded:
                # What half a search finds says nothing of what the articles answer.
                continue
            holds = _holds(row, looked)
            # Nor does what is found in another language than the question's say anything of what is found in its own.
            if holds and not looked.meanings:
                made.append(_sample(row, looked))
            if vector or holds == row.aside:
                changed.setdefault(row.trial_id, []).append({"number": row.number, "aside": not holds, **vector})
            breathe()
        for trial_id, several in changed.items():
            with self._database.write() as session:
                storage.store(session, trial_id, several)
        return made

    def effect(self, trial_id: str) -> Effect:
        """What marks have changed for a trial.

        Raises:
            NotFound: there is no such trial.
        """
        without, with_marks, marks = self._compared()
        with self._database.read() as session:
            budget = found(session, trial_id).error_budget
            rows = storage.searched(session, trial_id)
            written = locales_in_use(session, published=True)
            total = sum(tally.times for tally in storage.tallies(session, [trial_id])[trial_id] if tally.outcome)
            aside = storage.marks(session, trial_id).get("aside", 0)
            pending = bool(jobs.unfinished(session, [CALIBRATE]))
        usable = [row for row in rows if set(NAMES) <= set(row.features)]
        thresholds = without.threshold(budget), with_marks.threshold(budget)
        # No mark moves the model that deals with questions in another language than what was found.
        abroad = with_marks.abroad()
        threshold_abroad = abroad.threshold(budget)
        away = [
            is_abroad(row.language, written) or primary(row.found_in or row.language) != primary(row.language)
            for row in usable
        ]
        did = [
            [
                _answers(row, *((abroad, threshold_abroad) if is_away else (model, threshold)))
                for row, is_away in zip(usable, away, strict=True)
            ]
            for model, threshold in zip((without, with_marks), thresholds, strict=True)
        ]
        times = np.array([row.times for row in usable], dtype=float)
        marked = [(place, row.answerable) for place, row in enumerate(usable) if row.mark and not row.aside]
        shares = [float(np.array(each, dtype=float) @ times) / total if total else 0.0 for each in did]
        kept = [sum(each[place] for place, answerable in marked if answerable) for each in did]
        wrong = [sum(each[place] for place, answerable in marked if answerable is False) for each in did]
        return Effect(
            marks, aside, thresholds, (shares[0], shares[1]), (kept[0], kept[1]), (wrong[0], wrong[1]), pending
        )

    def _look(self, row: TrialQuestion) -> tuple[Retrieved, dict[str, Any]]:
        """The search of now for a marked question, and the vector to keep with it if it is new."""
        remembered: Remembered = {}
        if row.vector is not None:
            model, _, text = row.vector_of.partition(" ")
            remembered[text,] = [np.frombuffer(row.vector, dtype="<f4")], model
        known = set(remembered)
        request = self._request(row.text, row.locale)
        retriever = self._retriever(remembered)
        looked = retriever.retrieve(
            row.query, language=row.language, audiences=request.audiences, error_budget=request.error_budget
        )
        text = retriever.as_embedded(row.query, row.language)
        (vector,), model = remembered[text,]
        if vector is None or (text,) in known:
            return looked, {}
        return looked, {"vector": np.asarray(vector, dtype="<f4").tobytes(), "vector_of": f"{model} {text}"}


def _each_once(rows: Sequence[TrialQuestion]) -> list[TrialQuestion]:
    """The newest mark of each question: one that was marked in two trials must not count twice."""
    newest: dict[tuple[str, str], TrialQuestion] = {}
    for row in rows:
        newest.setdefault((row.locale, compared(row.text)), row)
    return list(newest.values())


def _holds(row: TrialQuestion, looked: Retrieved) -> bool:
    if row.answerable and row.named:
        return any(hit.passage.article == row.named for hit in looked.hits)
    return not looked.hits or looked.hits[0].passage.id in row.seen


def _sample(row: TrialQuestion, looked: Retrieved) -> Sample:
    top = looked.hits[0].passage.article if looked.hits else ""
    right = bool(row.answerable and row.named and top == row.named)
    return Sample(valued(looked.features), bool(row.answerable), right, f"marked {row.trial_id} {row.number}")


def _answers(row: Any, model: Calibration, threshold: float) -> bool:
    """Whether a question would be answered at a threshold: what held it back otherwise holds it back still.

    It is as sure as its first passage makes it; what made it surer besides, as a part of it by itself may, is left out.
    """
    if row.outcome != Outcome.ANSWERED and row.confidence >= row.threshold:
        return False
    return model.probability(valued(row.features)) >= threshold
