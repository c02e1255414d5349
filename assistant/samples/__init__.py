"""Sample conversations, so that every page has something to see: marked as such, and removable in one click.

They are made by the product itself: each is held with the assistant and worked at the desk through the ordinary use
cases, then moved into the past two weeks.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.conversations import Claims, Handovers, Openings, Opinions, Turns
from assistant.desk import Desk
from assistant.domain.people import SYSTEM, Actor, Person
from assistant.storage import audit
from assistant.storage import samples as storage
from assistant.storage.database import Database
from assistant.storage.tables.base import now

_TALKS = Path(__file__).with_name("talks.json")
_DAYS = 14
_SEED = 20


@dataclass(slots=True)
class Samples:
    """Loads and removes the sample conversations. ``agents`` work the sample tickets."""

    database: Database
    openings: Openings
    turns: Turns
    handovers: Handovers
    opinions: Opinions
    desk: Desk

    def count(self) -> dict[str, int]:
        """How many sample ``conversations`` and ``tickets`` there are."""
        with self.database.read() as session:
            return storage.count(session)

    def load(self, agents: list[Person], told: Callable[[int, int], None] | None = None) -> int:
        """How many conversations were made; none if there are samples already. ``told`` hears done and total."""
        if self.count()["conversations"]:
            return 0
        talks = json.loads(_TALKS.read_text(encoding="utf-8"))
        every = [*talks["conversations"], *talks["tickets"]]
        order = random.Random(_SEED)
        order.shuffle(every)
        for place, talk in enumerate(every):
            age = timedelta(days=_DAYS * (len(every) - place) / (len(every) + 1), minutes=order.randrange(0, 300))
            self._hold(talk, agents[place % len(agents)], now() - age, order)
            if told is not None:
                told(place + 1, len(every))
        return len(every)

    def remove(self, actor: Actor = SYSTEM) -> dict[str, int]:
        """How many sample ``conversations`` and ``tickets`` are gone; all of it goes in one transaction."""
        with self.database.write() as session:
            gone = storage.count(session)
            storage.remove(session)
            audit.record(session, actor, "samples.removed", "samples", gone)
        return gone

    def _hold(self, talk: dict[str, Any], agent: Person, begin: datetime, order: random.Random) -> None:
        started = self.openings.start(talk["locale"], Claims(name=talk["name"], email=talk.get("email", "")))
        with self.database.write() as session:
            storage.mark(session, started.id)
        opinions = talk.get("helpful", [])
        number = None
        for place, line in enumerate(talk["lines"]):
            result = self.turns.converse(started.id, started.token, line)
            number = result.ticket["number"] if result.ticket else number
            helpful = opinions[place] if place < len(opinions) else None
            if result.reply is not None and helpful is not None:
                reasons = () if helpful else ("incomplete",)
                self.opinions.on_answer(started.id, started.token, result.reply["id"], helpful, reasons)
        if "steps" in talk:
            if number is None:
                number = self.handovers.ask(started.id, started.token).number
            self._work(talk, number, agent, started.id, started.token)
        gaps = [timedelta(seconds=order.randrange(20, 400)) for _ in range(40)]
        for place in range(2 * len(talk["lines"]), 40):
            gaps[place] = timedelta(minutes=order.randrange(4, 110))
        with self.database.write() as session:
            storage.backdate(session, started.id, begin, gaps)
            if talk.get("overdue"):
                storage.promise_ended(session, started.id, now() - timedelta(hours=3))

    def _work(self, talk: dict[str, Any], number: int, agent: Person, conversation_id: str, token: str) -> None:
        for step in talk["steps"]:
            if step["kind"] == "customer":
                self.turns.converse(conversation_id, token, step["text"])
            else:
                self.desk.replies.send(number, step["text"], agent, note=step["kind"] == "note")
        fields: dict[str, Any] = {"priority": talk["priority"], "status": talk["status"]}
        if talk["group"]:
            fields["group"] = talk["group"]
        if talk["steps"]:
            fields["assignee"] = agent.id
        version = self.desk.tickets.one(number)["version"]
        self.desk.work.change(number, fields, version, agent)
        if talk["rating"] is not None:
            self.opinions.on_conversation(conversation_id, token, talk["rating"], talk["comment"])
