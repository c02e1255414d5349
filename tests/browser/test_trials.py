"""Past questions in a real browser: an admin uploads them, an editor marks a sample by key, both see what that says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from assistant.trials import PastQuestion
from tests.browser.conftest import accessibility
from tests.browser.serving import serving
from tests.browser.staff import PASSWORD, Open, windows
from tests.starter import QUESTION, QUESTION_ZH, UNKNOWN, starter_container

DESKTOP = {"width": 1280, "height": 860}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
QUESTIONS = (
    (QUESTION, "en"),
    (QUESTION_ZH, "zh-Hans"),
    (UNKNOWN, "en"),
    ("Thank you!", "en"),
    ("I want to talk to a person", "en"),
    ("When do I get my refund?", "en"),
)


@pytest.fixture(scope="module")
def container(
    tmp_path_factory: pytest.TempPathFactory, starter_backup: Path, embedder: Embedder
) -> Iterator[Container]:
    """Eight articles in two languages, an admin and an editor; the worker runs with the server."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("trials") / "data")
    with starter_container(settings, starter_backup, embedder) as opened:
        for role, name in ((Role.ADMIN, "Robin Archer"), (Role.EDITOR, "Ida Roth")):
            opened.accounts.people.create(f"{role}@example.com", [role], PASSWORD, SYSTEM, name=name)
        yield opened


@pytest.fixture(scope="module")
def server(container: Container) -> Iterator[str]:
    """The address of the running server."""
    with serving(container) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Open]:
    """Opens a page as the admin."""
    with windows(browser, server, Role.ADMIN, viewport=DESKTOP) as opened:
        yield opened


@pytest.fixture
def trial(container: Container, server: str) -> str:
    """The address of a trial whose questions were asked."""
    past = [PastQuestion(row, text, locale) for row, (text, locale) in enumerate(QUESTIONS, 2)]
    made = container.trials.asking.start("mails-2026.csv", past, 0, SYSTEM)
    container.worker.wake()
    while not container.trials.reading.get(made).is_over:
        pass
    return f"/admin/trials/{made}"


def csv(*rows: str) -> FilePayload:
    """A file as people export it."""
    return FilePayload(name="mails.csv", mimeType="text/csv", buffer="\n".join(rows).encode("utf-8-sig"))


def marked(page: Page, done: int) -> None:
    """The page says how many of the sample are marked."""
    expect(page.get_by_text(f"{done} of 6 marked")).to_be_visible()


def test_an_admin_uploads_questions_and_follows_them(visit: Open) -> None:
    page = visit("/admin/trials")
    expect(page.get_by_role("heading", name="No questions yet")).to_be_visible()
    page.get_by_label("File of questions (.csv)").set_input_files([csv("question,locale", "fine,en", "wrong,!!")])
    page.get_by_role("button", name="Ask them").click()
    expect(page.get_by_text("Row 3: “!!” is not a language tag")).to_be_visible()
    rows = [f"{QUESTION},en"] * 3 + [f"{UNKNOWN},en", f"{QUESTION_ZH},"]
    page.get_by_label("File of questions (.csv)").set_input_files([csv("问题,locale", *rows)])
    page.get_by_role("button", name="Ask them").click()
    expect(page.get_by_role("heading", name="What would become of them")).to_be_visible()
    expect(page.get_by_text("5 questions, 3 of them different")).to_be_visible()
    expect(page.get_by_text("Uploaded by Robin Archer")).to_be_visible()
    expect(page.get_by_role("heading", name="简体中文")).to_be_visible()
    page.get_by_label("Outcome").select_option("handover_offered")
    expect(page.locator(".past__question")).to_have_count(1)
    page.locator(".past__question > summary").click()
    expect(page.locator(".past__question").get_by_role("heading", name="What it would get")).to_be_visible()
    assert accessibility(page) == []
    page.get_by_role("button", name=re.compile("^Rightly not answered")).click()
    expect(page.locator(".past__question[open]").get_by_text("Rightly not answered").first).to_be_visible()
    page.locator("summary").get_by_text("Delete").click()
    expect(page.get_by_text("“mails.csv” goes with its 3 questions and all marks")).to_be_visible()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The questions and their marks are gone.")).to_be_visible()
    expect(page.get_by_text("mails.csv")).to_have_count(0)


def test_an_editor_marks_the_sample_by_key(visit: Open, trial: str, container: Container) -> None:
    page = visit("/editor", Role.EDITOR)
    page.get_by_role("link", name="Past questions").click()
    page.get_by_role("link", name="mails-2026.csv").first.click()
    expect(page.get_by_role("button", name="Ask all again")).to_have_count(0)
    page.get_by_role("link", name="Mark the sample").click()
    for done in range(6):
        marked(page, done)
        if done == 1:
            # On to the one after, back, and only then the mark.
            first = page.locator("#asked").text_content()
            page.keyboard.press("j")
            expect(page.locator("#asked")).not_to_have_text(str(first))
            page.keyboard.press("k")
            expect(page.locator("#asked")).to_have_text(str(first))
        page.keyboard.press("w" if page.locator("#asked").text_content() == UNKNOWN else "r")
    expect(page.get_by_text("All of the sample is marked.")).to_be_visible()
    expect(page.locator(".estimate").first).to_contain_text("83%")
    page.get_by_label("Mark", exact=True).select_option("missed")
    expect(page.locator(".past__question")).to_contain_text(UNKNOWN)
    assert accessibility(page) == []
    expect(page.get_by_text("The newest marks are being learnt.")).to_be_visible()
    container.calibrations.refit()
    page.reload()
    expect(page.get_by_text("The assistant has learnt from 4 marked questions")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("How sure it must be to answer"))).to_be_visible()
    assert accessibility(page) == []


def test_an_article_can_be_named_that_answers(visit: Open, trial: str) -> None:
    page = visit(f"{trial}/mark?at=3")
    title = page.locator(".past__near a").first.text_content()
    page.keyboard.press("1")
    expect(page).not_to_have_url(re.compile("at=3$"))
    page.goto(f"{trial}/mark?at=3")
    expect(page.get_by_role("button", name=f"“{title}” answers it")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Take the mark back").click()
    expect(page.locator("[aria-pressed=true]")).to_have_count(0)


def test_single_keys_mark_nothing_while_one_types_or_composes(visit: Open, trial: str, container: Container) -> None:
    page = visit(f"{trial}/mark?at=1")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'r', isComposing: true, bubbles: true}))")
    page.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'r', keyCode: 229, bubbles: true}))")
    page.keyboard.press("Control+r")
    page.goto(trial)
    page.get_by_label("Words").fill("r")
    page.get_by_label("Words").press("w")
    assert container.trials.reading.marks(trial.rsplit("/", 1)[1]) == {}


@pytest.mark.parametrize("window", [{"color_scheme": "dark", "locale": "zh-CN"}, {**PHONE, "locale": "zh-TW"}], ids=str)
def test_it_is_chinese_accessible_and_fits(visit: Open, trial: str, window: dict[str, Any]) -> None:
    page = visit("/admin/trials", **window)
    width = window.get("viewport", {"width": 1280})["width"]
    title = {"zh-CN": "历史问题", "zh-TW": "歷史問題"}[window["locale"]]
    for path in ("/admin/trials", trial, f"{trial}?outcome=clarifying", f"{trial}/mark?at=1", f"{trial}/mark?at=3"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        if page.locator(".past__question").count():
            page.locator(".past__question > summary").first.click()
        assert accessibility(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
