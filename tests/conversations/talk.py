"""A customer with a conversation, and flows that a test can hold up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from assistant.articles.views import ArticleView
from assistant.container import Container
from assistant.conversations import TurnResult
from assistant.domain.answers import Answer
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.people import SYSTEM
from assistant.flow.graph import Flow
from assistant.flow.request import TurnRequest
from assistant.storage import events
from assistant.storage.tables import Conversation, Event, Ticket

WAIT = 30.0


@dataclass
class Talk:
    """One customer's conversation."""

    container: Container
    id: str
    token: str

    def say(self, text: str, client_id: str | None = None, **more: Any) -> TurnResult:
        return self.container.turns.converse(self.id, self.token, text, client_id, **more)

    def transcript(self) -> dict[str, Any]:
        return self.container.readings.transcript(self.id, self.token)

    def said(self, role: str) -> list[str]:
        """The texts of one role, in order, as the customer sees them."""
        return [message["text"] for message in self.transcript()["messages"] if message["role"] == role]

    def events(self) -> list[tuple[int, str, dict[str, Any]]]:
        return list(self.container.readings.events(self.id, self.token, 0))

    @property
    def row(self) -> Conversation:
        with self.container.database.read() as session:
            return session.get_one(Conversation, self.id)

    def edit(self, **fields: Any) -> None:
        """Change the conversation behind everybody's back."""
        with self.container.database.write() as session:
            row = session.get_one(Conversation, self.id)
            for name, value in fields.items():
                setattr(row, name, value)

    @property
    def number(self) -> int:
        """The number of the newest ticket."""
        number: int = self.transcript()["ticket"]["number"]
        return number

    @property
    def ticket(self) -> Ticket:
        with self.container.database.read() as session:
            return session.get_one(Ticket, self.number)

    @property
    def secret(self) -> str:
        """The secret part of the ticket's link."""
        url: str = self.transcript()["ticket"]["url"]
        return url.removeprefix("/t/")


def start(container: Container, locale: str = "en") -> Talk:
    started = container.openings.start(locale)
    return Talk(container, started.id, started.token)


def desk_events(container: Container, kind: str) -> list[Event]:
    """What the desk was told."""
    found: list[Event] = []
    after = 0
    with container.database.read() as session:
        while some := events.since(session, events.DESK, after, public_only=False):
            found.extend(event for event in some if event.kind == kind)
            after = some[-1].number
    return found


class Held:
    """The real flow, held up before it starts and once it has its answer, as often as ``times`` says.

    ``before`` and ``after`` run at those moments, in the turn's own thread.
    """

    def __init__(
        self,
        flow: Flow,
        before: Callable[[], object] = lambda: None,
        after: Callable[[], object] = lambda: None,
        times: int = 1,
    ) -> None:
        self._flow = flow
        self._before = before
        self._after = after
        self._times = times
        self.entered = threading.Event()
        self.go = threading.Event()
        self.asked: list[str] = []
        self.requests: list[TurnRequest] = []
        self.answers: list[Answer] = []

    def run(self, request: TurnRequest, emit: Callable[[str], None] | None = None) -> Answer:
        self.asked.append(request.text)
        self.requests.append(request)
        held = len(self.asked) <= self._times
        if held:
            self._before()
            self.entered.set()
        answer = self._flow.run(request, emit)
        self.answers.append(answer)
        if held:
            self._after()
        return answer

    def wait(self) -> None:
        """What ``before`` is where a test says itself when the turn goes on."""
        self.entered.set()
        assert self.go.wait(WAIT)


@dataclass
class Meanwhile:
    """Runs calls in threads of their own and gives their results."""

    pool: ThreadPoolExecutor

    def __call__(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
        return self.pool.submit(call, *args, **kwargs)


def publish(
    container: Container, article_id: str, body: str, title: str, question: str, *, index: bool = True
) -> ArticleView:
    """The article in English, published with this text and, unless told otherwise, found by search."""
    editing, key = container.articles.editing, ArticleKey(article_id, "en")
    content = ArticleContent(title, body, alternates=(question,))
    with container.database.read() as session:
        from assistant.storage import articles

        before = articles.by_key(session, key)
    if before is None:
        revision = editing.create(key, content, SYSTEM).revision
    else:
        revision = editing.save(key, content, before.head, SYSTEM).revision
    view = editing.publish(key, revision, SYSTEM)
    if index:
        container.worker.drain()
    return view
