"""What operators' tools ask, and the documentation."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from assistant.container import Container, Readiness


def test_alive(anonymous: TestClient) -> None:
    assert anonymous.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
def test_ready(anonymous: TestClient, monkeypatch: pytest.MonkeyPatch, ready: bool, status: int) -> None:
    monkeypatch.setattr(Container, "readiness", lambda _self: Readiness(ready, {"search": "dense"}))
    answer = anonymous.get("/readyz")
    assert (answer.status_code, answer.json()) == (status, {"ready": ready, "parts": {"search": "dense"}})


def test_requests_are_measured_by_template(admin: TestClient, anonymous: TestClient) -> None:
    admin.get("/api/v1/users/some-id")
    admin.get("/nowhere/at/all")
    admin.request("BREW", "/healthz")
    text = anonymous.get("/metrics").text
    assert 'askdesk_request_seconds_count{method="GET",route="/api/v1/users/{user_id}",status="404"} 1.0' in text
    assert 'route="other",status="404"} 1.0' in text
    assert "some-id" not in text
    assert "nowhere" not in text
    assert "BREW" not in text


def test_documentation_is_served_from_here(anonymous: TestClient) -> None:
    page = anonymous.get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js"):
        assert f"/static/vendor/swagger-ui/{asset}" in page
        assert anonymous.get(f"/static/vendor/swagger-ui/{asset}").status_code == 200


def test_every_operation_is_described(anonymous: TestClient) -> None:
    paths = anonymous.get("/openapi.json").json()["paths"]
    undescribed = [
        f"{method} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if not operation.get("description", "").strip()
    ]
    assert undescribed == []


def test_operation_ids_are_unique(anonymous: TestClient) -> None:
    paths = anonymous.get("/openapi.json").json()["paths"]
    names = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(names) == len(set(names))
