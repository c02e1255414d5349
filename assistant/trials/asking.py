"""Putting past questions to the assistant in the background: nothing is stored but what would become of them."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from assistant.domain.answers import Answer
from assistant.domain.people import Actor
from assistant.domain.trials import MOST_QUESTIONS, SAMPLE, compared
from assistant.errors import AskdeskError, Conflict, Invalid, NotFound
from assistant.flow.answer import failed_answer
from assistant.flow.graph import Flow
from assistant.flow.request import TurnRequest
from assistant.storage import audit, jobs
from assistant.storage import trials as storage
from assistant.storage.database import Database, Session
from assistant.storage.tables import Trial, TrialQuestion
from assistant.storage.tables.base import now
from assistant.wording import Worded

TRIAL = "trial"
# Behind all that changes what the assistant would say, and behind learning from it.
_LANE = jobs.BULK + 2
_STORED_AT_ONCE = 8
_TRACED = ("article", "locale", "title", "heading", "passage", "score")

log = logging.getLogger(__name__)

MakeRequest = Callable[[str, str], TurnRequest]


class Breather(Protocol):
    """A job as its handler sees it."""

    def breathe(self, progress: Mapping[str, Any] | None = None) -> None:
        """Let more urgent work go first. Raises when the work must end here."""


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """A question as a file gives it: ``row`` says where it stands there."""

    row: int
    text: str
    locale: str


class Asking:
    """Starts trials and asks their questions.

    ``flow`` makes the conversation flow whose answers are quotes, ready to answer; ``request`` what it is asked with.
    """

    def __init__(
        self, database: Database, flow: Callable[[], Flow], request: MakeRequest, wake: Callable[[], None]
    ) -> None:
        self._database = database
        self._flow = flow
        self._request = request
        self._wake = wake

    def start(self, name: str, questions: Sequence[PastQuestion], skipped: int, actor: Actor) -> str:
        """The id of a new trial, which the worker begins in a moment. Questions that are the same count as one.

        Raises:
            Invalid: there is no question, or there are too many.
        """
        merged = _merged(questions)
        if not merged:
            raise Invalid("The file asks nothing: it has no row with a question.")
        if len(merged) > MOST_QUESTIONS:
            said = "The file has %(n)s different questions; at most %(most)s are taken. Draw some of them at random."
            raise Invalid(Worded(said, n=len(merged), most=MOST_QUESTIONS))
        with self._database.write() as session:
            trial = Trial(
                name=name,
                merged=len(questions) - len(merged),
                skipped=skipped,
                seed=new_seed(),
                sample_size=SAMPLE,
                error_budget=self._request("", "en").error_budget,
                actor_id=actor.id,
            )
            session.add(trial)
            session.flush()
            session.add_all(_rows(trial.id, merged))
            self._queue(session, trial)
            audit.record(session, actor, "trial.created", f"trial:{trial.id}", {"count": len(merged)})
            made = trial.id
        self._wake()
        return made

    def again(self, trial_id: str, actor: Actor) -> None:
        """Ask every question anew, of the articles and settings of now. Marks stay.

        Raises:
            NotFound: there is no such trial.
            Conflict: it is being asked already.
        """
        with self._database.write() as session:
            trial = found(session, trial_id, locked=True)
            job = jobs.get(session, trial.job_id)
            if trial.finished_at is None and job is not None and job.state in ("queued", "running"):
                raise Conflict("These questions are being asked already. Wait until that is done.")
            storage.ask_again(session, trial_id)
            trial.finished_at, trial.asked_at = None, now()
            trial.error_budget = self._request("", "en").error_budget
            self._queue(session, trial)
            audit.record(session, actor, "trial.asked_again", f"trial:{trial_id}")
        self._wake()

    def erase(self, trial_id: str, actor: Actor) -> None:
        """Erase a trial with its questions and marks.

        Raises:
            NotFound: there is no such trial.
        """
        with self._database.write() as session:
            trial = found(session, trial_id, locked=True)
            jobs.cancel(session, _dedupe(trial.id))
            storage.erase(session, trial_id)
            audit.record(session, actor, "trial.removed", f"trial:{trial_id}")

    def run(self, context: Breather, payload: Mapping[str, Any]) -> dict[str, int]:
        """Ask what has not been asked yet; what a ``trial`` job does. Begun anew, it goes on where it ended."""
        trial_id, done = payload["trial"], 0
        flow = self._flow()
        while True:
            with self._database.read() as session:
                rows = storage.unasked(session, trial_id, _STORED_AT_ONCE)
            if not rows:
                break
            become = []
            for row in rows:
                become.append(outcome_of(row, _answer(flow, self._request(row.text, row.locale))))
                context.breathe()
            with self._database.write() as session:
                storage.store(session, trial_id, become)
            done += len(rows)
            context.breathe({"done": done})
        with self._database.write() as session:
            storage.finish(session, trial_id)
        return {"done": done}

    @staticmethod
    def _queue(session: Session, trial: Trial) -> None:
        job = jobs.enqueue(session, TRIAL, {"trial": trial.id}, lane=_LANE, dedupe=_dedupe(trial.id))
        trial.job_id = job.id


def new_seed() -> int:
    """What a trial's random sample is drawn with."""
    return random.SystemRandom().randrange(2**31 - 1)


def found(session: Session, trial_id: str, *, locked: bool = False) -> Trial:
    """A trial by id. Raises ``NotFound``."""
    trial = storage.get(session, trial_id, locked=locked)
    if trial is None:
        raise NotFound("There is no such trial of past questions.")
    return trial


def outcome_of(row: TrialQuestion, answer: Answer) -> dict[str, Any]:
    """What became of a question, as its row keeps it."""
    trace = answer.trace
    features = dict(trace.get("features") or {})
    return {
        "number": row.number,
        "outcome": str(answer.outcome),
        "reason": answer.reason,
        "language": answer.language,
        "query": str(trace.get("query", "")) if features else "",
        "confidence": answer.confidence,
        "threshold": float(trace.get("threshold", 0.0)),
        "answer": answer.text,
        "article": answer.citations[0].article if answer.citations else "",
        "citations": [citation.as_dict() for citation in answer.citations],
        "choices": [choice.text for choice in answer.choices if choice.action == "send"],
        "candidates": [{name: each.get(name, "") for name in _TRACED} for each in trace.get("candidates", ())],
        "features": features,
    }


def _answer(flow: Flow, request: TurnRequest) -> Answer:
    try:
        return flow.run(request)
    except AskdeskError:
        raise
    except Exception as error:
        # One odd question must not end the trial of all the others.
        log.exception("the flow failed", extra={"error": type(error).__name__})
        return failed_answer(request, type(error).__name__)


def _dedupe(trial_id: str) -> str:
    return f"{TRIAL}:{trial_id}"


def _merged(questions: Iterable[PastQuestion]) -> list[tuple[PastQuestion, int]]:
    """Each different question once, as it was first written, and how often it was asked."""
    first: dict[tuple[str, str], PastQuestion] = {}
    times: dict[tuple[str, str], int] = {}
    for question in questions:
        same = (question.locale, compared(question.text))
        first.setdefault(same, question)
        times[same] = times.get(same, 0) + 1
    return [(question, times[same]) for same, question in first.items()]


def _rows(trial_id: str, merged: Sequence[tuple[PastQuestion, int]]) -> list[TrialQuestion]:
    return [
        TrialQuestion(trial_id=trial_id, number=n, row=each.row, text=each.text, locale=each.locale, times=times)
        for n, (each, times) in enumerate(merged, 1)
    ]
