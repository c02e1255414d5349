"""Trials of past questions, as the API shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.domain.trials import MOST_SAMPLED, Mark
from assistant.trials import Effect, QuestionView, SampleView, Share, TrialView

MarkName = Literal["right", "wrong", "elsewhere", "missed", "rightly_left"]


class Trial(BaseModel):
    """A file of past questions, and how often each outcome would come of them. It ends as `done` or `failed`."""

    id: str
    name: str
    state: Literal["waiting", "asking", "done", "failed"]
    total: int = Field(description="Different questions; `done` of them are asked.")
    done: int
    asked: int = Field(description="How often they were asked in all: repeats count.")
    merged: int = Field(description="Rows that ask what another row asks.")
    skipped: int = Field(description="Rows without a question.")
    outcomes: dict[str, int] = Field(description="How often each outcome would come, repeats counted.")
    by_locale: dict[str, dict[str, int]]
    created_at: datetime
    asked_at: datetime = Field(description="When the questions were put to the articles last.")
    finished_at: datetime | None
    problem: str = Field(description="Why the asking was given up; else empty.")

    @classmethod
    def of(cls, view: TrialView, told: Callable[[str], str]) -> Trial:
        """The trial as the API shows it, in the reader's language."""
        names = [name for name in cls.model_fields if name not in ("outcomes", "by_locale", "problem")]
        return cls(
            outcomes=dict(view.outcomes),
            by_locale={locale: dict(outcomes) for locale, outcomes in view.by_locale.items()},
            problem=told(view.problem) if view.problem else "",
            **{name: getattr(view, name) for name in names},
        )


class Interval(BaseModel):
    """A share estimated from the marks of the random sample, with its 95 % interval."""

    value: float
    low: float
    high: float
    judged: int

    @classmethod
    def of(cls, share: Share | None) -> Interval | None:
        """The share as the API shows it; null while too few are marked."""
        return None if share is None else cls(value=share.value, low=share.low, high=share.high, judged=share.judged)


class Sample(BaseModel):
    """The random sample of a trial, stratified over outcomes: the same until it is drawn anew."""

    numbers: list[int] = Field(description="Its questions, in the order in which to look at them.")
    marked: int
    right: Interval | None = Field(description="Of everything asked, the share dealt with rightly.")
    answers: Interval | None = Field(description="Of the answers, the share that is right.")
    missed: Interval | None = Field(description="Of what is declined or goes to a person, what the articles answer.")

    @classmethod
    def of(cls, view: SampleView) -> Sample:
        """The sample as the API shows it."""
        shares = (Interval.of(share) for share in (view.right, view.answers, view.missed))
        right, answers, missed = shares
        return cls(numbers=list(view.numbers), marked=view.marked, right=right, answers=answers, missed=missed)


class Draw(BaseModel):
    """A new random sample. Marks stay."""

    model_config = ConfigDict(extra="forbid")

    size: int | None = Field(None, ge=1, le=MOST_SAMPLED, description="By default as large as before, at first 40.")


class MarksEffect(BaseModel):
    """What the marks of all trials have changed for this one: each pair is without and with them."""

    marks: int = Field(description="Marks that the calibration has learnt from.")
    aside: int = Field(description="Marks of this trial that no longer hold, since the articles have changed.")
    threshold: tuple[float, float] = Field(description="The probability needed to answer.")
    answered: tuple[float, float] = Field(description="The share of this trial that would be answered.")
    kept: tuple[int, int] = Field(description="Marked questions that the articles answer, and that would be answered.")
    wrong: tuple[int, int] = Field(description="Marked questions that they do not answer, and that would be answered.")
    pending: bool = Field(description="Newer marks wait to be learnt from.")

    @classmethod
    def of(cls, effect: Effect) -> MarksEffect:
        """The effect as the API shows it."""
        return cls(
            marks=effect.marks,
            aside=effect.aside,
            threshold=effect.thresholds,
            answered=effect.answered,
            kept=effect.kept,
            wrong=effect.wrong,
            pending=effect.pending,
        )


class TrialDetail(Trial):
    """A trial with its sample and what marks have changed."""

    marks: dict[str, int] = Field(description="How many questions bear each mark; `aside`: marks that no longer hold.")
    sample: Sample
    effect: MarksEffect


class TrialQuestion(BaseModel):
    """A past question and what would become of it."""

    number: int
    row: int = Field(description="Where it stands in the file, as a spreadsheet counts rows.")
    text: str
    locale: str
    times: int = Field(description="In how many rows it stands.")
    outcome: str = Field(description="Empty until it has been asked.")
    reason: str
    confidence: float
    threshold: float
    answer: str
    article: str = Field(description="The article that the answer cites first.")
    citations: list[dict[str, Any]]
    choices: list[str]
    candidates: list[dict[str, Any]] = Field(description="The best place of each of the articles found, best first.")
    mark: str = Field(description="`right`, `wrong`, `elsewhere`, `missed`, `rightly_left`, or empty.")
    named: str = Field(description="The article that answers it, as far as a person has said so.")
    aside: bool = Field(description="The mark no longer holds, since the articles have changed.")
    right: bool | None = Field(description="Whether it is dealt with rightly, as far as its mark tells.")
    marked_at: datetime | None

    @classmethod
    def of(cls, view: QuestionView) -> TrialQuestion:
        """The question as the API shows it."""
        return cls(
            citations=[dict(each) for each in view.citations],
            choices=list(view.choices),
            candidates=[dict(each) for each in view.candidates],
            **{
                name: getattr(view, name)
                for name in cls.model_fields
                if name not in ("citations", "choices", "candidates")
            },
        )


class NewMark(BaseModel):
    """What a person says of what would become of a question."""

    model_config = ConfigDict(extra="forbid")

    mark: MarkName | None = Field(
        description="Of an answer `right`, `wrong` (the articles do not answer it) or `elsewhere` (another article "
        "does); of anything else `missed` (the articles do answer it) or `rightly_left`; null takes the mark back."
    )
    article: str = Field("", max_length=300, description="The article that answers it, with `missed` or `elsewhere`.")

    @property
    def chosen(self) -> Mark | None:
        """The mark."""
        return None if self.mark is None else Mark(self.mark)
