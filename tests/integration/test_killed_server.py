"""The whole server, killed at random moments: whatever it has acknowledged is there, and what it owes is answered."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.domain.indexing import EMBED_MISSING, INDEX_ARTICLE, REINDEX
from tests.integration.server import Customer, Server, install, is_done, problems, until
from tests.starter import ARTICLES, QUESTION

pytestmark = pytest.mark.timeout(900)

ROUNDS = 10
ARTICLE = ARTICLES[-1]


@dataclass
class Acknowledged:
    """What the server has said yes to."""

    messages: dict[tuple[str, str], str] = field(default_factory=dict)
    replies: dict[str, str] = field(default_factory=dict)
    tickets: dict[int, tuple[int, list[str]]] = field(default_factory=dict)
    published: int = 0
    edition: str = ""
    asked: int = 0


class Crowd:
    """Customers who write, an agent who works tickets and an editor who publishes, until the server is gone."""

    def __init__(self, server: Server, known: Acknowledged, customers: list[Customer]) -> None:
        self.server, self.known, self.customers = server, known, customers
        self._threads = [threading.Thread(target=self._until_it_ends, args=(act,)) for act in self._acts()]
        self._ended = False

    def _acts(self) -> list[Any]:
        return [
            lambda: self._write("how long does a refund take"),
            lambda: self._write("hello"),
            self._tag,
            self._publish,
        ]

    def __enter__(self) -> Crowd:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended = True
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()

    def _until_it_ends(self, act: Any) -> None:
        while not self._ended:
            try:
                act()
            except httpx.HTTPError:
                return

    def _write(self, text: str) -> None:
        customer = random.choice(self.customers)
        self.known.asked += 1
        client_id = f"{self.known.asked}-{random.random()}"
        answer = customer.say(self.server, text, client_id)
        if answer.status_code == 429:
            self.customers.append(Customer(self.server))
            return
        assert answer.status_code == 200, answer.text
        turn = answer.json()
        self.known.messages[(customer.id, turn["message"]["id"])] = text
        if turn["reply"] is not None:
            self.known.replies[turn["reply"]["id"]] = turn["reply"]["text"]

    def _tag(self) -> None:
        with self.server.http() as http:
            number = random.choice(list(self.known.tickets))
            version, _ = self.known.tickets[number]
            current = http.get(f"/tickets/{number}").json()
            tags = [f"t{random.randrange(10_000)}"]
            done = http.patch(f"/tickets/{number}", json={"tags": tags, "version": current["version"]})
            assert done.status_code == 200, done.text
            self.known.tickets[number] = (max(version, done.json()["version"]), tags)

    def _publish(self) -> None:
        with self.server.http() as http:
            before = http.get(f"/articles/{ARTICLE}", params={"locale": "en"}).json()
            edition = f"Edition {random.randrange(1_000_000)}."
            change = {
                "revision": before["revision"],
                "body": f"{before['body']}\n\n{edition}",
                "status": "published",
            }
            done = http.put(f"/articles/{ARTICLE}", params={"locale": "en"}, json=change)
            assert done.status_code == 200, done.text
            self.known.published, self.known.edition = done.json()["published_revision"], edition
        time.sleep(0.2)


def check(server: Server, known: Acknowledged, customers: list[Customer]) -> None:
    """Everything acknowledged is there."""
    stored: dict[str, dict[str, Any]] = {}
    for customer in customers:
        for message in customer.transcript(server)["messages"]:
            stored[message["id"]] = message | {"conversation": customer.id}
    for (conversation, message_id), text in known.messages.items():
        assert (stored[message_id]["conversation"], stored[message_id]["text"]) == (conversation, text)
    for reply_id, text in known.replies.items():
        assert stored[reply_id]["text"] == text
    client_ids = [message["client_id"] for message in stored.values() if message.get("client_id")]
    assert len(client_ids) == len(set(client_ids))
    with server.http() as http:
        for number, (version, tags) in known.tickets.items():
            ticket = http.get(f"/tickets/{number}").json()
            assert ticket["version"] >= version
            assert ticket["version"] > version or ticket["tags"] == tags
        article = http.get(f"/articles/{ARTICLE}", params={"locale": "en"}).json()
        assert (article["published_revision"] or 0) >= known.published


def test_nothing_acknowledged_is_lost(tmp_path: Path, models_dir: Path, starter_backup: Path) -> None:
    data, token = install(tmp_path / "data", models_dir, starter_backup)
    known, customers = Acknowledged(), []
    server = Server(data, token)
    try:
        server.wait("keywords")
        customers = [Customer(server) for _ in range(3)]
        for customer in customers[:2]:
            ticket = customer.say(server, "I want to talk to a person").json()["ticket"]
            known.tickets[ticket["number"]] = (1, [])
        for _ in range(ROUNDS):
            with Crowd(server, known, customers):
                time.sleep(random.uniform(0.2, 4.0))
                server.kill()
            server = Server(data, token)
            server.wait("keywords")
            check(server, known, customers)
        # Whoever wrote into the last moments of a process is answered by the next.
        until(lambda: not any(customer.transcript(server)["pending"] for customer in customers), "every answer", 30)
        server.wait("dense")
        assert Customer(server).ask(server, QUESTION)["outcome"] == "answered"
        with server.http() as http:

            def found() -> bool:
                query: dict[str, str | int] = {"q": f"{ARTICLE} {known.edition}", "k": 10, "locale": "en"}
                return any(known.edition in hit["text"] for hit in http.get("/search", params=query).json()["results"])

            until(found, "what was published", 120)
        until(lambda: is_done(data, INDEX_ARTICLE, EMBED_MISSING, REINDEX), "the indexes to be abreast", 60)
        assert len(known.messages) > ROUNDS
        assert known.published > 1
        assert server.stop() == 0
    finally:
        if server.process.poll() is None:
            server.kill()
    assert problems(data) == []
