"""What no customer types and every scanner sends is answered calmly."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from api.streams import last_event_id
from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from tests.api.conftest import PASSWORD


def _started(client: TestClient) -> tuple[str, dict[str, str]]:
    told: dict[str, Any] = client.post("/api/v1/conversations", json={}).json()
    return f"/api/v1/conversations/{told['id']}", {"Authorization": f"Bearer {told['token']}"}


def test_a_nul_character_is_dropped(anonymous: TestClient) -> None:
    path, token = _started(anonymous)
    asked = anonymous.post(f"{path}/handover", json={"reason": "a\x00b", "phone": "\x00 12"}, headers=token)
    assert asked.status_code == 200
    said = anonymous.get(path, headers=token).json()["messages"]
    assert said[0]["text"] == "ab"
    assert anonymous.post(f"{path}/messages", json={"text": "\x00"}, headers=token).status_code == 422


@pytest.mark.parametrize(
    ("header", "number"),
    [("7", 7), ("²", None), ("١", None), ("-1", None), ("abc", None), ("9" * 40, None), ("", None)],
)
def test_an_event_number_that_is_none_starts_from_now(header: str, number: int | None) -> None:
    headers = [(b"last-event-id", header.encode())] if header.isascii() else [(b"last-event-id", b"\xb2")]
    assert last_event_id(Request({"type": "http", "headers": headers})) == number


def test_links_of_a_page_name_no_host(anonymous: TestClient) -> None:
    page = anonymous.get("/login?next=%2Fdesk", headers={"Host": "evil.example"}).text
    assert "evil.example" not in page
    assert "?next=%2Fdesk&amp;lang=zh-Hans" in page


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_sign_anyone_in(anonymous: TestClient, container: Container, site: str) -> None:
    container.accounts.people.create("mia@b.c", [Role.AGENT], PASSWORD, SYSTEM)
    form = {"email": "mia@b.c", "password": PASSWORD}
    refused = anonymous.post("/login", data=form, headers={"Sec-Fetch-Site": site}, follow_redirects=False)
    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers
    own = anonymous.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    assert own.status_code == 303
