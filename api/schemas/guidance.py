"""Guidance as the API takes and shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assistant.guidance import Revision, State

Short = Annotated[str, StringConstraints(max_length=300)]


class Rule(BaseModel):
    """A rule in plain language for a model that words answers."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, StringConstraints(max_length=40)] = Field("", description="Empty for a new rule.")
    kind: Literal["promise", "address", "tone", "topic"]
    text: Short
    locales: list[Short] = Field([], max_length=20, description="None: for all languages.")
    category: Short = Field("", description="For a topic: the category of articles that it is about.")
    words: list[Short] = Field([], max_length=100, description="For a topic: words of questions that it is about.")
    phrases: list[Short] = Field(
        [],
        max_length=100,
        description="For a forbidden promise: what no sentence may hold; `*` is a few words.",
    )


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    revision: int = Field(ge=0, description="The draft's revision that this starts from; a stale one gives 409.")


class GuidanceChange(_Body):
    """All rules of the new draft."""

    rules: list[Rule] = Field(max_length=200)

    def to_domain(self) -> list[dict[str, Any]]:
        """The rules as the use case takes them."""
        return [rule.model_dump() for rule in self.rules]


class GuidancePublish(_Body):
    """Let the draft hold."""


class GuidanceRevert(_Body):
    """Bring an older revision back as the draft."""

    to: int = Field(ge=1)


class GuidanceRevision(BaseModel):
    """All rules as they were saved. Revision 0 is nothing at all."""

    revision: int
    rules: list[Rule]
    author: str
    created_at: datetime | None
    published_at: datetime | None

    @classmethod
    def of(cls, view: Revision) -> GuidanceRevision:
        """The revision as the API shows it."""
        rules = [Rule.model_validate(rule.as_dict()) for rule in view.rules]
        return cls(
            revision=view.number,
            rules=rules,
            author=view.author,
            created_at=view.created_at,
            published_at=view.published_at,
        )


class GuidanceState(BaseModel):
    """The draft, what holds, and whether they differ."""

    draft: GuidanceRevision
    published: GuidanceRevision
    changed: bool

    @classmethod
    def of(cls, state: State) -> GuidanceState:
        """The state as the API shows it."""
        draft, published = GuidanceRevision.of(state.draft), GuidanceRevision.of(state.published)
        return cls(draft=draft, published=published, changed=state.changed)


class GuidanceRevisions(BaseModel):
    """What was saved, the newest first."""

    items: list[GuidanceRevision]
