"""Articles, the passages they are split into, and the phrasings under which a passage can be found."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from assistant.domain.visible import visible


class Audience(StrEnum):
    """Who may read an article, and so who may be answered from it."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"
    AGENTS = "agents"


class ArticleStatus(StrEnum):
    """Whether customers see an article."""

    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True)
class ArticleKey:
    """What names an article: its id and its locale. The same id in another locale is its translation."""

    id: str
    locale: str


@dataclass(frozen=True, slots=True)
class ArticleContent:
    """What an editor or a source file says, as a reader sees it: everything that one revision holds.

    Hidden characters are left out: they would be read by machines only.
    """

    title: str
    body: str
    category: str = ""
    tags: tuple[str, ...] = ()
    audience: Audience = Audience.PUBLIC
    alternates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("title", "body", "category"):
            object.__setattr__(self, name, visible(getattr(self, name)))
        for name in ("tags", "alternates"):
            object.__setattr__(self, name, tuple(map(visible, getattr(self, name))))

    def digest(self) -> str:
        """SHA-256 over all fields: equal exactly when two revisions say the same."""
        parts = (self.title, self.body, self.category, *self.tags, "\x1f", self.audience, *self.alternates)
        return hashlib.sha256("\x1e".join(parts).encode()).hexdigest()


class PassageKind(StrEnum):
    """The shape of a passage's text."""

    PARAGRAPH = "paragraph"
    LIST = "list"
    STEPS = "steps"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Phrasing:
    """One text under which a passage is found by vector. Number 0 is the passage itself."""

    number: int
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the exact text that is embedded."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, list or table of an article, small enough to quote (about 200 tokens at most).

    ``heading`` is the path of headings above it, joined by " › " (empty before the first heading); ``anchor`` is the id
    of the nearest heading in the rendered article; ``position`` counts the passages of an article from 0; ``plain`` is
    ``text`` as a person reads it.
    """

    id: str
    article: ArticleKey
    title: str
    heading: str
    anchor: str
    kind: PassageKind
    position: int
    text: str
    plain: str
    phrasings: tuple[Phrasing, ...]


def passage_id(article: ArticleKey, heading: str, text: str, occurrence: int = 0) -> str:
    """A stable opaque id: the same text under the same heading of the same article keeps its id across revisions."""
    parts = (article.id, article.locale, heading, text, str(occurrence))
    return "p" + hashlib.sha256("\x1e".join(parts).encode()).hexdigest()[:20]
