"""Queries about trials of past questions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session, defer

from assistant.storage.tables import Trial, TrialQuestion
from assistant.storage.tables.base import now

AT_ONCE = 500
_UNASKED: dict[str, Any] = {"outcome": "", "reason": "", "query": "", "features": {}, "candidates": []}


class Tally(NamedTuple):
    """How many questions of a locale came to an outcome: different ones, and asked how often in all."""

    outcome: str
    locale: str
    questions: int
    times: int


class Narrowed(NamedTuple):
    """Which questions of a trial are wanted. ``mark`` is a mark, ``none``, ``any`` or ``aside``."""

    outcome: str = ""
    locale: str = ""
    mark: str = ""
    text: str = ""


def get(session: Session, trial_id: str, *, locked: bool = False) -> Trial | None:
    """A trial by id."""
    return session.get(Trial, trial_id, with_for_update=locked or None)


def newest(session: Session, limit: int) -> Sequence[Trial]:
    """The trials last uploaded."""
    return session.scalars(select(Trial).order_by(Trial.created_at.desc(), Trial.id).limit(limit)).all()


def tallies(session: Session, trial_ids: Collection[str]) -> dict[str, list[Tally]]:
    """Of each trial, how many questions of each locale came to each outcome; an empty outcome is still to come."""
    query = (
        select(
            TrialQuestion.trial_id,
            TrialQuestion.outcome,
            TrialQuestion.locale,
            func.count(),
            func.sum(TrialQuestion.times),
        )
        .where(TrialQuestion.trial_id.in_(trial_ids))
        .group_by(TrialQuestion.trial_id, TrialQuestion.outcome, TrialQuestion.locale)
        .order_by(TrialQuestion.locale)
    )
    found: dict[str, list[Tally]] = {each: [] for each in trial_ids}
    for trial_id, outcome, locale, questions, times in session.execute(query).all():
        found[trial_id].append(Tally(outcome, locale, questions, int(times)))
    return found


def marks(session: Session, trial_id: str) -> dict[str, int]:
    """How many questions of a trial bear each mark; ``aside`` counts those that no longer hold."""
    query = select(TrialQuestion.mark, TrialQuestion.aside, func.count())
    rows = session.execute(
        query.where(TrialQuestion.trial_id == trial_id, TrialQuestion.mark != "").group_by(
            TrialQuestion.mark, TrialQuestion.aside
        )
    ).all()
    found: dict[str, int] = {}
    for mark, aside, count in rows:
        name = "aside" if aside else mark
        found[name] = found.get(name, 0) + count
    return found


def unasked(session: Session, trial_id: str, limit: int) -> Sequence[TrialQuestion]:
    """The next questions that have not been asked yet."""
    query = select(TrialQuestion).where(TrialQuestion.trial_id == trial_id, TrialQuestion.outcome == "")
    return session.scalars(query.order_by(TrialQuestion.number).limit(limit)).all()


def store(session: Session, trial_id: str, found: Sequence[dict[str, Any]]) -> None:
    """Keep what became of questions: each names its ``number`` and the columns to fill; erased ones are passed over."""
    for each in found:
        values = {name: value for name, value in each.items() if name != "number"}
        mine = (TrialQuestion.trial_id == trial_id, TrialQuestion.number == each["number"])
        session.execute(update(TrialQuestion).where(*mine).values(values))


def ask_again(session: Session, trial_id: str) -> None:
    """Let every question of a trial wait to be asked; marks stay."""
    session.execute(update(TrialQuestion).where(TrialQuestion.trial_id == trial_id).values(_UNASKED))


def question(session: Session, trial_id: str, number: int, *, locked: bool = False) -> TrialQuestion | None:
    """One question."""
    return session.get(TrialQuestion, (trial_id, number), with_for_update=locked or None)


def page(session: Session, trial_id: str, wanted: Narrowed, after: int, limit: int) -> Sequence[TrialQuestion]:
    """Questions in the order of the file, those with a number above ``after``."""
    query = _narrowed(trial_id, wanted).where(TrialQuestion.number > after)
    return session.scalars(query.order_by(TrialQuestion.number).limit(limit)).all()


def count(session: Session, trial_id: str, wanted: Narrowed) -> int:
    """How many questions ``page`` would give in all."""
    return session.scalar(select(func.count()).select_from(_narrowed(trial_id, wanted).subquery())) or 0


def numbered(session: Session, trial_id: str, numbers: Sequence[int]) -> dict[int, TrialQuestion]:
    """Those of the questions that still exist, by number."""
    found: dict[int, TrialQuestion] = {}
    for at in range(0, len(numbers), AT_ONCE):
        query = _slim(trial_id).where(TrialQuestion.number.in_(numbers[at : at + AT_ONCE]))
        found |= {row.number: row for row in session.scalars(query)}
    return found


def outcomes(session: Session, trial_id: str) -> dict[int, str]:
    """The outcome of every question that was asked, by number."""
    query = select(TrialQuestion.number, TrialQuestion.outcome)
    rows = session.execute(query.where(TrialQuestion.trial_id == trial_id, TrialQuestion.outcome != ""))
    return {row.number: row.outcome for row in rows}


def searched(session: Session, trial_id: str) -> Sequence[Any]:
    """Language, outcome, confidence, threshold, features and times of each question searched for, and its truth.

    ``found_in`` is the locale of the best passage found.
    """
    wanted = (
        TrialQuestion.language,
        TrialQuestion.candidates[(0, "locale")].as_string().label("found_in"),
        TrialQuestion.outcome,
        TrialQuestion.confidence,
        TrialQuestion.threshold,
        TrialQuestion.features,
        TrialQuestion.times,
        TrialQuestion.answerable,
        TrialQuestion.mark,
        TrialQuestion.aside,
    )
    return session.execute(select(*wanted).where(TrialQuestion.trial_id == trial_id, TrialQuestion.query != "")).all()


def marked(session: Session, limit: int) -> Sequence[TrialQuestion]:
    """The questions last marked, of all trials, whose marks say whether the articles answer them."""
    query = select(TrialQuestion).where(
        TrialQuestion.marked_at.is_not(None), TrialQuestion.answerable.is_not(None), TrialQuestion.query != ""
    )
    return session.scalars(query.order_by(TrialQuestion.marked_at.desc()).limit(limit)).all()


def erase(session: Session, trial_id: str) -> None:
    """Erase a trial with its questions and marks."""
    session.execute(delete(TrialQuestion).where(TrialQuestion.trial_id == trial_id))
    session.execute(delete(Trial).where(Trial.id == trial_id))


def erase_question(session: Session, trial_id: str, number: int) -> None:
    """Erase one question."""
    mine = (TrialQuestion.trial_id == trial_id, TrialQuestion.number == number)
    session.execute(delete(TrialQuestion).where(*mine))


def older_than(session: Session, moment: datetime) -> Sequence[str]:
    """The trials that were uploaded before a moment."""
    return session.scalars(select(Trial.id).where(Trial.created_at < moment)).all()


def finish(session: Session, trial_id: str) -> None:
    """Note that every question was asked."""
    session.execute(update(Trial).where(Trial.id == trial_id).values(finished_at=now()))


def _slim(trial_id: str) -> Select[TrialQuestion]:
    query = select(TrialQuestion).where(TrialQuestion.trial_id == trial_id)
    return query.options(defer(TrialQuestion.vector, raiseload=True))


def _narrowed(trial_id: str, wanted: Narrowed) -> Select[TrialQuestion]:
    query = _slim(trial_id)
    if wanted.outcome:
        query = query.where(TrialQuestion.outcome == wanted.outcome)
    if wanted.locale:
        query = query.where(TrialQuestion.locale == wanted.locale)
    if wanted.text:
        query = query.where(func.lower(TrialQuestion.text).contains(wanted.text.lower(), autoescape=True))
    if wanted.mark == "none":
        return query.where(TrialQuestion.mark == "")
    if wanted.mark == "any":
        return query.where(TrialQuestion.mark != "")
    if wanted.mark == "aside":
        return query.where(TrialQuestion.aside)
    return query.where(TrialQuestion.mark == wanted.mark) if wanted.mark else query
