"""What a turn starts from and what its steps tell one another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain, zip_longest
from typing import Protocol

from assistant.domain.answers import Hit, Utterance
from assistant.domain.conversations import ConversationState
from assistant.domain.rollout import Situation, Topic


class Intent(StrEnum):
    """What a message wants, as far as its words tell."""

    QUESTION = "question"
    GREETING = "greeting"
    THANKS = "thanks"
    ACKNOWLEDGEMENT = "acknowledgement"
    GOODBYE = "goodbye"
    ABOUT_ASSISTANT = "about_assistant"
    NOISE = "noise"
    REFERENCE = "reference"
    PERSON = "person"
    ANGER = "anger"
    SAFETY = "safety"
    LEGAL = "legal"
    STILL_UNSOLVED = "still_unsolved"


SMALL_TALK = frozenset(
    {
        Intent.GREETING,
        Intent.THANKS,
        Intent.ACKNOWLEDGEMENT,
        Intent.GOODBYE,
        Intent.ABOUT_ASSISTANT,
        Intent.NOISE,
        Intent.REFERENCE,
    }
)
STRAIGHT_TO_A_PERSON = frozenset({Intent.PERSON, Intent.ANGER, Intent.SAFETY, Intent.LEGAL})


@dataclass(frozen=True, slots=True)
class TurnRequest:
    """A customer's message (or several sent in one breath, joined by line breaks) and what was said before it.

    ``names`` are what the customer is called, as far as it is known; ``topics`` always go to a person. Without a
    ``situation``, whatever the articles answer is answered.
    """

    text: str
    locale: str = "en"
    history: tuple[Utterance, ...] = ()
    message_ids: tuple[str, ...] = ()
    state: ConversationState = ConversationState.ASSISTANT
    audiences: frozenset[str] = frozenset({"public"})
    error_budget: float = 0.0
    paused: bool = False
    names: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    situation: Situation | None = None


@dataclass(frozen=True, slots=True)
class Understanding:
    """The message as the later steps see it: its language, its intent, and the text to search for.

    ``before`` are the questions to read ``query`` together with where alone it finds nothing sure, oldest first.
    """

    intent: Intent
    language: str
    query: str
    follow_up: bool = False
    reference: str = ""
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What search found, and the features that the decision rests on.

    ``weighed`` is what each of them added to the log odds of ``confidence``, from those of the average question;
    ``spelled`` has misspelled words of the query, each with the one searched for instead. ``meanings`` has
    what articles say for each token of a query in another language than what was found, and is empty for other queries.
    ``heard_of`` are the models and codes of the query, normalised, that articles name which may be read, found or not;
    ``without`` is the name of a model, as written, that the query was searched for without.
    ``part`` is the part of the query that made it surer, since by itself it leads to the same article; empty where none
    did.
    ``together`` is what was found for the query together with the questions before it, where neither is sure enough to
    answer from.
    """

    hits: tuple[Hit, ...] = ()
    confidence: float = 0.0
    threshold: float = 1.0
    features: Mapping[str, float] = field(default_factory=dict)
    degraded: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    weighed: Mapping[str, float] = field(default_factory=dict)
    spelled: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    heard_of: Set[str] = frozenset()
    without: tuple[str, ...] = ()
    part: str = ""
    together: Retrieved | None = None

    @property
    def tried(self) -> tuple[Hit, ...]:
        """All that was found, each passage once: what was found for the query alone and together in turns."""
        if self.together is None:
            return self.hits
        found: dict[str, Hit] = {}
        for hit in chain.from_iterable(zip_longest(self.hits, self.together.hits)):
            if hit is not None:
                found.setdefault(hit.passage.id, hit)
        return tuple(found.values())

    @property
    def is_nearly_sure(self) -> bool:
        """Whether the best hit is half as sure as an answer must be: worth naming, not worth quoting."""
        return self.confidence >= 0.5 * self.threshold

    @property
    def is_clearly_sure(self) -> bool:
        """Whether the best hit is half-way from as sure as an answer must be to certain."""
        return self.confidence >= 0.5 * (1.0 + self.threshold)


def together(*texts: str) -> str:
    """The text of a question and those before it, oldest first."""
    return "\n".join(filter(None, texts))


class Retriever(Protocol):
    """Search with its calibrated judgement, as the flow uses it."""

    def retrieve(
        self,
        query: str,
        *,
        before: Sequence[str] = (),
        parts: Sequence[str] = (),
        language: str,
        audiences: frozenset[str],
        error_budget: float,
    ) -> Retrieved:
        """The passages that may answer the query, best first, and how sure one can be that the first one does.

        ``before``: the questions that it is to be read together with, oldest first. ``parts``: what it says clause by
        clause, which may make it surer where it is by itself.
        """
        ...


class Writer(Protocol):
    """A chat model that may only use the passages given to it."""

    @property
    def name(self) -> str:
        """The model, as traces name it."""
        ...

    def prompt_hash(self, guidance: Sequence[str] = ()) -> str:
        """The version of the prompt with these lines of guidance, as traces name it."""
        ...

    def write(
        self,
        question: str,
        language: str,
        history: Sequence[Utterance],
        passages: Sequence[Hit],
        *,
        names: Sequence[str] = (),
        guidance: Sequence[str] = (),
    ) -> Iterator[str]:
        """An answer, a whole sentence at a time, each ending in ``[n]``, n being a passage's number from 1.

        Each sentence keeps the white space behind it; joined, they are the reply. Nothing comes when the passages do
        not answer. ``names`` are the customer's own, to be kept from the model; ``guidance`` are the lines that the
        editors' rules are in a prompt.

        Raises:
            ModelUnavailable: too slow, down, out of budget, or nonsense; possibly after the first sentences.
        """
        ...

    def translate(self, text: str, language: str) -> str:
        """A quoted passage in ``language``, whole.

        Raises:
            ModelUnavailable: as for ``write``, or the translation breaks off.
        """
        ...
