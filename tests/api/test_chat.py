"""The customer's contract over HTTP: shapes, streams, limits, foreign ids, other sites."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.container import Container
from assistant.conversations.access import MESSAGES_A_MINUTE
from assistant.domain.people import SYSTEM, Person, Role
from assistant.errors import StorageUnavailable
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from tests.api.serving import SseEvent, client, served, sse
from tests.conversations.talk import WAIT, Held
from tests.starter import ANSWERED_BY, QUESTION, UNKNOWN, starter_container

SITE = "https://shop.example"


@pytest.fixture(scope="module")
def container(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, starter_backup: Path, embedder: Embedder
) -> Iterator[Container]:
    """An installation that can answer."""
    folder = tmp_path_factory.mktemp("chat")
    shutil.copy(migrated_sqlite, folder / "askdesk.db")
    settings = Settings(_env_file=None, data_dir=folder, allowed_origins=SITE)
    with starter_container(settings, starter_backup, embedder) as opened:
        yield opened


@pytest.fixture(scope="module")
def base(container: Container) -> Iterator[str]:
    """The address of its server."""
    with served(container) as address:
        yield address


@pytest.fixture(scope="module")
def agent(container: Container) -> Person:
    """Someone at the desk."""
    return container.accounts.people.create("mia@example.com", [Role.AGENT], "a long enough one", SYSTEM, name="Mia")


@pytest.fixture
def started(base: str) -> dict[str, Any]:
    """A new conversation as the API told it."""
    with client(base) as anyone:
        answer = anyone.post("/conversations", json={"locale": "en"})
    assert answer.status_code == 201
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def talk(base: str, started: dict[str, Any]) -> Iterator[httpx.Client]:
    """A client of that conversation, by paths below it."""
    with client(base, started["token"]) as opened:
        opened.base_url = httpx.URL(f"{base}/api/v1/conversations/{started['id']}/")
        yield opened


def spoken(talk: httpx.Client, text: str, **more: Any) -> list[SseEvent]:
    """The events of a turn."""
    asked = {"json": {"text": text, **more}, "headers": {"Accept": "text/event-stream"}}
    with talk.stream("POST", "messages", **asked) as response:  # type: ignore[arg-type]
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        return list(sse(response))


def transcript(talk: httpx.Client) -> dict[str, Any]:
    """The conversation as its customer sees it."""
    answer = talk.get(str(talk.base_url).rstrip("/"))
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


class TestStart:
    def test_shape(self, started: dict[str, Any]) -> None:
        assert {"id", "token", "greeting", "choices"} <= set(started)
        assert started["greeting"]
        assert all(set(choice) == {"text", "action"} for choice in started["choices"])

    def test_no_language_is_refused(self, base: str) -> None:
        with client(base) as anyone:
            answer = anyone.post("/conversations", json={"locale": "no language"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")

    def test_forged_identity_is_refused(self, base: str) -> None:
        with client(base) as anyone:
            answer = anyone.post("/conversations", json={"identity": "a.b.c"})
        assert answer.status_code == 422


class TestMessage:
    def test_as_json(self, talk: httpx.Client) -> None:
        answer = talk.post("messages", json={"text": QUESTION, "client_id": "one"})
        assert answer.status_code == 200
        turn = answer.json()
        assert set(turn) == {"message", "reply", "ticket"}
        assert (turn["message"]["role"], turn["message"]["client_id"], turn["ticket"]) == ("customer", "one", None)
        reply = turn["reply"]
        wanted = {"id", "text", "html", "outcome", "confidence", "citations", "choices"}
        assert wanted <= set(reply)
        assert reply["outcome"] == "answered"
        citation = reply["citations"][0]
        assert {"n", "kind", "article", "title", "heading", "url", "quote"} <= set(citation)
        assert (citation["kind"], citation["article"]) == ("passage", ANSWERED_BY)
        assert talk.post("messages", json={"text": QUESTION, "client_id": "one"}).json() == turn

    def test_as_a_stream(self, talk: httpx.Client) -> None:
        events = spoken(talk, QUESTION)
        kinds = [event.kind for event in events]
        first = {kind: kinds.index(kind) for kind in dict.fromkeys(kinds)}
        assert list(first) == ["status", "delta", "citation", "done"]
        done = events[-1].data
        assert "".join(event.data["text"] for event in events if event.kind == "delta") == done["reply"]["text"]
        assert [event.data for event in events if event.kind == "citation"] == done["reply"]["citations"]
        stored = transcript(talk)["messages"]
        assert [message["id"] for message in stored] == [done["message"]["id"], done["reply"]["id"]]

    def test_status_says_that_it_is_stored(
        self, talk: httpx.Client, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = Held(container.flow)
        held._before = held.wait
        monkeypatch.setattr(container.turns, "flow", held)
        asked = {"json": {"text": QUESTION}, "headers": {"Accept": "text/event-stream"}}
        with talk.stream("POST", "messages", **asked) as response:  # type: ignore[arg-type]
            events = sse(response)
            assert next(events).kind == "status"
            # The answer has not even begun, and the message is there.
            assert [message["text"] for message in transcript(talk)["messages"]] == [QUESTION]
            held.go.set()
            assert [event.kind for event in events][-1] == "done"

    def test_a_customer_who_goes_away_is_answered_all_the_same(
        self, talk: httpx.Client, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        held = Held(container.flow)
        held._before = held.wait
        monkeypatch.setattr(container.turns, "flow", held)
        asked = {"json": {"text": QUESTION, "client_id": "gone"}, "headers": {"Accept": "text/event-stream"}}
        with talk.stream("POST", "messages", **asked) as response:  # type: ignore[arg-type]
            next(sse(response))
        held.go.set()
        again = talk.post("messages", json={"text": QUESTION, "client_id": "gone"}).json()
        assert again["reply"]["outcome"] == "answered"
        assert len(held.asked) == 1

    def test_a_takeover_makes_the_reply_null(
        self, talk: httpx.Client, container: Container, started: dict[str, Any], agent: Person
    ) -> None:
        container.desk.turns.take_over(started["id"], agent)
        turn = talk.post("messages", json={"text": QUESTION}).json()
        assert (turn["reply"], turn["ticket"]["status"]) == (None, "open")
        assert [event.kind for event in spoken(talk, QUESTION)] == ["status", "done"]

    @pytest.mark.parametrize("text", ["", "   ", "a" * 4001])
    @pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
    def test_length_is_limited(self, talk: httpx.Client, text: str, accept: str) -> None:
        answer = talk.post("messages", json={"text": text}, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
        assert transcript(talk)["messages"] == []

    def test_the_longest_is_taken(self, talk: httpx.Client) -> None:
        assert talk.post("messages", json={"text": "好" * 4000}).status_code == 200

    @pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
    def test_too_many_are_refused_with_a_time(self, talk: httpx.Client, accept: str) -> None:
        for _ in range(MESSAGES_A_MINUTE):
            assert talk.post("messages", json={"text": "ok"}).status_code == 200
        answer = talk.post("messages", json={"text": "ok"}, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_requests")
        assert int(answer.headers["retry-after"]) > 0

    @pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
    def test_full_disk_is_503_and_nothing_is_acknowledged(
        self, talk: httpx.Client, container: Container, monkeypatch: pytest.MonkeyPatch, accept: str
    ) -> None:
        def full(*_args: object, **_kwargs: object) -> None:
            raise StorageUnavailable("The disk is full.")

        monkeypatch.setattr("assistant.conversations.turns.storage.add_message", full)
        answer = talk.post("messages", json={"text": "Hello"}, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage_unavailable")
        assert int(answer.headers["retry-after"]) > 0

    def test_a_failure_after_the_start_is_told_in_the_stream(
        self, talk: httpx.Client, container: Container, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full() -> None:
            raise StorageUnavailable("The disk is full.")

        with monkeypatch.context() as patch:
            patch.setattr(container.turns, "flow", Held(container.flow, before=full))
            events = spoken(talk, QUESTION, client_id="later")
        assert [event.kind for event in events] == ["status", "error"]
        assert events[-1].data["error"]["code"] == "storage_unavailable"
        assert spoken(talk, QUESTION, client_id="later")[-1].data["reply"]["outcome"] == "answered"


class TestForeign:
    @pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
    def test_an_unknown_id_reads_like_anothers(self, base: str, started: dict[str, Any], accept: str) -> None:
        with client(base) as anyone:
            other = anyone.post("/conversations", json={}).json()
        with client(base, other["token"], Accept=accept) as stranger:
            bodies = []
            for conversation in (started["id"], "0" * 32):
                answers = [
                    stranger.post(f"/conversations/{conversation}/messages", json={"text": "hi"}),
                    stranger.get(f"/conversations/{conversation}"),
                    stranger.get(f"/conversations/{conversation}/events"),
                    stranger.post(f"/conversations/{conversation}/handover", json={}),
                    stranger.post(f"/conversations/{conversation}/rating", json={"score": 5}),
                ]
                assert [answer.status_code for answer in answers] == [404] * 5
                bodies.append([answer.json() for answer in answers])
            assert bodies[0] == bodies[1]

    def test_no_token_is_401(self, base: str, started: dict[str, Any]) -> None:
        with client(base) as nobody:
            assert nobody.get(f"/conversations/{started['id']}").status_code == 401


class TestHandover:
    def test_shape_and_page(self, talk: httpx.Client, base: str) -> None:
        talk.post("messages", json={"text": UNKNOWN})
        done = talk.post("handover", json={"reason": "Please call.", "phone": "+44 20 7946 0958"}).json()
        assert set(done) == {"ticket", "on_duty", "expected_reply_by", "position", "message"}
        assert done["ticket"]["url"].startswith(f"{base}/t/")
        page = httpx.get(done["ticket"]["url"], trust_env=False)
        assert page.status_code == 200
        assert "Please call." in page.text
        told = transcript(talk)
        assert done["message"] == told["messages"][-1]["id"]
        assert (told["status"], told["ticket"]["number"]) == ("waiting", done["ticket"]["number"])

    def test_an_unknown_link_is_404(self, base: str) -> None:
        with client(base) as anyone:
            assert anyone.post(f"/t/{'x' * 32}/messages", json={"text": "hi"}).status_code == 404
            assert anyone.post(f"/t/{'x' * 32}/nudge").status_code == 404


class TestOpinions:
    def test_feedback_and_rating(self, talk: httpx.Client) -> None:
        reply = talk.post("messages", json={"text": QUESTION}).json()["reply"]
        assert talk.post("feedback", json={"message": reply["id"], "helpful": False}).status_code == 204
        assert talk.post("feedback", json={"message": "other", "helpful": False}).status_code == 404
        assert talk.post("rating", json={"score": 4}).status_code == 204
        assert talk.post("rating", json={"score": 6}).status_code == 422
        told = transcript(talk)
        assert (told["rating"], told["messages"][1]["helpful"]) == (4, False)


class TestEvents:
    def test_agents_words_arrive_live_and_go_on_where_they_were(
        self, talk: httpx.Client, container: Container, agent: Person
    ) -> None:
        number = talk.post("messages", json={"text": "I want to talk to a person"}).json()["ticket"]["number"]
        last = transcript(talk)["last_event"]
        seen: list[SseEvent] = []
        ready, enough = threading.Event(), threading.Event()

        def listen() -> None:
            with talk.stream("GET", "events", headers={"Last-Event-ID": str(last)}) as response:
                assert response.headers["content-type"].startswith("text/event-stream")
                ready.set()
                for event in sse(response):
                    seen.append(event)
                    if event.kind == "message" and event.data["message"]["text"] == "two":
                        enough.set()
                        return

        with ThreadPoolExecutor(1) as pool:
            listening = pool.submit(listen)
            assert ready.wait(WAIT)
            container.desk.replies.send(number, "one", agent)
            container.desk.replies.send(number, "a note", agent, note=True)
            container.desk.replies.send(number, "two", agent)
            assert enough.wait(WAIT)
            listening.result(WAIT)
        assert [int(event.id) for event in seen] == list(range(last + 1, last + 1 + len(seen)))
        texts = [event.data["message"]["text"] for event in seen if event.kind == "message"]
        assert texts == ["one", "two"]

        after_one = next(event.id for event in seen if event.kind == "message")
        with talk.stream("GET", "events", headers={"Last-Event-ID": after_one}) as response:
            again = sse(response)
            missed = [next(again) for _ in range(len(seen) - seen.index(_with_id(seen, after_one)) - 1)]
        assert [event.id for event in missed] == [event.id for event in seen if int(event.id) > int(after_one)]

    def test_need_the_bearer_header(self, base: str, started: dict[str, Any]) -> None:
        with client(base) as nobody:
            path = f"/conversations/{started['id']}/events"
            assert nobody.get(path).status_code == 401
            assert nobody.get(path, params={"token": started["token"]}).status_code == 401


def _with_id(events: list[SseEvent], id: str) -> SseEvent:
    return next(event for event in events if event.id == id)


class TestOtherSites:
    def test_an_allowed_one_may_call(self, base: str) -> None:
        with client(base, Origin=SITE) as widget:
            made = widget.post("/conversations", json={})
            config = widget.get("/widget/config")
        assert (made.status_code, config.status_code) == (201, 200)
        assert made.headers["access-control-allow-origin"] == SITE
        assert "access-control-allow-credentials" not in made.headers

    def test_another_gets_neither_widget_nor_conversation(self, base: str) -> None:
        with client(base, Origin="https://evil.example") as widget:
            made = widget.post("/conversations", json={})
            config = widget.get("/widget/config")
        assert (made.status_code, config.status_code) == (403, 403)
        assert "access-control-allow-origin" not in made.headers

    def test_the_page_before_the_call_is_answered(self, base: str) -> None:
        asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        with client(base, Origin=SITE, **asks) as widget:
            answer = widget.options("/conversations/x/messages")
        assert answer.status_code == 204
        assert "Last-Event-ID" in answer.headers["access-control-allow-headers"]
