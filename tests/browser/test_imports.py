"""Following an import in a real browser: it goes on by itself, survives a reload, and says what failed and why."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, FilePayload, Page, expect

from assistant.accounts import Accounts
from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from assistant.settings import Settings
from assistant.storage import jobs
from assistant.storage.database import Database
from ingest.jobs import add_jobs
from tests.browser.conftest import accessibility
from tests.browser.serving import serving

PASSWORD = "a long enough one"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class Waiting(Container):
    """A container whose worker does only what a test tells it to."""

    @contextmanager
    def running(self) -> Iterator[None]:
        """Do nothing."""
        yield

    def read(self) -> None:
        """Read the files of the imports that wait."""
        self.worker.drain(lanes=(0, jobs.BULK - 1))

    def index(self) -> None:
        """Take the indexing for done."""
        with self.database.write() as session:
            for job_id in jobs.unfinished(session, ["index.bulk"]):
                jobs.finish(session, job_id)


@pytest.fixture
def container(tmp_path: Path, sqlite_url: str) -> Iterator[Waiting]:
    """An installation with an editor."""
    opened = Waiting(Settings(_env_file=None, data_dir=tmp_path), Database(sqlite_url))
    opened.accounts = Accounts(opened.database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    opened.accounts.people.create("editor@example.com", [Role.EDITOR], PASSWORD, SYSTEM, name="Ida Roth")
    add_jobs(opened)
    yield opened
    opened.close()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, container: Waiting) -> Iterator[Visit]:
    """Opens a page as the editor; it must stay free of script errors and policy violations."""
    windows, broken = [], []
    with serving(container) as address:

        def open_page(path: str = "/editor/import", **window: Any) -> Page:
            settings = {"viewport": {"width": 1280, "height": 860}, "reduced_motion": "reduce", "locale": "en-GB"}
            context = browser.new_context(base_url=address, **(settings | window))
            context.set_default_timeout(8000)
            windows.append(context)
            whose = {"email": "editor@example.com", "password": PASSWORD}
            assert context.request.post("/api/v1/auth/login", data=whose).ok
            page = context.new_page()
            page.on("pageerror", lambda error: broken.append(str(error)))
            page.on("console", lambda told: broken.append(told.text) if "Security Policy" in told.text else None)
            page.goto(path)
            return page

        yield open_page
        for context in windows:
            context.close()
    assert broken == []


def choose(page: Page, **files: str) -> None:
    """Choose a zip of these files and import it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"en/{name}.md", text)
    chosen = FilePayload(name="help.zip", mimeType="application/zip", buffer=data.getvalue())
    page.locator("input[type=file]").set_input_files([chosen])
    page.locator("#import button[type=submit]").click()
    page.wait_for_url("**/editor/import/*")


def test_it_is_followed_to_its_end(visit: Visit, container: Waiting) -> None:
    page = visit()
    expect(page.get_by_role("heading", name="Imports of the last week")).to_have_count(0)
    choose(page, a="# A\n\nText.\n", b="# B\n\nText.\n", bad="---\nstatus: perhaps\n---\n\nText.\n")
    expect(page.get_by_text("Waiting for its turn")).to_be_visible()
    page.reload()
    expect(page.get_by_text("You may leave: the import goes on")).to_be_visible()
    assert accessibility(page) == []
    container.read()
    expect(page.get_by_role("progressbar", name="Making the articles findable")).to_be_visible()
    expect(page.locator('[data-tally="added"] dd')).to_have_text("2")
    expect(page.locator("#import-said")).to_contain_text("All files read")
    assert accessibility(page) == []
    container.index()
    expect(page.get_by_text("Done, but 1 file or row could not be imported.")).to_be_visible()
    expect(page.locator("#import-failed li")).to_contain_text("en/bad.md")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1500)
    assert asked == []
    page.get_by_role("link", name="Import more").click()
    expect(page.get_by_text("2 added, 0 changed, 1 failed")).to_be_visible()


def test_a_wrong_choice_is_told_at_once(visit: Visit) -> None:
    page = visit()
    page.locator("#import button[type=submit]").click()
    expect(page.get_by_text("Choose at least one file.")).to_be_visible()
    wrong = FilePayload(name="a.pdf", mimeType="application/pdf", buffer=b"%PDF")
    page.locator("input[type=file]").set_input_files([wrong])
    expect(page.get_by_text("“a.pdf” is not a file that can be imported.")).to_be_visible()


@pytest.mark.parametrize("window", [{"color_scheme": "dark", "locale": "zh-CN"}, {**PHONE, "locale": "zh-TW"}], ids=str)
def test_reasons_are_chinese_and_everything_fits(visit: Visit, container: Waiting, window: dict[str, Any]) -> None:
    page = visit(**window)
    choose(page, a="# A\n\nText.\n", empty="", bad="---\nstatus: perhaps\n---\n\nText.\n")
    container.read()
    expect(page.locator("#import-failed li").first).to_be_visible()
    container.index()
    expect(page.locator("[data-over]")).to_have_count(1)
    assert {"zh-CN": "状态“perhaps”", "zh-TW": "狀態“perhaps”"}[window["locale"]] in page.content()
    width = window.get("viewport", {"width": 1280})["width"]
    for path in (page.url, "/editor/import"):
        page.goto(path)
        assert accessibility(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
