"""Who may open the workbench, and what its pages and parts answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from assistant.container import Container
from assistant.domain.answers import Hit
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.people import SYSTEM, Role
from assistant.errors import ModelUnavailable
from assistant.knowledge.embedder import Embedder
from ingest.faq import read_rows
from ingest.jobs import add_jobs
from ingest.parsed import ParsedArticle, Reading
from ingest.sources import SourceFile
from tests.api.conftest import Caller

PAGES = (
    "/editor",
    "/editor/articles/new",
    "/editor/articles/returns%2Fhow-to?locale=en",
    "/editor/gaps",
    "/editor/health",
    "/editor/guidance",
    "/editor/guidance/rule?kind=promise",
    "/editor/import",
    "/editor/import/faq-en.csv",
)
PARTS = ("preview", "passages", "changes", "effect", "ask")
KEY = ArticleKey("returns/how-to", "en")
CONTENT = ArticleContent("How do I return an item?", "Pack it, then book a pick-up.\n", category="returns")
DRAFT: dict[str, Any] = {"id": KEY.id, "locale": KEY.locale, "title": CONTENT.title, "body": CONTENT.body}


@pytest.fixture(autouse=True)
def article(container: Container) -> None:
    """One published article."""
    made = container.articles.editing.create(KEY, CONTENT, SYSTEM)
    container.articles.editing.publish(KEY, made.revision, SYSTEM)


@pytest.fixture
def editor(calling: Caller) -> TestClient:
    """A client that calls as an editor."""
    return calling(Role.EDITOR)


class TestAccess:
    """Everyone but editors and admins is kept out."""

    @pytest.mark.parametrize("path", PAGES)
    def test_nobody_is_sent_to_sign_in_and_back(self, anonymous: TestClient, path: str) -> None:
        answer = anonymous.get(path, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=%2Feditor")

    @pytest.mark.parametrize("path", PAGES)
    def test_an_agent_is_refused(self, agent: TestClient, path: str) -> None:
        assert agent.get(path).status_code == 403

    @pytest.mark.parametrize("path", PAGES)
    def test_an_editor_is_let_in(self, editor: TestClient, path: str) -> None:
        assert editor.get(path).status_code == 200

    @pytest.mark.parametrize("part", PARTS)
    def test_parts_are_for_editors_too(self, anonymous: TestClient, agent: TestClient, part: str) -> None:
        assert anonymous.post(f"/editor/draft/{part}", json=DRAFT).status_code == 401
        assert agent.post(f"/editor/draft/{part}", json=DRAFT).status_code == 403

    @pytest.mark.parametrize("path", ["/editor/history", "/editor/answerable"])
    def test_an_articles_past_is_for_editors_too(self, anonymous: TestClient, agent: TestClient, path: str) -> None:
        named = {"id": KEY.id, "locale": KEY.locale}
        assert anonymous.get(path, params=named).status_code == 401
        assert agent.get(path, params=named).status_code == 403


class TestList:
    """The list of articles."""

    def test_one_line_stands_for_all_languages(self, editor: TestClient, container: Container) -> None:
        container.articles.editing.create(ArticleKey(KEY.id, "zh-CN"), ArticleContent("如何退货？", "打包。"), SYSTEM)
        page = editor.get("/editor").text
        assert CONTENT.title in page
        assert "如何退货？" not in page
        assert "简体中文: draft" in page

    def test_a_translation_is_found_by_its_own_words(self, editor: TestClient, container: Container) -> None:
        container.articles.editing.create(ArticleKey(KEY.id, "zh-CN"), ArticleContent("如何退货？", "打包。"), SYSTEM)
        assert "如何退货？" in editor.get("/editor", params={"q": "退货"}).text

    @pytest.mark.parametrize(("status", "there"), [("published", True), ("draft", False), ("changed", False)])
    def test_status_narrows(self, editor: TestClient, status: str, there: bool) -> None:
        assert (CONTENT.title in editor.get("/editor", params={"status": status}).text) is there

    def test_a_newer_draft_is_found(self, editor: TestClient, container: Container) -> None:
        container.articles.editing.save(KEY, ArticleContent("How do I send it back?", "Pack it."), 1, SYSTEM)
        assert "How do I send it back?" in editor.get("/editor", params={"status": "changed"}).text


class TestArticle:
    """One article."""

    def test_an_unknown_one_is_not_there(self, editor: TestClient) -> None:
        assert editor.get("/editor/articles/nothing").status_code == 404

    def test_what_an_article_says_is_no_html(self, editor: TestClient, container: Container) -> None:
        spiteful = ArticleContent("<script>x</script>", "</textarea><script>y</script>")
        container.articles.editing.save(KEY, spiteful, 1, SYSTEM)
        page = editor.get("/editor/articles/returns%2Fhow-to?locale=en").text
        assert "<script>x" not in page
        assert "<script>y" not in page

    def test_changes_are_against_what_is_published(self, editor: TestClient) -> None:
        said = editor.post("/editor/draft/changes", json={**DRAFT, "body": "Pack it, then bring it.\n"}).text
        assert "<del>" in said
        assert editor.post("/editor/draft/changes", json={**DRAFT, "category": "returns"}).text.count("<del>") == 0

    def test_the_preview_is_safe(self, editor: TestClient) -> None:
        said = editor.post("/editor/draft/preview", json={**DRAFT, "body": "**Bold** <img src=x onerror=y>"}).text
        assert "<strong>Bold</strong>" in said
        assert "<img" not in said

    def test_history_names_people(self, editor: TestClient, container: Container) -> None:
        ida = container.accounts.people.by_email("editor@b.c")
        container.articles.editing.save(KEY, ArticleContent("How?", "So."), 1, ida.actor)
        assert ida.display_name in editor.get("/editor/history", params={"id": KEY.id, "locale": "en"}).text

    def test_a_translation_starts_with_the_text(self, editor: TestClient) -> None:
        page = editor.get("/editor/articles/new", params={"translate": KEY.id, "from": "en", "locale": "zh-Hans"}).text
        assert "Pack it, then book a pick-up." in page

    def test_an_unknown_gap_is_not_there(self, editor: TestClient) -> None:
        assert editor.get("/editor/articles/new", params={"gap": 12}).status_code == 404


class TestAnswerable:
    """Whether the assistant answers from what is published."""

    @staticmethod
    def is_answerable(editor: TestClient) -> bool:
        """What the page is told."""
        told: bool = editor.get("/editor/answerable", params={"id": KEY.id, "locale": KEY.locale}).json()["answerable"]
        return told

    @pytest.fixture
    def indexed(self, container: Container, article: None, monkeypatch: pytest.MonkeyPatch) -> ArticleContent:
        """An article of two parts that search finds, by its words alone."""

        def absent() -> Embedder:
            raise ModelUnavailable("There is none.")

        monkeypatch.setattr(container.knowledge, "writer", absent)
        monkeypatch.setattr(container.knowledge, "target", absent)
        add_jobs(container)
        container.knowledge.open()
        content = ArticleContent(
            CONTENT.title, f"{CONTENT.body}\n## Vouchers\n\nThey are put back into your account.\n"
        )
        container.articles.editing.publish(
            KEY, container.articles.editing.save(KEY, content, 1, SYSTEM).revision, SYSTEM
        )
        container.worker.drain()
        return content

    def test_it_does_once_search_finds_the_article(self, editor: TestClient, indexed: ArticleContent) -> None:
        assert self.is_answerable(editor)

    def test_it_does_not_before_there_is_an_index(self, editor: TestClient) -> None:
        assert not self.is_answerable(editor)

    def test_it_does_not_while_nothing_is_published(
        self, editor: TestClient, container: Container, indexed: ArticleContent
    ) -> None:
        container.articles.editing.unpublish(KEY, 2, SYSTEM)
        assert not self.is_answerable(editor)

    def test_a_part_that_stayed_the_same_is_not_enough(
        self, editor: TestClient, container: Container, indexed: ArticleContent, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        changed = replace(indexed, body=indexed.body.replace("pick-up", "courier"))
        container.articles.editing.publish(
            KEY, container.articles.editing.save(KEY, changed, 2, SYSTEM).revision, SYSTEM
        )
        find = container.find

        def stored_meanwhile(*asked: Any) -> Sequence[Hit]:
            with monkeypatch.context() as late:
                late.setattr(container.knowledge, "catch_up", lambda: None)
                container.worker.drain()
            return find(*asked)

        monkeypatch.setattr(container, "find", stored_meanwhile)
        assert not self.is_answerable(editor)
        container.knowledge.catch_up()
        assert self.is_answerable(editor)


class TestTemplates:
    """The FAQ files that the import page offers are read by the import."""

    @pytest.mark.parametrize("language", ["en", "zh"])
    @pytest.mark.parametrize("kind", ["csv", "xlsx"])
    def test_the_example_is_an_article(self, editor: TestClient, language: str, kind: str) -> None:
        data = editor.get(f"/editor/import/faq-{language}.{kind}").content
        (found,) = read_rows(SourceFile(f"faq.{kind}", data), Reading(None, "en", lambda _text: "en"))
        assert isinstance(found, ParsedArticle)
        assert found.key_id == "return-window"
        assert found.locale == {"en": "en", "zh": "zh-Hans"}[language]
        assert len(found.content.alternates) == 2

    def test_spreadsheets_read_the_csv_as_utf8(self, editor: TestClient) -> None:
        data = editor.get("/editor/import/faq-zh.csv").content
        assert data.startswith(b"\xef\xbb\xbf")
        assert next(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1] == "标准问"

    def test_the_head_stays_in_sight(self, editor: TestClient) -> None:
        book = openpyxl.load_workbook(io.BytesIO(editor.get("/editor/import/faq-en.xlsx").content))
        assert book.worksheets[0].freeze_panes == "A2"

    def test_there_are_no_others(self, editor: TestClient) -> None:
        assert editor.get("/editor/import/faq-fr.csv").status_code == 422
