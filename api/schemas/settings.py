"""Settings as the API takes and shows them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from assistant.domain.installation import SectionName
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


class TestResult(BaseModel):
    """What came of a test."""

    __test__ = False

    ok: bool
    message: str
