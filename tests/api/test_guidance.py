"""Guidance over HTTP: rules are saved, published and brought back; stale writes are refused."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.domain.people import Role
from tests.api.conftest import Caller

GUIDANCE = "/api/v1/guidance"
BRIEF = {"kind": "tone", "text": "At most three sentences."}


@pytest.fixture
def editor(calling: Caller) -> TestClient:
    """A client that calls as an editor."""
    return calling(Role.EDITOR)


def save(editor: TestClient, revision: int, *rules: dict[str, Any]) -> Any:
    return editor.put(GUIDANCE, json={"revision": revision, "rules": list(rules)})


def test_a_draft_is_saved_published_and_brought_back(editor: TestClient) -> None:
    empty = editor.get(GUIDANCE).json()
    assert (empty["draft"]["revision"], empty["draft"]["rules"], empty["changed"]) == (0, [], False)
    saved = save(editor, 0, BRIEF).json()
    [rule] = saved["draft"]["rules"]
    assert (rule["text"], rule["kind"], rule["locales"], saved["changed"]) == (BRIEF["text"], "tone", [], True)
    assert rule["id"]
    published = editor.post(f"{GUIDANCE}/publish", json={"revision": 1}).json()
    assert (published["published"]["revision"], published["changed"]) == (1, False)
    assert published["published"]["published_at"]
    assert save(editor, 1).json()["draft"]["rules"] == []
    back = editor.post(f"{GUIDANCE}/revert", json={"revision": 2, "to": 1}).json()
    assert (back["draft"]["revision"], back["draft"]["rules"]) == (3, [rule])
    revisions = editor.get(f"{GUIDANCE}/revisions").json()["items"]
    assert [one["revision"] for one in revisions] == [3, 2, 1]


def test_stale_writes_are_refused(editor: TestClient) -> None:
    save(editor, 0, BRIEF)
    answers = [
        save(editor, 0),
        editor.post(f"{GUIDANCE}/publish", json={"revision": 0}),
        editor.post(f"{GUIDANCE}/revert", json={"revision": 0, "to": 1}),
    ]
    assert [answer.status_code for answer in answers] == [409, 409, 409]


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "tone", "text": " "},
        {"kind": "mood", "text": "x"},
        {"kind": "topic", "text": "x"},
        {"kind": "promise", "text": "x", "phrases": ["*"]},
        {"kind": "tone", "text": "x", "weight": 3},
    ],
)
def test_rules_that_cannot_be_used_are_refused(editor: TestClient, rule: dict[str, Any]) -> None:
    assert save(editor, 0, rule).status_code == 422


def test_the_form_of_address_and_tone_can_still_be_set(editor: TestClient, admin: TestClient) -> None:
    told = {"assistant": {"version": 0, "values": {"address": "informal", "tone": "Be brief."}}}
    assert admin.patch("/api/v1/settings", json=told).status_code == 200
    page = editor.get("/editor/guidance").text
    assert "Be brief." in page
    assert "Set through the API." in page
    assert "informal way" in page
