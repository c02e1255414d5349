"""Settings as the API takes and shows them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.chat import Words
from assistant.conversations import Attempt
from assistant.domain.answers import Outcome
from assistant.domain.installation import SectionName
from assistant.domain.rollout import Channel, Effect, Mode, Rollout
from assistant.installation import SectionChange, SectionView


class SettingsSection(BaseModel):
    """A part of the settings. Secrets are shown as `{"set": true}` or `{"set": false}` only."""

    values: dict[str, Any]
    fixed: dict[str, str] = Field(description="Fields that the environment decides, with the variable that does.")
    version: int

    @classmethod
    def of(cls, view: SectionView) -> SettingsSection:
        """The section as the API shows it."""
        return cls(values=view.values, fixed=view.fixed, version=view.version)


class SettingsSectionChange(BaseModel):
    """New values for some fields; an empty secret removes it, a left out one stays."""

    model_config = ConfigDict(extra="forbid")

    values: dict[str, Any]
    version: int = Field(ge=0, description="The version that the values were changed from.")

    def to_domain(self) -> SectionChange:
        """The change as the use case takes it."""
        return SectionChange(self.values, self.version)


Sections = dict[SectionName, SettingsSection]
SectionChanges = dict[SectionName, SettingsSectionChange]


class MailTest(BaseModel):
    """Where to send a test message."""

    model_config = ConfigDict(extra="forbid")

    to: str = Field(min_length=3, max_length=254)


class RolloutTrial(BaseModel):
    """A message to try, as the first of a conversation; `rollout` holds rules and topics that are not saved yet."""

    model_config = ConfigDict(extra="forbid")

    text: Words
    channel: Channel = Channel.WIDGET
    locale: str = Field("", max_length=35)
    rollout: Rollout | None = None


class Ruled(BaseModel):
    """Which rule decided (from 1; 0: the mode for everything else), what it says, and what it was asked about."""

    rule: int
    mode: Mode
    share: int
    effect: Effect
    channel: Channel
    locale: str
    category: str
    open: bool


class RolloutAttempt(BaseModel):
    """What the message would get. `rollout` is null where no rule was asked, since the message needs no article."""

    outcome: Outcome
    reason: str
    locale: str
    text: str
    draft: str = Field(description="What only agents would get.")
    articles: list[str] = Field(description="The titles that the answer or the draft quotes.")
    topic: str = Field(description="The topic that makes it go to a person; empty where there is none.")
    phrase: str
    rollout: Ruled | None

    @classmethod
    def of(cls, attempt: Attempt) -> RolloutAttempt:
        """The attempt as the API shows it."""
        return cls(
            outcome=attempt.outcome,
            reason=attempt.reason,
            locale=attempt.language,
            text=attempt.text,
            draft=attempt.draft,
            articles=list(attempt.articles),
            topic=attempt.topic,
            phrase=attempt.phrase,
            rollout=Ruled.model_validate(attempt.ruling) if attempt.ruling else None,
        )


class TestResult(BaseModel):
    """What came of a test."""

    __test__ = False

    ok: bool
    message: str
