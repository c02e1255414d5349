"""People over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from tests.api.conftest import PASSWORD, Caller

NEW = {"email": "Li@b.c", "roles": ["agent", "editor"], "password": PASSWORD, "name": "李娜", "locale": "zh-CN"}


class TestList:
    def test_anonymous(self, anonymous: TestClient) -> None:
        assert anonymous.get("/api/v1/users").status_code == 401

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
    def test_wrong_role(self, calling: Caller, role: Role) -> None:
        assert calling(role).get("/api/v1/users").status_code == 403

    def test_pages(self, admin: TestClient) -> None:
        admin.post("/api/v1/users", json=NEW)
        first = admin.get("/api/v1/users?limit=1").json()
        second = admin.get("/api/v1/users", params={"limit": 1, "cursor": first["next_cursor"]}).json()
        assert [user["email"] for user in first["items"] + second["items"]] == ["admin@b.c", "li@b.c"]
        assert second["next_cursor"] is None


class TestCreate:
    def test_valid(self, admin: TestClient, anonymous: TestClient) -> None:
        answer = admin.post("/api/v1/users", json=NEW)
        assert answer.status_code == 201
        made = answer.json()
        assert (made["email"], made["roles"], made["locale"]) == ("li@b.c", ["agent", "editor"], "zh-Hans")
        assert PASSWORD not in answer.text
        assert admin.get(f"/api/v1/users/{made['id']}").json() == made
        login = anonymous.post("/api/v1/auth/login", json={"email": "li@b.c", "password": PASSWORD})
        assert login.status_code == 200

    def test_taken(self, admin: TestClient) -> None:
        admin.post("/api/v1/users", json=NEW)
        answer = admin.post("/api/v1/users", json=NEW)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"email": "nobody"}, "email"),
            ({"roles": []}, "roles"),
            ({"roles": ["owner"]}, "roles"),
            ({"password": "short"}, "password"),
            ({"locale": "?"}, "locale"),
            ({"shoe_size": 4}, "shoe_size"),
        ],
    )
    def test_wrong_value_is_named(self, admin: TestClient, change: dict[str, object], field: str) -> None:
        answer = admin.post("/api/v1/users", json={**NEW, **change})
        assert answer.status_code == 422
        assert field in str(answer.json()["error"])


class TestChange:
    def test_unknown(self, admin: TestClient) -> None:
        assert admin.patch("/api/v1/users/unknown", json={"name": "x"}).status_code == 404

    def test_disabling_locks_out(self, admin: TestClient, agent: TestClient, container: Container) -> None:
        person = container.accounts.people.by_email("agent@b.c")
        answer = admin.patch(f"/api/v1/users/{person.id}", json={"active": False})
        assert (answer.status_code, answer.json()["active"]) == (200, False)
        assert agent.get("/api/v1/auth/me").status_code == 401

    def test_last_admin(self, admin: TestClient, container: Container) -> None:
        person = container.accounts.people.by_email("admin@b.c")
        answer = admin.patch(f"/api/v1/users/{person.id}", json={"roles": ["agent"]})
        assert answer.status_code == 409
        assert "last active admin" in answer.json()["error"]["message"]

    def test_password(self, admin: TestClient, anonymous: TestClient, container: Container) -> None:
        person = container.accounts.people.create("ann@b.c", [Role.AGENT], PASSWORD, SYSTEM)
        admin.patch(f"/api/v1/users/{person.id}", json={"password": "another good one"})
        for password, status in ((PASSWORD, 401), ("another good one", 200)):
            body = {"email": "ann@b.c", "password": password}
            assert anonymous.post("/api/v1/auth/login", json=body).status_code == status


class TestTokens:
    def test_listed_and_revoked(self, admin: TestClient, agent: TestClient, container: Container) -> None:
        person = container.accounts.people.by_email("agent@b.c")
        tokens = admin.get(f"/api/v1/users/{person.id}/tokens").json()["items"]
        assert agent.headers["Authorization"].split()[1] not in str(tokens)
        assert admin.delete(f"/api/v1/users/{person.id}/tokens/{tokens[0]['id']}").status_code == 204
        assert agent.get("/api/v1/auth/me").status_code == 401
