"""The desk over HTTP: who may do what, the shapes that scripts rely on, and what a customer can never receive."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from tests.api.conftest import Caller
from tests.desk.scene import Scene


@pytest.fixture
def scene(container: Container) -> Scene:
    """The installation's desk."""
    return Scene(container.database, container.desk, container.installation.current())


@pytest.fixture
def number(scene: Scene) -> int:
    """A new ticket."""
    return scene.ticket("My lock is jammed.", "Try the key.", "A person, please.", email="lena@example.com")


_CALLS = [
    ("GET", "/api/v1/tickets", {Role.AGENT, Role.COLLABORATOR, Role.SUPERVISOR, Role.ADMIN}),
    ("GET", "/api/v1/tickets/1", {Role.AGENT, Role.COLLABORATOR, Role.SUPERVISOR, Role.ADMIN}),
    ("PATCH", "/api/v1/tickets/1", {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}),
    ("POST", "/api/v1/tickets/1/messages", {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}),
    ("DELETE", "/api/v1/tickets/1/messages/x", {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}),
    ("POST", "/api/v1/tickets/1/typing", {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}),
    ("GET", "/api/v1/conversations", {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}),
    ("POST", "/api/v1/conversations/x/takeover", {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}),
    ("POST", "/api/v1/conversations/x/release", {Role.AGENT, Role.SUPERVISOR, Role.ADMIN}),
    ("GET", "/api/v1/macros", {Role.AGENT, Role.COLLABORATOR, Role.SUPERVISOR, Role.ADMIN}),
    ("POST", "/api/v1/macros", {Role.SUPERVISOR, Role.ADMIN}),
    ("DELETE", "/api/v1/macros/1", {Role.SUPERVISOR, Role.ADMIN}),
    ("GET", "/api/v1/insights/summary", {Role.AGENT, Role.EDITOR, Role.SUPERVISOR, Role.ADMIN}),
]
_BODIES: dict[str, dict[str, object]] = {"PATCH": {"version": 1, "priority": "high"}, "POST": {"text": "Hello"}}


@pytest.mark.parametrize("role", [None, *Role])
def test_each_call_is_for_its_roles_only(calling: Caller, number: int, role: Role | None) -> None:
    assert number == 1
    client = calling(role)
    for method, path, allowed in _CALLS:
        body = {"title": "Greeting", "text": "Hello"} if path.endswith("macros") else _BODIES.get(method)
        status = client.request(method, path, json=body).status_code
        assert (status not in (401, 403)) == (role in allowed), (method, path, status)
        assert role is not None or status == 401


def test_the_tickets_of_ones_own_groups(agent: TestClient, container: Container, number: int) -> None:
    me = agent.get("/api/v1/auth/me").json()["user"]["id"]

    def mine() -> list[int]:
        answer = agent.get("/api/v1/tickets", params={"group": "@mine"})
        return [item["number"] for item in answer.json()["items"]]

    assert mine() == []
    version = agent.get(f"/api/v1/tickets/{number}").json()["version"]
    agent.patch(f"/api/v1/tickets/{number}", json={"group": "billing", "version": version})
    container.groups.add("billing", SYSTEM)
    assert mine() == []
    container.groups.change("billing", "billing", [me], SYSTEM)
    assert mine() == [number]


def test_list_and_one_ticket(agent: TestClient, number: int) -> None:
    listing = agent.get("/api/v1/tickets", params={"status": "new,open", "assignee": "none", "q": "jammed"}).json()
    assert [item["number"] for item in listing["items"]] == [number]
    assert listing["next_cursor"] is None
    ticket = agent.get(f"/api/v1/tickets/{number}").json()
    assert ticket["status"] == "new"
    assert ticket["subject"] == "My lock is jammed."
    assert [message["role"] for message in ticket["messages"]] == ["customer", "assistant", "customer"]
    assert ticket["customer"]["email"] == "lena@example.com"
    assert ticket["link"].startswith("http://testserver/t/")
    assert set(ticket) >= {"brief", "sources", "history", "similar", "conversation", "version", "created_at"}


def test_pages_by_cursor(agent: TestClient, scene: Scene) -> None:
    numbers = [scene.ticket() for _ in range(3)]
    first = agent.get("/api/v1/tickets", params={"limit": 2}).json()
    second = agent.get("/api/v1/tickets", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["number"] for item in first["items"] + second["items"]] == numbers[::-1]


def test_change_and_stale_version(agent: TestClient, number: int) -> None:
    changed = agent.patch(f"/api/v1/tickets/{number}", json={"version": 1, "assignee": "me", "tags": ["lock"]})
    assert changed.status_code == 200
    assert changed.json()["version"] == 2
    assert changed.json()["assignee"] == agent.get("/api/v1/auth/me").json()["user"]["id"]
    stale = agent.patch(f"/api/v1/tickets/{number}", json={"version": 1, "status": "solved"})
    assert stale.status_code == 409
    assert stale.json()["error"]["details"]["current"]["tags"] == ["lock"]
    mine = agent.get("/api/v1/tickets", params={"assignee": "me"}).json()
    assert [item["number"] for item in mine["items"]] == [number]


def test_reply_note_and_taking_back(agent: TestClient, scene: Scene, number: int) -> None:
    path = f"/api/v1/tickets/{number}/messages"
    reply = agent.post(path, json={"text": "Hello **Lena**", "client_id": "1"})
    assert reply.status_code == 201
    assert reply.json()["role"] == "agent"
    assert "<strong>Lena</strong>" in reply.json()["html"]
    assert agent.post(path, json={"text": "Hello **Lena**", "client_id": "1"}).json()["id"] == reply.json()["id"]
    assert agent.post(path, json={"text": "Out of warranty", "note": True}).json()["role"] == "note"
    later = agent.post(path, json={"text": "Oops", "undo_seconds": 20}).json()
    assert agent.delete(f"{path}/{later['id']}").json()["withdrawn"]
    assert agent.delete(f"{path}/{reply.json()['id']}").status_code == 409
    assert scene.heard(number) == ["Hello **Lena**"]


def test_collaborators_write_notes_and_nothing_else(calling: Caller, number: int) -> None:
    collaborator = calling(Role.COLLABORATOR)
    path = f"/api/v1/tickets/{number}/messages"
    assert collaborator.post(path, json={"text": "A thought", "note": True}).status_code == 201
    refused = collaborator.post(path, json={"text": "Hello"})
    assert refused.status_code == 403
    assert "internal notes" in refused.json()["error"]["message"]


def test_take_over_and_release(agent: TestClient, scene: Scene, number: int) -> None:
    path = f"/api/v1/conversations/{scene.talk(number).id}"
    assert agent.post(f"{path}/takeover").json() == {"state": "human", "ticket": number}
    talks = agent.get("/api/v1/conversations", params={"state": "human"}).json()["items"]
    assert [talk["ticket"] for talk in talks] == [number]
    assert agent.post(f"{path}/release").json() == {"state": "assistant", "ticket": number}


def test_macros(calling: Caller) -> None:
    boss = calling(Role.SUPERVISOR)
    made = boss.post("/api/v1/macros", json={"title": "Thanks", "text": "Thank you, {customer}."}).json()
    changed = boss.put(f"/api/v1/macros/{made['id']}", json={"title": "Merci", "text": "Merci.", "locale": "fr"})
    assert changed.json()["locale"] == "fr"
    assert boss.get("/api/v1/macros").json()["items"] == [changed.json()]
    assert boss.delete(f"/api/v1/macros/{made['id']}").status_code == 204


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/api/v1/tickets", {"status": "lost"}),
        ("/api/v1/tickets", {"priority": "asap"}),
        ("/api/v1/tickets", {"cursor": "made up"}),
        ("/api/v1/conversations", {"state": "asleep"}),
        ("/api/v1/insights/summary", {"tz": "Mars/Olympus"}),
        ("/api/v1/insights/summary", {"from": "2026-02-01", "to": "2026-01-01"}),
        ("/api/v1/insights/summary", {"from": "yesterday"}),
    ],
)
def test_impossible_questions(agent: TestClient, path: str, params: dict[str, str]) -> None:
    answer = agent.get(path, params=params)
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "invalid"


@pytest.mark.parametrize(
    "body", [{"text": " "}, {"text": "x", "status": "lost"}, {"text": "x", "undo_seconds": 900}, {}]
)
def test_impossible_messages(agent: TestClient, number: int, body: dict[str, object]) -> None:
    assert agent.post(f"/api/v1/tickets/{number}/messages", json=body).status_code == 422


def test_unknown_things(agent: TestClient) -> None:
    for path in ("/api/v1/tickets/99", "/api/v1/desk/traces/x"):
        assert agent.get(path).status_code == 404
    assert agent.post("/api/v1/conversations/x/takeover").status_code == 404


def test_summary_has_the_documented_names(agent: TestClient, number: int) -> None:
    assert number
    summary = agent.get("/api/v1/insights/summary", params={"tz": "Asia/Shanghai"}).json()
    assert summary["time_zone"] == "Asia/Shanghai"
    assert summary["conversations"] == 1
    assert summary["reasons"] == {"person": 1}
    assert {"from", "to", "resolution_rate", "csat", "first_response", "resolution", "days"} <= set(summary)


def test_schemas_of_customers_know_no_notes(agent: TestClient) -> None:
    schemas = agent.get("/openapi.json").json()["components"]["schemas"]
    assert "note" in schemas["StaffMessage"]["properties"]["role"]["enum"]
    public = [name for name in schemas if name in ("Message", "Transcript", "Turn", "Started", "HandedOver")]
    for name in public:
        assert "StaffMessage" not in str(schemas[name]), name
        assert "author_id" not in str(schemas[name]), name
