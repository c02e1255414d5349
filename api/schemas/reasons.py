"""Why an article answered a question or did not, and how sure is sure enough, as the API shows them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from assistant.articles.journeys import Place, Step
from assistant.articles.reasons import WhyNot


class PlaceShown(BaseModel):
    """A passage by the names that people know it by."""

    model_config = ConfigDict(from_attributes=True)

    article: str
    locale: str
    passage: str
    title: str
    heading: str

    @classmethod
    def maybe(cls, place: Place | None) -> PlaceShown | None:
        """The passage, if there is one."""
        return None if place is None else cls.model_validate(place)


class StepShown(BaseModel):
    """How the article fares at one stage.

    Stages come in this order, and a later version may add more between `fused` and `decision`:
    `understood` (was the message searched at all), `visible` (is it published, and for this audience), `keyword` and
    `dense` (is it among the candidates by words and by meaning), `fused` (its place once both are weighed), `reader`
    (its place once the best have been read together with the question; missing where nothing reads), `translation`
    (did another language of it stay instead), `duplicates` (did a passage that says the same stay instead),
    `any_model` (does an article that holds for any model answer better) and `untranslated` (does one that is not there
    in the question's language; both missing where none does), `decision` (is the best passage sure enough), `quote` (is
    it in the answer).
    """

    stage: str
    ok: bool = Field(description="Whether the article passed: at a ranking stage, whether it came first.")
    rank: int = Field(description="Its place from 1; 0 where it has none or stands beyond the first 512.")
    score: float | None = Field(description="BM25 at `keyword`, cosine at `dense`, the fused score after that.")
    depth: int = Field(description="How far down this search looks for candidates; 0 at other stages.")
    facts: dict[str, Any] = Field(description="What else the stage tells, such as `lacks`: words it does not have.")

    @classmethod
    def of(cls, step: Step) -> StepShown:
        """The step as JSON."""
        return cls(
            stage=step.stage,
            ok=step.ok,
            rank=step.rank,
            score=step.score,
            depth=step.depth,
            facts=dict(step.facts),
        )


class WhyNotShown(BaseModel):
    """What became of an article when the question was asked again, of the articles as they are now."""

    article: str
    locale: str
    title: str
    lost: str = Field(
        description="The first stage that lost the article; `candidates` where neither search found it, "
        "empty where the answer quotes it."
    )
    outcome: str
    confidence: float
    threshold: float
    best: PlaceShown | None = Field(description="The article's own best passage.")
    winner: PlaceShown | None = Field(description="The passage that ends up first.")
    steps: list[StepShown]

    @classmethod
    def of(cls, found: WhyNot) -> WhyNotShown:
        """The finding as JSON."""
        return cls(
            article=found.key.id,
            locale=found.key.locale,
            title=found.title,
            lost=found.lost,
            outcome=found.outcome,
            confidence=round(found.confidence, 4),
            threshold=round(found.threshold, 4),
            best=PlaceShown.maybe(found.best),
            winner=PlaceShown.maybe(found.winner),
            steps=[StepShown.of(step) for step in found.steps],
        )


class BudgetPoint(BaseModel):
    """What an error budget gives: shares between 0 and 1, measured on questions that were held out."""

    model_config = ConfigDict(from_attributes=True)

    budget: float
    answered: float = Field(description="Of the questions that the articles answer: answered from the right article.")
    misplaced: float = Field(description="Of the same: answered from another article.")
    wrong: float = Field(description="Of the questions that they do not answer: answered all the same.")


class ReliabilityBin(BaseModel):
    """Questions of about the same confidence: what was promised, and what came true."""

    model_config = ConfigDict(from_attributes=True)

    promised: float
    came: float
    count: int


class CertaintyShown(BaseModel):
    """How sure the assistant can be of this knowledge base, and what the error budget makes of it."""

    model_config = ConfigDict(from_attributes=True)

    questions: int = Field(description="Questions of the articles' own that were tried; 0: general experience holds.")
    enough: bool = Field(description="Whether these are enough to speak for this knowledge base by themselves.")
    error_budget: float = Field(description="0: what is likelier answered than not is answered.")
    threshold: float
    today: BudgetPoint
    balanced: BudgetPoint = Field(description="What it would be without a budget.")
    budgets: list[BudgetPoint]
    reliability: list[ReliabilityBin]
    calibration_error: float | None = Field(description="Expected calibration error; null without own questions.")
    error_by_chance: float | None = Field(description="What that error would be if every probability came true.")
    version: int = Field(description="Names the state that a change starts from.")


class BudgetChange(BaseModel):
    """Another error budget."""

    model_config = ConfigDict(extra="forbid")

    error_budget: Annotated[float, Field(ge=0, le=0.5, description="A share: 0.05 is 5 %. 0: balanced.")]
    version: Annotated[int, Field(ge=0, description="The version that this change started from; stale: 409.")]
