"""What surrounds every request: errors, limits, headers, other sites, the log."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import APIRouter
from fastapi.testclient import TestClient

from api.app import create_app
from api.limits import USUAL
from api.logging import configure
from assistant import errors
from assistant.container import Container
from assistant.domain.people import SYSTEM
from assistant.installation import SectionChange
from assistant.settings import Settings
from tests.api.conftest import PASSWORD

ORIGIN = {"Origin": "https://shop.example"}


@pytest.fixture
def broken(container: Container) -> TestClient:
    """An application with routes that fail in every way."""
    app = create_app(container)
    router = APIRouter(prefix="/api/v1/broken")

    @router.get("/{name}")
    def fail(name: str) -> None:
        password = "hunter22"
        raise {
            "storage": errors.StorageUnavailable("The disk is full."),
            "model": errors.ModelUnavailable("The model is away."),
            "index": errors.IndexBroken("The index is gone."),
            "locked": errors.DataDirLocked("Locked."),
            "times": errors.Conflict("Too late.", {"at": datetime(2026, 11, 21, tzinfo=UTC)}),
        }.get(name, RuntimeError(f"surprise {len(password)}"))

    @app.get("/page")
    def page() -> None:
        raise RuntimeError("surprise")

    app.include_router(router)
    return TestClient(app, raise_server_exceptions=False)


def allow(container: Container, *origins: str) -> None:
    version = container.installation.view()["site"].version
    container.installation.change({"site": SectionChange({"allowed_origins": list(origins)}, version)}, SYSTEM)


class TestErrors:
    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("storage", 503, "storage_unavailable"),
            ("model", 503, "model_unavailable"),
            ("index", 503, "index_broken"),
            ("locked", 503, "data_dir_locked"),
        ],
    )
    def test_table(self, broken: TestClient, path: str, status: int, code: str) -> None:
        answer = broken.get(f"/api/v1/broken/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert int(answer.headers["Retry-After"]) > 0

    def test_details_may_hold_times(self, broken: TestClient) -> None:
        assert broken.get("/api/v1/broken/times").json()["error"]["details"]["at"].startswith("2026-11-21T00:00:00")

    def test_every_error_has_a_status(self) -> None:
        from api.errors import STATUS

        kinds = {kind for kind in errors.AskdeskError.__subclasses__() if kind.__module__ == errors.__name__}
        assert kinds == set(STATUS)

    def test_surprise_is_answered_plainly(self, broken: TestClient) -> None:
        answer = broken.get("/api/v1/broken/other")
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "unexpected")
        assert "surprise" not in answer.text
        assert answer.headers["X-Request-ID"]
        assert "Content-Security-Policy" in answer.headers

    def test_page_of_an_error_for_a_browser(self, broken: TestClient) -> None:
        answer = broken.get("/page", headers={"Accept": "text/html,*/*"})
        assert answer.status_code == 500
        assert answer.headers["content-type"].startswith("text/html")
        assert broken.get("/page").json()["error"]["code"] == "unexpected"

    def test_page_of_an_error_speaks_the_readers_language(self, broken: TestClient) -> None:
        asked = {"Accept": "text/html", "Accept-Language": "zh-CN"}
        page = broken.get("/no-such-page", headers=asked)
        assert (page.status_code, "/help" in page.text) == (404, True)
        assert 'lang="zh-Hans"' in page.text

    def test_page_of_an_error_needs_no_database(self, broken: TestClient, container: Container) -> None:
        container.database.close()
        Path(container.settings.data_dir / "askdesk.db").write_bytes(b"not a database" * 100)
        container.installation._cached = None
        page = broken.get("/page", headers={"Accept": "text/html"})
        assert page.status_code == 500
        assert "<h1>Internal Server Error</h1>" in page.text

    def test_unknown_address_and_method(self, anonymous: TestClient) -> None:
        for method, path, status in (("GET", "/api/v1/none", 404), ("PUT", "/api/v1/users", 405)):
            answer = anonymous.request(method, path)
            assert answer.status_code == status
            assert set(answer.json()["error"]) == {"code", "message"}

    def test_what_is_no_json(self, admin: TestClient) -> None:
        answer = admin.post("/api/v1/users", content="{", headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")


class TestLimits:
    def test_said_to_be_too_large(self, admin: TestClient) -> None:
        answer = admin.post("/api/v1/users", content=b"x" * (USUAL + 1))
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")

    def test_turns_out_too_large(self, admin: TestClient) -> None:
        chunks = (b"x" * 100_000 for _ in range(12))
        answer = admin.post("/api/v1/users", content=chunks, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


class TestHeaders:
    def test_pages_keep_to_themselves(self, anonymous: TestClient) -> None:
        headers = anonymous.get("/docs").headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "'unsafe-inline'" not in anonymous.get("/healthz").headers["Content-Security-Policy"]

    def test_answers_are_not_cached(self, admin: TestClient) -> None:
        assert admin.get("/api/v1/users").headers["Cache-Control"] == "no-store"

    def test_chat_may_be_framed_by_allowed_sites(self, anonymous: TestClient, container: Container) -> None:
        allow(container, "https://shop.example")
        assert (
            "frame-ancestors 'self' https://shop.example;" in anonymous.get("/chat").headers["Content-Security-Policy"]
        )
        assert "frame-ancestors 'none'" in anonymous.get("/chatter").headers["Content-Security-Policy"]

    def test_request_id_of_a_proxy_is_kept_if_it_is_one(self, anonymous: TestClient) -> None:
        given = {"X-Request-ID": "0123456789abcdef"}
        assert anonymous.get("/healthz", headers=given).headers["X-Request-ID"] == "0123456789abcdef"
        strange = {"X-Request-ID": 'x" injected'}
        assert anonymous.get("/healthz", headers=strange).headers["X-Request-ID"] != 'x" injected'


class TestOtherSites:
    preflight = {**ORIGIN, "Access-Control-Request-Method": "POST"}  # noqa: RUF012 - read only

    def test_not_allowed(self, anonymous: TestClient) -> None:
        assert anonymous.options("/api/v1/conversations", headers=self.preflight).status_code == 403
        answer = anonymous.post("/api/v1/conversations", headers=ORIGIN, json={})
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Vary"] == "Origin"

    def test_allowed_at_once_and_without_cookies(self, anonymous: TestClient, container: Container) -> None:
        allow(container, "https://SHOP.example/")
        answer = anonymous.options("/api/v1/conversations/x/messages", headers=self.preflight)
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in answer.headers

    def test_staff_calls_are_for_this_site_alone(self, anonymous: TestClient, container: Container) -> None:
        allow(container, "*")
        for path in ("/api/v1/users", "/api/v1/auth/login", "/api/v1/conversationsx"):
            answer = anonymous.options(path, headers=self.preflight)
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert "Access-Control-Allow-Origin" not in anonymous.get(path, headers=ORIGIN).headers


class TestProxies:
    @pytest.mark.parametrize(("trusted", "secure"), [("", False), ("testclient", True), ("10.0.0.1", False)])
    def test_only_trusted_ones_are_believed(self, container: Container, trusted: str, secure: bool) -> None:
        container.settings = container.settings.model_copy(update={"trusted_proxies": trusted})
        container.accounts.people.ensure_admin("ann@b.c", PASSWORD)
        client = TestClient(create_app(container), headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "5.5.5.5"})
        answer = client.post("/api/v1/auth/login", json={"email": "ann@b.c", "password": PASSWORD})
        assert ("; secure" in answer.headers["set-cookie"].lower()) is secure


class TestLog:
    @pytest.fixture(autouse=True)
    def logging_restored(self) -> object:
        root = logging.getLogger()
        handlers, level = root.handlers, root.level
        yield
        root.handlers, root.level = handlers, level

    @pytest.mark.parametrize("shape", ["json", "text"])
    def test_no_secrets_and_nothing_that_was_said(
        self, broken: TestClient, container: Container, capsys: pytest.CaptureFixture[str], shape: str
    ) -> None:
        configure(Settings(_env_file=None, log_format=shape))
        container.accounts.people.ensure_admin("ann@b.c", PASSWORD)
        broken.post("/api/v1/auth/login", json={"email": "ann@b.c", "password": PASSWORD})
        broken.get("/api/v1/broken/t0ken-in-path?secret=in-query")
        log = capsys.readouterr().err
        assert "/api/v1/auth/login" in log
        assert "RuntimeError" in log
        for secret in (PASSWORD, "ann@b.c", "t0ken-in-path", "in-query", "hunter22", broken.cookies["askdesk_session"]):
            assert secret not in log
