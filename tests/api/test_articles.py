"""Articles over HTTP."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.container import Container
from assistant.domain.people import Role
from assistant.storage import jobs
from ingest.importing import Importing
from tests.api.conftest import Caller

NEW: dict[str, Any] = {
    "id": "hub/reset now",
    "locale": "en-GB",
    "title": "Reset",
    "body": "Hold the button.",
    "tags": ["hub"],
}
AT = "/api/v1/articles/hub%2Freset%20now"


@pytest.fixture
def editor(calling: Caller) -> TestClient:
    return calling(Role.EDITOR)


class TestWrite:
    def test_create_and_get(self, editor: TestClient) -> None:
        made = editor.post("/api/v1/articles", json=NEW)
        assert made.status_code == 201
        article = made.json()
        expected = {"id": "hub/reset now", "locale": "en", "status": "draft", "revision": 1, "audience": "public"}
        assert expected.items() <= article.items()
        assert {"id", "locale", "title", "body", "category", "tags", "audience", "alternates", "status"} <= set(article)
        assert article["updated_at"].endswith(("Z", "+00:00"))
        assert editor.get(AT).json() == article
        assert editor.get("/api/v1/articles").json() == {"items": [article], "next_cursor": None}
        assert editor.get("/api/v1/articles?status=published").json()["items"] == []

    def test_an_id_is_made_from_the_title(self, editor: TestClient) -> None:
        made = [editor.post("/api/v1/articles", json={**NEW, "id": ""}).json()["id"] for _ in range(3)]
        assert made == ["reset", "reset-1", "reset-2"]

    @pytest.mark.parametrize(
        "change",
        [{"title": " "}, {"locale": "?"}, {"audience": "all"}, {"body": None}, {"shoe_size": 4}, {"id": "../x"}],
    )
    def test_wrong_values_are_refused(self, editor: TestClient, change: dict[str, object]) -> None:
        assert editor.post("/api/v1/articles", json={**NEW, **change}).status_code == 422

    def test_life_of_an_article(self, editor: TestClient) -> None:
        editor.post("/api/v1/articles", json=NEW)
        published = editor.post(f"{AT}/publish", json={"revision": 1}).json()
        assert (published["status"], published["published_revision"]) == ("published", 1)
        saved = editor.put(AT, json={"revision": 1, "body": "Press twice."}).json()
        assert (saved["revision"], saved["published_revision"], saved["tags"]) == (2, 1, ["hub"])
        difference = editor.get(f"{AT}/diff").json()
        assert [(each["field"], each["before"], each["after"]) for each in difference] == [
            ("body", "Hold the button.", "Press twice.")
        ]
        reverted = editor.post(f"{AT}/revert", json={"revision": 2, "to": 1}).json()
        assert (reverted["revision"], reverted["body"]) == (3, "Hold the button.")
        revisions = editor.get(f"{AT}/revisions").json()["items"]
        assert [(each["number"], each["published"]) for each in revisions] == [(3, False), (2, False), (1, True)]
        assert editor.post(f"{AT}/unpublish", json={"revision": 3}).json()["status"] == "draft"
        assert editor.delete(AT).status_code == 422
        assert editor.delete(f"{AT}?revision=3").status_code == 204
        assert editor.get(AT).status_code == 404
        assert [each["id"] for each in editor.get("/api/v1/articles?deleted=true").json()["items"]] == ["hub/reset now"]
        assert editor.post(f"{AT}/restore").json()["status"] == "draft"

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PUT", "", {"revision": 1, "title": "Other"}),
            ("POST", "/publish", {"revision": 1}),
            ("POST", "/unpublish", {"revision": 1}),
            ("POST", "/revert", {"revision": 1, "to": 1}),
            ("DELETE", "?revision=1", None),
        ],
    )
    def test_a_stale_revision_gives_409(
        self, editor: TestClient, method: str, path: str, body: dict[str, object] | None
    ) -> None:
        editor.post("/api/v1/articles", json=NEW)
        editor.put(AT, json={"revision": 1, "body": "Newer."})
        answer = editor.request(method, AT + path, json=body)
        assert (answer.status_code, answer.json()["error"]["details"]) == (409, {"revision": 2})

    def test_publishing_with_the_save(self, editor: TestClient) -> None:
        made = editor.post("/api/v1/articles", json={**NEW, "status": "published"}).json()
        assert (made["status"], made["revision"]) == ("published", 1)
        saved = editor.put(AT, json={"revision": 1, "body": "Newer.", "status": "published"}).json()
        assert saved["published_revision"] == 2


class TestImport:
    def test_files_and_zips(self, editor: TestClient) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("en/reset.md", "# Reset\n\nHold it.\n")
            archive.writestr("zh/reset.md", "# 重置\n\n按住。\n")
            archive.writestr("en/bad.md", "")
        upload = {"files": ("kb.zip", packed.getvalue())}
        report = editor.post("/api/v1/articles/import", files=upload, data={"wait": "0"}).json()
        assert {key: report[key] for key in ("added", "updated", "unchanged", "removed", "conflicts", "pending")} == {
            "added": 2,
            "updated": 0,
            "unchanged": 0,
            "removed": 0,
            "conflicts": [],
            "pending": 1,
        }
        assert [each["path"] for each in report["failed"]] == ["en/bad.md"]
        assert editor.get("/api/v1/sources").json()[0]["name"] == "kb.zip"
        again = editor.post("/api/v1/articles/import", files=upload, data={"wait": "0"}).json()
        assert (again["unchanged"], again["added"], again["pending"]) == (2, 0, 0)

    def test_several_files_with_names_that_lead_outside(self, editor: TestClient) -> None:
        files = [("files", ("../../a.md", b"# A\n\nText a.\n")), ("files", ("sub/b.md", b"# B\n\nText b.\n"))]
        data = {"wait": "0", "source": "mine", "locale": "zh-TW", "draft": "true"}
        report = editor.post("/api/v1/articles/import", files=files, data=data).json()
        assert (report["added"], report["failed"]) == (2, [])
        found = {(each["id"], each["locale"]): each for each in editor.get("/api/v1/articles").json()["items"]}
        assert set(found) == {("a", "zh-Hant"), ("sub/b", "zh-Hant")}
        assert {each["source"] for each in found.values()} == {"mine"}


class TestSearch:
    def test_passages_with_why(self, editor: TestClient, container: Container, models_dir: Path) -> None:
        container.settings.models_dir.symlink_to(models_dir)
        editor.post("/api/v1/articles", json={**NEW, "status": "published", "audience": "agents"})
        with container.database.read() as session:
            waiting = jobs.unfinished(session, ["index.article", "embed.draft"])
        assert Importing(container).settle(waiting) == []
        (found,) = editor.get("/api/v1/search", params={"q": "which button", "k": 5, "locale": "en"}).json()["results"]
        assert (found["article"], found["text"], found["audience"]) == ("hub/reset now", "Hold the button.", "agents")
        assert found["dense"] > 0.7
        assert found["keyword"] > 0
        assert found["why"]
        assert editor.get("/api/v1/search").status_code == 422
