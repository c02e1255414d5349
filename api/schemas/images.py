"""Pictures of articles as the API takes and shows them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Image(BaseModel):
    """A stored picture."""

    id: str = Field(description="SHA-256 of the content; the same picture is stored once.")
    url: str = Field(description="Its address on this site, as an article's Markdown names it: `![words](url)`.")
    content_type: str
    bytes: int
