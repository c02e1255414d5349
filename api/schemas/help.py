"""What readers of the help centre say."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class ArticleOpinion(BaseModel):
    """Whether an article helped."""

    model_config = ConfigDict(extra="ignore")

    helpful: bool
    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""
