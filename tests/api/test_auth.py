"""Signing in and out over HTTP: cookies, CSRF, throttling."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api import auth
from api.app import create_app
from assistant.accounts.sign_ins import TRIES_PER_EMAIL
from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from tests.api.conftest import PASSWORD


@pytest.fixture(autouse=True)
def ann(container: Container) -> str:
    return container.accounts.people.create("ann@b.c", [Role.AGENT], PASSWORD, SYSTEM, "Ann").id


def sign_in(client: TestClient, password: str = PASSWORD) -> dict[str, str]:
    answer = client.post("/api/v1/auth/login", json={"email": "ann@b.c", "password": password})
    assert answer.status_code == 200, answer.text
    return {auth.CSRF_HEADER: answer.json()["csrf_token"]}


class TestLogin:
    def test_wrong_password(self, anonymous: TestClient) -> None:
        answer = anonymous.post("/api/v1/auth/login", json={"email": "ann@b.c", "password": "wrong password"})
        assert answer.status_code == 401
        assert answer.json() == {"error": {"code": "sign_in_needed", "message": "E-mail or password is wrong."}}
        assert "set-cookie" not in answer.headers

    def test_cookie_is_for_this_site_and_not_for_scripts(self, anonymous: TestClient) -> None:
        answer = anonymous.post("/api/v1/auth/login", json={"email": "ann@b.c", "password": PASSWORD})
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "; secure" not in cookie
        assert answer.json()["user"]["email"] == "ann@b.c"
        assert PASSWORD not in answer.text

    def test_cookie_is_secure_behind_https(self, container: Container) -> None:
        client = TestClient(create_app(container), base_url="https://testserver")
        answer = client.post("/api/v1/auth/login", json={"email": "ann@b.c", "password": PASSWORD})
        assert "; secure" in answer.headers["set-cookie"].lower()

    def test_signing_in_again_replaces_the_cookie(self, anonymous: TestClient) -> None:
        sign_in(anonymous)
        before = anonymous.cookies[auth.COOKIE]
        sign_in(anonymous)
        assert anonymous.cookies[auth.COOKIE] != before
        anonymous.cookies.set(auth.COOKIE, before, domain="testserver.local")
        anonymous.cookies.clear()
        anonymous.cookies.set(auth.COOKIE, before)
        assert anonymous.get("/api/v1/auth/me").status_code == 401

    def test_throttled(self, anonymous: TestClient) -> None:
        for _ in range(TRIES_PER_EMAIL):
            anonymous.post("/api/v1/auth/login", json={"email": "ann@b.c", "password": "wrong password"})
        answer = anonymous.post("/api/v1/auth/login", json={"email": "ann@b.c", "password": PASSWORD})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
        assert answer.json()["error"]["code"] == "too_many_requests"

    def test_form_of_another_site_is_no_sign_in(self, anonymous: TestClient) -> None:
        answer = anonymous.post(
            "/api/v1/auth/login",
            content='{"email": "ann@b.c", "password": "x"}',
            headers={"Content-Type": "text/plain"},
        )
        assert answer.status_code == 422

    def test_refused_password_is_not_repeated(self, anonymous: TestClient) -> None:
        answer = anonymous.post("/api/v1/auth/login", json={"email": "ann@b.c", "password": {"my": "hunter22"}})
        assert answer.status_code == 422
        assert "hunter22" not in answer.text


class TestMe:
    def test_anonymous(self, anonymous: TestClient) -> None:
        answer = anonymous.get("/api/v1/auth/me")
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")

    def test_by_cookie(self, anonymous: TestClient) -> None:
        csrf = sign_in(anonymous)
        me = anonymous.get("/api/v1/auth/me").json()
        assert me["csrf_token"] == csrf[auth.CSRF_HEADER]
        assert "work_tickets" in me["rights"]
        assert "administer" not in me["rights"]

    def test_by_token(self, agent: TestClient) -> None:
        assert agent.get("/api/v1/auth/me").json()["csrf_token"] == ""

    def test_wrong_token_does_not_fall_back_to_the_cookie(self, anonymous: TestClient) -> None:
        sign_in(anonymous)
        assert anonymous.get("/api/v1/auth/me", headers={"Authorization": "Bearer askdesk_x"}).status_code == 401


class TestCsrf:
    @pytest.mark.parametrize("token", [None, "", "wrong", "ü"])
    def test_change_by_cookie_needs_the_token(self, anonymous: TestClient, token: str | None) -> None:
        sign_in(anonymous)
        headers = [] if token is None else [(auth.CSRF_HEADER.encode(), token.encode())]
        answer = anonymous.patch("/api/v1/auth/me", json={"name": "Mallory"}, headers=headers)
        assert answer.status_code == 403
        assert anonymous.get("/api/v1/auth/me").json()["user"]["name"] == "Ann"

    def test_token_of_another_sign_in(self, anonymous: TestClient) -> None:
        other = sign_in(anonymous)
        sign_in(anonymous)
        assert anonymous.patch("/api/v1/auth/me", json={"name": "x"}, headers=other).status_code == 403

    def test_with_the_token(self, anonymous: TestClient) -> None:
        csrf = sign_in(anonymous)
        answer = anonymous.patch("/api/v1/auth/me", json={"name": "Annie", "locale": "zh-TW"}, headers=csrf)
        assert (answer.json()["name"], answer.json()["locale"]) == ("Annie", "zh-Hant")


class TestChangeMe:
    def test_new_password_needs_the_present_one(self, anonymous: TestClient) -> None:
        csrf = sign_in(anonymous)
        for present in (None, "wrong password"):
            body = {"password": "another good one", "present_password": present}
            assert anonymous.patch("/api/v1/auth/me", json=body, headers=csrf).status_code == 422

    def test_new_password_keeps_this_sign_in_only(self, container: Container) -> None:
        app = create_app(container)
        here, there = TestClient(app), TestClient(app)
        csrf = sign_in(here)
        sign_in(there)
        body = {"password": "another good one", "present_password": PASSWORD}
        assert here.patch("/api/v1/auth/me", json=body, headers=csrf).status_code == 200
        assert here.get("/api/v1/auth/me").status_code == 200
        assert there.get("/api/v1/auth/me").status_code == 401
        sign_in(there, "another good one")

    def test_roles_are_not_ones_own_to_change(self, anonymous: TestClient) -> None:
        csrf = sign_in(anonymous)
        assert anonymous.patch("/api/v1/auth/me", json={"roles": ["admin"]}, headers=csrf).status_code == 422


class TestLogout:
    def test_ends_the_sign_in_and_takes_the_cookie(self, anonymous: TestClient) -> None:
        csrf = sign_in(anonymous)
        token = anonymous.cookies[auth.COOKIE]
        assert anonymous.post("/api/v1/auth/logout", headers=csrf).status_code == 204
        assert auth.COOKIE not in anonymous.cookies
        anonymous.cookies.set(auth.COOKIE, token)
        assert anonymous.get("/api/v1/auth/me").status_code == 401

    def test_everywhere(self, container: Container) -> None:
        app = create_app(container)
        here, there = TestClient(app), TestClient(app)
        csrf = sign_in(here)
        sign_in(there)
        here.post("/api/v1/auth/logout?everywhere=true", headers=csrf)
        assert there.get("/api/v1/auth/me").status_code == 401
