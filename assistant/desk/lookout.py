"""The desk's stream of events, together with that of the one conversation that is open on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assistant.desk.ground import Ground
from assistant.storage import events, tickets


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a page has read: the last numbers of the desk's and of the conversation's events."""

    desk: int
    conversation: int = 0

    def __str__(self) -> str:
        return f"{self.desk}.{self.conversation}"

    @classmethod
    def parse(cls, text: str) -> Mark | None:
        """The mark in a ``Last-Event-ID``, None for anything else."""
        first, _, second = text.partition(".")
        if not (first.isdecimal() and (second or "0").isdecimal()):
            return None
        return cls(int(first), int(second or 0))


@dataclass(frozen=True, slots=True)
class News:
    """An event, and how far whoever got it has read then."""

    mark: Mark
    kind: str
    payload: dict[str, Any]


class Lookout:
    """Events since a mark. Waiting for them is the caller's: ``Live`` wakes for the stream ``desk``."""

    stream = events.DESK

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def now(self, number: int | None = None) -> Mark:
        """The mark of a page that is opened now, with ticket ``number`` on it."""
        with self._ground.database.read() as session:
            stream = self._stream(number)
            return Mark(events.last_number(session, events.DESK), events.last_number(session, stream) if stream else 0)

    def since(self, mark: Mark, number: int | None = None) -> list[News]:
        """What happened after ``mark`` at the desk, then what the customer of ticket ``number`` could see."""
        stream = self._stream(number)
        with self._ground.database.read() as session:
            at_desk = events.since(session, events.DESK, mark.desk, public_only=False)
            in_talk = events.since(session, stream, mark.conversation, public_only=False) if stream else []
        news = []
        for event in at_desk:
            mark = Mark(event.number, mark.conversation)
            news.append(News(mark, event.kind, event.payload))
        for event in in_talk:
            mark = Mark(mark.desk, event.number)
            news.append(News(mark, f"conversation.{event.kind}", event.payload))
        return news

    def _stream(self, number: int | None) -> str:
        if number is None:
            return ""
        with self._ground.database.read() as session:
            ticket = tickets.by_number(session, number)
        return "" if ticket is None else events.stream_of(ticket.conversation_id)
