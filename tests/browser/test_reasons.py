"""Why this, why not that, and how sure: an editor and an agent look at real answers in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from assistant.installation import SectionChange
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from tests.browser.conftest import accessibility
from tests.browser.serving import serving
from tests.browser.staff import PASSWORD, Open, windows
from tests.conversations.talk import start
from tests.starter import QUESTION, UNKNOWN, starter_container

PHONE = {"viewport": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def container(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, starter_backup: Path, embedder: Embedder
) -> Iterator[Container]:
    """An installation that can answer, with an editor and an agent."""
    folder = tmp_path_factory.mktemp("reasons")
    shutil.copy(migrated_sqlite, folder / "askdesk.db")
    with starter_container(Settings(_env_file=None, data_dir=folder), starter_backup, embedder) as opened:
        for role in (Role.EDITOR, Role.AGENT):
            opened.accounts.people.create(f"{role}@example.com", [role], PASSWORD, SYSTEM)
        opened.calibrations.refit()
        yield opened


@pytest.fixture(scope="module")
def answers(container: Container) -> list[str]:
    """The ids of an answer and of an offer to ask a person."""
    talk = start(container)
    for text in (QUESTION, UNKNOWN):
        talk.say(text)
    container.worker.drain()
    return [one["id"] for one in talk.transcript()["messages"] if one["role"] == "assistant" and one["outcome"]]


@pytest.fixture(scope="module")
def server(container: Container, answers: list[str]) -> Iterator[str]:
    """The address of its server."""
    assert len(answers) == 2
    with serving(container) as address:
        yield address


@pytest.fixture
def signed_in(browser: Browser, server: str) -> Iterator[Open]:
    """Opens a page as the editor or the agent."""
    with windows(browser, server, Role.EDITOR) as opened:
        yield opened


def is_no_wider_than_its_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


class TestTrace:
    """The view of one answer."""

    def test_an_editor_asks_why_not_another_article(self, signed_in: Open, answers: list[str]) -> None:
        page = signed_in(f"/editor/traces/{answers[0]}")
        expect(page.get_by_role("heading", name="Why this?")).to_be_visible()
        expect(page.get_by_text(re.compile(r"is \d+% sure that this answers"))).to_be_visible()
        page.get_by_label("Words of its title or text").fill("Warranty")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Warranty terms").first.click()
        fate = page.get_by_role("article", name="Warranty terms")
        expect(fate.get_by_text("Lost here").first).to_be_visible()
        expect(fate.get_by_role("listitem").first).to_contain_text("Understood as a question")
        assert accessibility(page) == []
        fate.get_by_role("link", name="Open the article").click()
        expect(page).to_have_url(re.compile(r"/editor/articles/warranty-terms\?"))

    def test_a_candidate_says_why_it_was_not_chosen(self, signed_in: Open, answers: list[str]) -> None:
        page = signed_in(f"/desk/traces/{answers[0]}", Role.AGENT)
        page.get_by_role("row", name=re.compile("Hub H2")).first.get_by_role("link", name="Why not this?").click()
        expect(page.locator(".fate__verdict")).to_contain_text("came first")
        expect(page.get_by_role("link", name="Open what came first")).to_have_count(0)
        assert accessibility(page) == []

    def test_a_gap_leads_to_why_it_was_not_answered(self, signed_in: Open) -> None:
        page = signed_in("/editor/gaps")
        page.get_by_role("link", name="Why is it not answered?").click()
        expect(page.get_by_label("Ask as a customer would")).to_have_value(UNKNOWN)
        expect(page.get_by_text("It did not answer")).to_be_visible()
        page.go_back()
        page.get_by_text("1 wording").click()
        page.get_by_role("link", name="How it was answered").click()
        expect(page.locator(".trace__question")).to_have_text(UNKNOWN)

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_on_a_phone_in_chinese(self, signed_in: Open, answers: list[str], theme: str) -> None:
        address = f"/editor/traces/{answers[0]}?article=refund-times&in=zh-Hans&lang=zh-Hans"
        page = signed_in(address, color_scheme=theme, **PHONE)
        expect(page.get_by_role("heading", name="为什么是这个回答？").last).to_be_visible()
        expect(page.get_by_text("在此落选").first).to_be_visible()
        assert is_no_wider_than_its_window(page)
        assert accessibility(page) == []


class TestCertainty:
    """The error budget and its curve."""

    def test_an_editor_tries_a_budget_and_sets_it(self, signed_in: Open, container: Container) -> None:
        page = signed_in("/editor/certainty")
        said = page.locator("[data-say]")
        before = said.inner_text()
        save = page.get_by_role("button", name="Set this budget")
        expect(save).to_be_disabled()
        even = page.get_by_role("checkbox", name="Balanced, without a budget")
        expect(even).to_be_checked()
        expect(page.get_by_role("slider")).to_be_disabled()
        even.press("Space")
        page.get_by_role("slider").press("End")
        expect(page.locator("[data-chosen]")).to_have_text("20%")
        expect(said).not_to_have_text(before)
        assert container.installation.current().assistant.error_budget == 0
        save.click()
        expect(page.get_by_role("status").filter(has_text="Error budget set to 20%")).to_be_visible()
        expect(page.get_by_role("heading", name="Error budget: 20%")).to_be_visible()
        assert container.installation.current().assistant.error_budget == 0.2
        expect(save).to_be_disabled()
        assert accessibility(page) == []
        even.press("Space")
        expect(said).to_have_text(before)
        save.click()
        expect(page.get_by_role("heading", name="Error budget: balanced")).to_be_visible()
        assert container.installation.current().assistant.error_budget == 0

    def test_two_editors_do_not_overwrite_each_other(self, signed_in: Open, container: Container) -> None:
        page = signed_in("/editor/certainty")
        version = container.installation.view()["assistant"].version
        container.installation.change({"assistant": SectionChange({"error_budget": 0.05}, version)}, SYSTEM)
        page.get_by_role("checkbox", name="Balanced, without a budget").press("Space")
        page.get_by_role("button", name="Set this budget").click()
        expect(page.get_by_text("Someone has changed")).to_be_visible()
        assert container.installation.current().assistant.error_budget == 0.05

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_on_a_phone_in_chinese(self, signed_in: Open, theme: str) -> None:
        page = signed_in("/editor/certainty?lang=zh-Hans", color_scheme=theme, **PHONE)
        expect(page.get_by_text("多冒风险能换来什么")).to_be_visible()
        assert is_no_wider_than_its_window(page)
        assert accessibility(page) == []
