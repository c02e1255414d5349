"""What a message would come to under rules and topics, before they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant.domain.answers import Outcome
from assistant.domain.hours import is_open
from assistant.domain.rollout import Channel, Effect, Rollout, Situation, settled
from assistant.flow.graph import Flow
from assistant.flow.request import TurnRequest
from assistant.installation import Installation
from assistant.storage.tables.base import now


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a first message would get.

    ``text`` is what the assistant would say to the customer, ``draft`` what only agents would get, ``articles`` the
    titles that either quotes. ``topic`` and ``phrase`` are set where it goes to a person by its topic. ``ruling`` tells
    the rule (its number from 1, or 0 for the mode for everything else), its mode and share, and the channel, locale and
    category that it was asked for; empty where no rule was asked, because the message needs no article.
    """

    outcome: Outcome
    reason: str
    language: str
    text: str
    draft: str = ""
    articles: tuple[str, ...] = ()
    topic: str = ""
    phrase: str = ""
    ruling: Mapping[str, Any] = field(default_factory=dict)


class Rollouts:
    """Tries messages. Nothing is stored, and no chat model is asked: what would be written is quoted."""

    def __init__(self, flow: Flow, installation: Installation) -> None:
        self._flow = flow
        self._installation = installation

    def may_answer(self, channel: Channel, locale: str) -> bool:
        """Whether a question may be answered at all in a new conversation, as far as is known before it is asked."""
        settings = self._installation.current()
        found = settled(Situation(settings.rollout, channel, is_open(settings.hours, now())), locale)
        return not settings.assistant.paused and (found is None or found.effect is Effect.ANSWER)

    def attempt(self, text: str, channel: Channel, locale: str = "", rollout: Rollout | None = None) -> Attempt:
        """What ``text`` would get as the first message of a conversation; under ``rollout`` instead of what is stored.

        In a share of conversations, it is one of those in which the assistant answers.
        """
        settings = self._installation.current()
        rules = rollout or settings.rollout
        request = TurnRequest(
            text,
            locale or settings.site.default_locale,
            error_budget=settings.assistant.error_budget,
            paused=settings.assistant.paused,
            topics=rules.topics,
            situation=Situation(rules, channel, is_open(settings.hours, now())),
        )
        answer = self._flow.run(request)
        quoted = answer.draft or answer
        topic = answer.trace.get("topic", {})
        return Attempt(
            answer.outcome,
            str(answer.reason),
            answer.language,
            answer.text,
            answer.draft.text if answer.draft else "",
            tuple(dict.fromkeys(citation.title for citation in quoted.citations)),
            str(topic.get("name", "")),
            str(topic.get("phrase", "")),
            answer.trace.get("rollout", {}),
        )
