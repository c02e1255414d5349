"""Pictures of articles: who may add them, what is taken, and how they are served and shown."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from assistant.container import Container
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.people import SYSTEM, Role
from tests.api.conftest import Caller
from tests.pictures import picture

ADDRESS = "/api/v1/images"
PICTURES = {f"image/{kind.lower()}": picture(kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")}
PNG = PICTURES["image/png"]


@pytest.fixture
def editor(calling: Caller) -> TestClient:
    """A client that calls as an editor."""
    return calling(Role.EDITOR)


class TestAdd:
    def test_anonymous(self, anonymous: TestClient) -> None:
        assert anonymous.post(ADDRESS, files={"file": ("p.png", PNG)}).status_code == 401

    def test_wrong_role(self, agent: TestClient) -> None:
        assert agent.post(ADDRESS, files={"file": ("p.png", PNG)}).status_code == 403

    @pytest.mark.parametrize(("kind", "data"), PICTURES.items())
    def test_valid(self, editor: TestClient, anonymous: TestClient, kind: str, data: bytes) -> None:
        answer = editor.post(ADDRESS, files={"file": ("whatever.txt", data, "text/plain")})
        assert answer.status_code == 201
        made = answer.json()
        assert (made["content_type"], made["bytes"]) == (kind, len(data))
        served = anonymous.get(made["url"])
        assert (served.content, served.headers["content-type"]) == (data, kind)
        assert served.headers["x-content-type-options"] == "nosniff"
        assert "immutable" in served.headers["cache-control"]
        assert served.headers["content-security-policy"] == "default-src 'none'; sandbox"

    def test_where_it_was_taken_is_not_served(self, editor: TestClient, anonymous: TestClient) -> None:
        taken = picture("JPEG", orientation=6)
        made = editor.post(ADDRESS, files={"file": ("p.jpg", taken)}).json()
        served = anonymous.get(made["url"]).content
        assert b"Some camera" in taken
        assert b"Some camera" not in served
        assert made["bytes"] == len(served)

    def test_a_damaged_picture_is_refused(self, editor: TestClient) -> None:
        answer = editor.post(ADDRESS, files={"file": ("p.png", PNG[:40])})
        assert (answer.status_code, "damaged" in answer.json()["error"]["message"]) == (422, True)

    def test_the_same_picture_is_stored_once(self, editor: TestClient) -> None:
        first, second = (editor.post(ADDRESS, files={"file": ("p.png", PNG)}).json() for _ in range(2))
        assert first == second

    @pytest.mark.parametrize(
        "data",
        [
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"<html><script>alert(1)</script>",
            b"RIFF\x40\0\0\0WAVE",
            b"",
        ],
    )
    def test_what_is_no_picture_is_refused(self, editor: TestClient, data: bytes) -> None:
        answer = editor.post(ADDRESS, files={"file": ("picture.png", data, "image/png")})
        assert answer.status_code == 422
        assert "PNG, JPEG, WebP or GIF" in answer.json()["error"]["message"]

    def test_too_large(self, editor: TestClient) -> None:
        answer = editor.post(ADDRESS, files={"file": ("p.png", PNG + bytes(5 * 1024 * 1024))})
        assert answer.status_code == 422
        assert answer.json()["error"]["message"].startswith("The picture is larger than 5 MB.")


class TestShown:
    def test_preview_and_help_centre_show_it(
        self, editor: TestClient, anonymous: TestClient, container: Container
    ) -> None:
        url = editor.post(ADDRESS, files={"file": ("p.png", PNG)}).json()["url"]
        body = f"Hold the button.\n\n![The button on the back]({url})\n\n![Elsewhere](https://e.example/x.png)\n"
        draft = {"id": "reset", "locale": "en", "title": "Reset", "body": body}
        shown = f'<img src="{url}" alt="The button on the back">'
        assert shown in editor.post("/editor/draft/preview", json=draft).text
        key = ArticleKey("reset", "en")
        made = container.articles.editing.create(key, ArticleContent("Reset", body), SYSTEM)
        container.articles.editing.publish(key, made.revision, SYSTEM)
        page = anonymous.get("/help/en/reset").text
        assert shown in page
        assert "e.example" not in page

    def test_only_pictures_are_served(self, container: Container, anonymous: TestClient) -> None:
        digest = container.keep_file(b"<script>", "text/html")
        assert anonymous.get(f"/files/{digest}").status_code == 404
