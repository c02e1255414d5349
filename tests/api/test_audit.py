"""The audit log over HTTP."""

from __future__ import annotations

from fastapi.testclient import TestClient


def test_anonymous(anonymous: TestClient) -> None:
    assert anonymous.get("/api/v1/audit").status_code == 401


def test_wrong_role(agent: TestClient) -> None:
    assert agent.get("/api/v1/audit").status_code == 403


def test_pages_newest_first(admin: TestClient) -> None:
    for number in range(3):
        body = {"email": f"p{number}@b.c", "roles": ["agent"], "password": "a long enough one"}
        admin.post("/api/v1/users", json=body)
    seen: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = admin.get("/api/v1/audit", params={"limit": 2, "cursor": cursor}).json()
        seen += [entry["id"] for entry in page["items"]]
        cursor = page["next_cursor"]
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) >= 4


def test_foreign_cursor(admin: TestClient) -> None:
    assert admin.get("/api/v1/audit?cursor=x").status_code == 422
