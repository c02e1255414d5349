"""An article as an editor is writing it, before anything is saved."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assistant.domain.articles import ArticleContent, ArticleKey, Audience

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class DraftBody(BaseModel):
    """What stands in the form; ``question`` is what the ask box asks of it."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    locale: Annotated[str, StringConstraints(min_length=2, max_length=35)]
    title: Line = ""
    body: Annotated[str, StringConstraints(max_length=1_000_000)] = ""
    category: Line = ""
    tags: Annotated[list[Line], Field(max_length=50)] = []
    audience: Audience = Audience.PUBLIC
    alternates: Annotated[list[Line], Field(max_length=200)] = []
    question: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4_000)] = ""

    @property
    def key(self) -> ArticleKey:
        """What names the article."""
        return ArticleKey(self.id, self.locale)

    @property
    def content(self) -> ArticleContent:
        """What the form says, as a revision would hold it."""
        return ArticleContent(
            self.title, self.body, self.category, tuple(self.tags), self.audience, tuple(self.alternates)
        )
