"""Where the assistant answers: rules by channel, locale and category, and topics that always go to a person."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from assistant.domain import locales
from assistant.wording import Worded

MOST_RULES = 40
MOST_TOPICS = 60
MOST_PHRASES = 100

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\r\n]*$")]
Category = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\r\n]*$")]


class Mode(StrEnum):
    """What the assistant does with a question that the articles answer.

    ``on``: it answers. ``off``: it offers a person instead. ``drafts``: it offers a person, and its answer waits for
    the agents as a draft. ``outside_hours``: it answers while nobody is there. ``share``: it answers in some of the
    conversations.
    """

    ON = "on"
    OFF = "off"
    DRAFTS = "drafts"
    OUTSIDE_HOURS = "outside_hours"
    SHARE = "share"


class Channel(StrEnum):
    """Where a conversation was begun."""

    WIDGET = "widget"
    CHAT = "chat"
    HELP = "help"
    API = "api"

    @classmethod
    def of(cls, stored: str) -> Channel:
        """The channel under its stored name; what was begun before channels were told apart counts as the widget's."""
        return next((channel for channel in cls if channel == stored), cls.WIDGET)


class Effect(StrEnum):
    """What a mode comes to in one case."""

    ANSWER = "answer"
    DRAFT = "draft"
    HOLD = "hold"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Grant(_Part):
    """A mode; ``share`` is the percentage of conversations in which the mode of that name answers."""

    mode: Mode = Mode.ON
    share: int = Field(10, ge=0, le=100)


def _locale(text: str) -> str:
    return locales.normalize(text) if text else ""


class Rule(Grant):
    """A mode for some of the questions. An empty condition fits every question.

    ``locale`` is the language in which the customer is answered, ``category`` that of the article that would be cited.
    """

    channel: Channel | Literal[""] = ""
    locale: Annotated[str, StringConstraints(strip_whitespace=True, max_length=35), AfterValidator(_locale)] = ""
    category: Category = ""

    def fits(self, channel: Channel, language: str) -> bool:
        """Whether channel and language are those of the rule."""
        return self.channel in ("", channel) and self.locale in ("", language)

    def is_about(self, category: str) -> bool:
        """Whether an article of this category is one of the rule's."""
        return not self.category or self.category.casefold() == category.strip().casefold()

    def covers(self, other: Rule) -> bool:
        """Whether every question that ``other`` fits is fitted by this rule too."""
        return (
            self.channel in ("", other.channel) and self.locale in ("", other.locale) and self.is_about(other.category)
        )


def _told(phrase: str) -> str:
    if sum(character.isalnum() for character in unicodedata.normalize("NFKC", phrase)) < 2:
        raise ValueError(Worded("“%(phrase)s” is too short: write at least two letters or characters", phrase=phrase))
    return phrase


Phrase = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80), AfterValidator(_told)]


class Topic(_Part):
    """Something that always goes to a person, and the words and phrases by which it is recognised."""

    name: Name
    phrases: tuple[Phrase, ...] = Field(min_length=1, max_length=MOST_PHRASES)


class Rollout(Grant):
    """The mode for everything (``mode``, ``share``) that no rule before decides; rules are read from the top."""

    rules: tuple[Rule, ...] = Field((), max_length=MOST_RULES)
    topics: tuple[Topic, ...] = Field((), max_length=MOST_TOPICS)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [topic.name.casefold() for topic in self.topics]
        for number, topic in enumerate(self.topics):
            if names[number] in names[:number]:
                raise ValueError(Worded("there is a topic “%(name)s” already", name=topic.name))
        return self


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when the rules are asked. Without a ``conversation``, a share counts as drawn."""

    rollout: Rollout
    channel: Channel
    is_open: bool
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """Which rule decided, by its number from 1 (0: none did, so that the mode for everything else holds), and how."""

    rule: int
    grant: Grant
    effect: Effect

    def as_dict(self) -> dict[str, Any]:
        """The ruling as traces keep it."""
        return {"rule": self.rule, **self.grant.model_dump(mode="json"), "effect": str(self.effect)}


def drawn(conversation: str) -> float:
    """A number from 0 up to 100 that belongs to a conversation: the same for each message, and under every rule.

    A share that grows therefore keeps the conversations that it had.
    """
    digest = hashlib.sha256(conversation.encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 * 100


def _effect(grant: Grant, situation: Situation) -> Effect:
    if grant.mode is Mode.DRAFTS:
        return Effect.DRAFT
    answers = {
        Mode.ON: True,
        Mode.OFF: False,
        Mode.OUTSIDE_HOURS: not situation.is_open,
        Mode.SHARE: not situation.conversation or drawn(situation.conversation) < grant.share,
    }[grant.mode]
    return Effect.ANSWER if answers else Effect.HOLD


def ruling(situation: Situation, language: str, category: str) -> Ruling:
    """What holds for an answer in this language from an article of this category: the first rule that fits decides."""
    rollout = situation.rollout
    for number, rule in enumerate(rollout.rules, 1):
        if rule.fits(situation.channel, language) and rule.is_about(category):
            return Ruling(number, rule, _effect(rule, situation))
    return Ruling(0, rollout, _effect(rollout, situation))


def settled(situation: Situation, language: str) -> Ruling | None:
    """What holds whatever article would be cited; None where that depends on its category."""
    first = next((rule for rule in situation.rollout.rules if rule.fits(situation.channel, language)), None)
    return None if first is not None and first.category else ruling(situation, language, "")


def overruled(rules: Sequence[Rule]) -> dict[int, int]:
    """Rules that never decide, as the number of each and of a rule before it that fits whatever it fits."""
    found: dict[int, int] = {}
    for number, rule in enumerate(rules, 1):
        before = next((at for at, earlier in enumerate(rules[: number - 1], 1) if earlier.covers(rule)), None)
        if before is not None:
            found[number] = before
    return found
