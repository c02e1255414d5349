"""What a turn comes to: the query, the passages found, the decision, and an answer with its citations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple


class Outcome(StrEnum):
    """How the assistant dealt with a message."""

    ANSWERED = "answered"
    CLARIFYING = "clarifying"
    DECLINED = "declined"
    HANDOVER_OFFERED = "handover_offered"
    HANDED_OVER = "handed_over"


# Reasons for an offer that names the nearest articles.
NAMES_ARTICLES = frozenset({"not_sure", "unknown_code"})


@dataclass(frozen=True, slots=True)
class Utterance:
    """One earlier message of a conversation, oldest first in any history."""

    role: Literal["customer", "assistant", "agent"]
    text: str
    id: str = ""
    outcome: Outcome | None = None


class LivePassage(NamedTuple):
    """A passage of a published revision, as SQL holds it at the moment of asking.

    ``tokens`` are four lines: those of its own text, of its heading, of its title and of its other phrasings.
    """

    id: str
    article: str
    locale: str
    revision: int
    title: str
    heading: str
    anchor: str
    kind: str
    position: int
    text: str
    category: str
    audience: str
    tokens: str


class Hit(NamedTuple):
    """A passage with the scores that ranked it.

    ``dense`` is the best cosine over its phrasings, ``keyword`` the BM25 score (both 0.0 where that search did not find
    it); ``score`` is the fused score by which hits are ordered; ``why`` names each contribution for the trace.
    """

    passage: LivePassage
    score: float
    dense: float
    keyword: float
    why: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Citation:
    """What a statement rests on: a passage of a published revision, or a record of this very customer.

    ``translation`` is what a chat model makes of a quote in another language than the customer's, if there is one.
    """

    n: int
    kind: Literal["passage", "record"]
    article: str
    locale: str
    revision: int
    passage: str
    title: str
    heading: str
    url: str
    quote: str
    converted: bool = False
    translation: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The citation as JSON holds it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to tap: ``text`` is shown and sent as the customer's next message; ``action`` is for the widget.

    Where the text is an article's title, ``passage`` and ``revision`` tell what it was taken from.
    """

    text: str
    action: Literal["send", "handover"] = "send"
    passage: str = ""
    revision: int = 0

    def as_dict(self) -> dict[str, str]:
        """The choice as JSON holds it."""
        return {"text": self.text, "action": self.action}


@dataclass(frozen=True, slots=True)
class Answer:
    """The assistant's reply before it is stored. ``text`` is Markdown; ``[n]`` in it refers to ``citations``.

    ``topic`` names what always goes to a person; ``draft`` is an answer that only agents may see.
    """

    text: str
    outcome: Outcome
    confidence: float
    language: str
    citations: tuple[Citation, ...] = ()
    choices: tuple[Choice, ...] = ()
    reason: str = ""
    written_by: str = "extract"
    trace: Mapping[str, Any] = field(default_factory=dict)
    topic: str = ""
    draft: Answer | None = None
