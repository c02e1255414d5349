"""Why this answer, why not that article, and the error budget: over the API and as pages, for agents and editors."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from tests.conversations.talk import start
from tests.starter import ANSWERED_BY, QUESTION, UNKNOWN, starter_container

WHY_NOT = "/api/v1/search/why-not"
CERTAINTY = "/api/v1/certainty"


@pytest.fixture(scope="module")
def container(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, starter_backup: Path, embedder: Embedder
) -> Iterator[Container]:
    """An installation that can answer and has tried itself."""
    folder = tmp_path_factory.mktemp("reasons")
    shutil.copy(migrated_sqlite, folder / "askdesk.db")
    with starter_container(Settings(_env_file=None, data_dir=folder), starter_backup, embedder) as opened:
        opened.calibrations.refit()
        yield opened


@pytest.fixture(scope="module")
def people(container: Container) -> dict[Role, TestClient]:
    """A client for an editor, an agent, and someone who only reads tickets."""
    app, clients = create_app(container), {}
    for role in (Role.EDITOR, Role.AGENT, Role.COLLABORATOR):
        email = f"{role}@b.c"
        container.accounts.people.create(email, [role], "a long enough one", SYSTEM)
        token = container.accounts.tokens.create(email, SYSTEM)
        clients[role] = TestClient(app, headers={"Authorization": f"Bearer {token}"}, follow_redirects=False)
    return clients


@pytest.fixture(scope="module")
def editor(people: dict[Role, TestClient]) -> TestClient:
    """A client of an editor, who may not read tickets."""
    return people[Role.EDITOR]


@pytest.fixture(scope="module")
def talk(container: Container) -> dict[str, str]:
    """The ids of the customer's messages and of the answers to them, by what was asked."""
    spoken = start(container)
    ids: dict[str, str] = {}
    for text in (QUESTION, UNKNOWN, "thanks"):
        spoken.say(text)
        *_, question, answer = spoken.transcript()["messages"]
        ids |= {f"asked {text}": question["id"], text: answer["id"]}
    return ids


def asked(client: TestClient, article: str, locale: str = "en", q: str = QUESTION, **more: str) -> dict[str, Any]:
    answer = client.get(WHY_NOT, params={"q": q, "article": article, "article_locale": locale, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestWhyNot:
    """``GET /search/why-not``."""

    def test_what_answers_was_lost_nowhere(self, editor: TestClient) -> None:
        found = asked(editor, ANSWERED_BY)
        assert (found["lost"], found["outcome"]) == ("", "answered")
        assert found["confidence"] >= found["threshold"]
        assert found["best"]["article"] == ANSWERED_BY
        assert all(step["ok"] for step in found["steps"])

    def test_another_article_was_lost_at_a_named_stage(self, people: dict[Role, TestClient]) -> None:
        found = asked(people[Role.AGENT], "refund-times")
        stages = {step["stage"]: step for step in found["steps"]}
        assert found["lost"] in ("candidates", "fused")
        assert found["winner"]["article"] == ANSWERED_BY
        assert stages["keyword"]["facts"]["lacks"]
        assert stages["dense"]["depth"] > 0

    def test_a_locale_in_any_spelling(self, editor: TestClient) -> None:
        assert asked(editor, ANSWERED_BY, "zh-CN")["locale"] == "zh-Hans"

    def test_an_unknown_article_or_locale_is_refused(self, editor: TestClient) -> None:
        params = {"q": QUESTION, "article": "no-such", "article_locale": "en"}
        assert editor.get(WHY_NOT, params=params).status_code == 404
        refused = editor.get(WHY_NOT, params=params | {"article_locale": "no locale"})
        assert refused.status_code == 422

    def test_the_documentation_names_the_stages(self, editor: TestClient) -> None:
        document = editor.get("/openapi.json").json()
        told = document["components"]["schemas"]["StepShown"]["description"]
        stages = [step["stage"] for step in asked(editor, ANSWERED_BY)["steps"]]
        assert [stage for stage in stages if f"`{stage}`" not in told and stage != "reader"] == []


class TestTracePages:
    """The same view for the desk and the workbench."""

    def test_both_open_it(self, people: dict[Role, TestClient], talk: dict[str, str]) -> None:
        desk = people[Role.AGENT].get(f"/desk/traces/{talk[QUESTION]}")
        bench = people[Role.EDITOR].get(f"/editor/traces/{talk[QUESTION]}")
        for page in (desk, bench):
            assert page.status_code == 200
            assert "That is the message alone." in page.text
            assert "What made it sure or unsure" in page.text
            assert "Why not …?" in page.text
        against = "?article=refund-times&in=en"
        shown = [
            page.text.count("Open what came first")
            for page in (
                people[Role.AGENT].get(f"/desk/traces/{talk[QUESTION]}{against}"),
                people[Role.EDITOR].get(f"/editor/traces/{talk[QUESTION]}{against}"),
            )
        ]
        assert shown == [0, 1]

    def test_each_to_its_own_page(self, people: dict[Role, TestClient], talk: dict[str, str]) -> None:
        assert people[Role.AGENT].get(f"/editor/traces/{talk[QUESTION]}").status_code == 403
        assert people[Role.EDITOR].get(f"/desk/traces/{talk[QUESTION]}").status_code == 403
        assert people[Role.AGENT].get("/editor/why").status_code == 403

    def test_a_customers_message_leads_to_its_answer(self, editor: TestClient, talk: dict[str, str]) -> None:
        page = editor.get(f"/editor/traces/{talk[f'asked {UNKNOWN}']}")
        assert UNKNOWN in page.text
        assert "It did not answer: nothing sure was found." in page.text

    def test_small_talk_was_not_searched(self, editor: TestClient, talk: dict[str, str]) -> None:
        page = editor.get(f"/editor/traces/{talk['thanks']}?article={ANSWERED_BY}&in=en").text
        assert "Nothing was searched for: the message was taken for thanks." in page
        assert "Nothing was searched for, so no article could answer." in page

    def test_an_article_is_found_by_its_words_and_asked_about(self, editor: TestClient, talk: dict[str, str]) -> None:
        address = f"/editor/traces/{talk[QUESTION]}"
        assert f"{address}?article=refund-times&amp;in=en#why-not" in editor.get(f"{address}?find=Refund").text
        assert "No article has these words" in editor.get(f"{address}?find=xyzzy").text
        page = editor.get(f"{address}?article=refund-times&in=en").text
        assert "Lost here" in page
        assert "Open the article" in page

    def test_who_may_not_search_is_not_offered_it(self, people: dict[Role, TestClient], talk: dict[str, str]) -> None:
        page = people[Role.COLLABORATOR].get(f"/desk/traces/{talk[QUESTION]}?article=refund-times&in=en")
        assert page.status_code == 200
        assert "Why not" not in page.text

    def test_a_message_without_trace_is_not_found(self, editor: TestClient) -> None:
        assert editor.get("/editor/traces/nothing").status_code == 404

    def test_any_question_can_be_asked(self, editor: TestClient, container: Container) -> None:
        from sqlalchemy import func, select

        from assistant.storage.tables import Message

        def messages() -> int:
            with container.database.read() as session:
                return session.scalar(select(func.count()).select_from(Message)) or 0

        before = messages()
        page = editor.get("/editor/why", params={"q": QUESTION, "article": "hub-h2-reset", "in": "en"})
        assert page.status_code == 200
        assert "The answer now" in page.text
        assert "Lost here" in page.text
        assert messages() == before
        assert editor.get("/editor/why").status_code == 200

    def test_what_was_asked_back_about_says_so(self, editor: TestClient) -> None:
        page = editor.get("/editor/why", params={"q": "How do I reset my hub?", "article": "hub-h1-reset", "in": "en"})
        assert "Asked back" in page.text
        assert "so the assistant asked back" in page.text

    def test_in_chinese(self, editor: TestClient, talk: dict[str, str]) -> None:
        address = f"/editor/traces/{talk[QUESTION]}?article=refund-times&in=zh-Hans"
        page = editor.get(address, headers={"Accept-Language": "zh-CN"}).text
        assert "为什么是这个回答？" in page
        assert "在此落选" in page


class TestCertainty:
    """``/certainty`` and its page."""

    def test_what_budgets_give(self, editor: TestClient) -> None:
        before = editor.get(CERTAINTY).json()
        assert (before["error_budget"], before["threshold"], before["today"]) == (0, 0.5, before["balanced"])
        change = {"error_budget": 0.05, "version": before["version"]}
        found = editor.patch(CERTAINTY, json=change).json()
        assert found["questions"] > 100
        assert found["enough"]
        assert found["today"]["budget"] == found["error_budget"] == 0.05
        assert found["today"]["wrong"] <= 0.05
        assert [found["budgets"][0]["budget"], found["budgets"][-1]["budget"]] == [0.01, 0.2]
        assert sum(one["count"] for one in found["reliability"]) == found["questions"]
        assert 0 < found["calibration_error"] < 0.3

    def test_an_editor_sets_another_once(self, editor: TestClient, container: Container) -> None:
        before = editor.get(CERTAINTY).json()
        change = {"error_budget": 0.1, "version": before["version"]}
        after = editor.patch(CERTAINTY, json=change)
        assert after.status_code == 200
        assert after.json()["error_budget"] == container.installation.current().assistant.error_budget == 0.1
        assert after.json()["threshold"] <= before["threshold"]
        assert editor.patch(CERTAINTY, json=change).status_code == 409
        back = {"error_budget": 0.05, "version": after.json()["version"]}
        assert editor.patch(CERTAINTY, json=back).status_code == 200

    @pytest.mark.parametrize("budget", [-0.1, 0.6, "much"])
    def test_a_budget_out_of_range_is_refused(self, editor: TestClient, budget: object) -> None:
        version = editor.get(CERTAINTY).json()["version"]
        assert editor.patch(CERTAINTY, json={"error_budget": budget, "version": version}).status_code == 422

    def test_the_page_shows_them(self, people: dict[Role, TestClient]) -> None:
        page = people[Role.EDITOR].get("/editor/certainty")
        assert page.status_code == 200
        assert "What more risk would buy" in page.text
        assert "Does its confidence come true?" in page.text
        assert people[Role.AGENT].get("/editor/certainty").status_code == 403
