"""Trials and their questions as their readers see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from assistant.domain.trials import Truth, is_right
from assistant.storage.tables import Job, Trial, TrialQuestion
from assistant.storage.trials import Tally

State = Literal["waiting", "asking", "done", "failed"]


@dataclass(frozen=True, slots=True)
class TrialView:
    """A trial. ``done`` of ``total`` different questions are asked; ``asked`` counts repeats as well.

    ``outcomes`` says how often each outcome would come of what customers asked, ``by_locale`` the same for each locale.
    ``problem`` says why the asking was given up.
    """

    id: str
    name: str
    state: State
    total: int
    done: int
    asked: int
    merged: int
    skipped: int
    outcomes: Mapping[str, int]
    by_locale: Mapping[str, Mapping[str, int]]
    by: str
    created_at: datetime
    asked_at: datetime
    finished_at: datetime | None
    problem: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in ("done", "failed")


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question of a trial: what would become of it, and what a person thinks of that.

    ``right`` is whether it is dealt with rightly as far as its mark tells; ``candidates`` are the best articles found.
    """

    number: int
    row: int
    text: str
    locale: str
    times: int
    outcome: str
    reason: str
    language: str
    confidence: float
    threshold: float
    answer: str
    article: str
    citations: Sequence[Mapping[str, Any]]
    choices: Sequence[str]
    candidates: Sequence[Mapping[str, Any]]
    features: Mapping[str, float]
    mark: str
    named: str
    aside: bool
    right: bool | None
    marked_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """Some questions of a trial, and the number to go on after where there are more."""

    items: Sequence[QuestionView]
    count: int
    following: int | None = None


def trial_view(trial: Trial, tallies: Sequence[Tally], job: Job | None) -> TrialView:
    """A trial with how its questions stand and how its job does."""
    outcomes: dict[str, int] = {}
    by_locale: dict[str, dict[str, int]] = {}
    for tally in tallies:
        if tally.outcome:
            outcomes[tally.outcome] = outcomes.get(tally.outcome, 0) + tally.times
            of_locale = by_locale.setdefault(tally.locale, {})
            of_locale[tally.outcome] = of_locale.get(tally.outcome, 0) + tally.times
    done = sum(tally.questions for tally in tallies if tally.outcome)
    total = sum(tally.questions for tally in tallies)
    return TrialView(
        id=trial.id,
        name=trial.name,
        state=_state(trial, done, job),
        total=total,
        done=done,
        asked=sum(tally.times for tally in tallies),
        merged=trial.merged,
        skipped=trial.skipped,
        outcomes=outcomes,
        by_locale=by_locale,
        by=trial.actor_id or "",
        created_at=trial.created_at,
        asked_at=trial.asked_at,
        finished_at=trial.finished_at,
        problem=job.error if job is not None and job.state == "failed" else "",
    )


def _state(trial: Trial, done: int, job: Job | None) -> State:
    if trial.finished_at is not None:
        return "done"
    if job is None or job.state == "failed":
        return "failed"
    return "asking" if done or job.state == "running" else "waiting"


def question_view(row: TrialQuestion) -> QuestionView:
    """A question as it stands."""
    return QuestionView(
        number=row.number,
        row=row.row,
        text=row.text,
        locale=row.locale,
        times=row.times,
        outcome=row.outcome,
        reason=row.reason,
        language=row.language,
        confidence=row.confidence,
        threshold=row.threshold,
        answer=row.answer,
        article=row.article,
        citations=row.citations,
        choices=row.choices,
        candidates=articles_found(row),
        features=row.features,
        mark=row.mark,
        named=row.named,
        aside=row.aside,
        right=rightness(row),
        marked_at=row.marked_at,
    )


def rightness(row: TrialQuestion) -> bool | None:
    """Whether a question is dealt with rightly; None without a mark that still holds and tells."""
    if not row.mark or row.aside or not row.outcome:
        return None
    return is_right(Truth(row.answerable, row.named, row.refuted), row.outcome, row.article)


def articles_found(row: TrialQuestion, most: int = 4) -> list[Mapping[str, Any]]:
    """The best place of each article that search found, the best first."""
    best: dict[str, Mapping[str, Any]] = {}
    for candidate in row.candidates:
        best.setdefault(str(candidate["article"]), candidate)
    return list(best.values())[:most]


@dataclass(frozen=True, slots=True)
class Share:
    """A share estimated from ``judged`` questions, with the interval that holds it 19 times of 20."""

    value: float
    low: float
    high: float
    judged: int


@dataclass(frozen=True, slots=True)
class SampleView:
    """A trial's random sample: its questions in the order to look at them, and what their marks say of all.

    ``right``: of everything asked, the share dealt with rightly; ``answers``: of the answers, those that are right;
    ``missed``: of what is not answered, the share that the articles do answer. None while too few are marked.
    """

    numbers: Sequence[int]
    marked: int
    right: Share | None = None
    answers: Share | None = None
    missed: Share | None = None
    judged: Mapping[int, bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Effect:
    """What marks have changed for a trial: the probability needed to answer, and the share answered, with and without.

    ``marks`` of all trials are in force, ``aside`` no longer hold. ``kept``: how many questions that the articles
    answer, and that people have marked, would be answered without and with the marks; ``wrong``: the same of those that
    they do not answer. ``pending``: newer marks wait to be learnt from.
    """

    marks: int
    aside: int
    thresholds: tuple[float, float]
    answered: tuple[float, float]
    kept: tuple[int, int]
    wrong: tuple[int, int]
    pending: bool = False
