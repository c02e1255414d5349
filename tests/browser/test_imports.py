"""Following an import in a real browser: it goes on by itself, survives a reload, and says what failed and why."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from assistant.domain.people import Role
from assistant.storage import jobs
from ingest.jobs import add_jobs
from tests.browser.conftest import accessibility
from tests.browser.serving import serving
from tests.browser.staff import Idle, Open, installation, windows

DESKTOP = {"width": 1280, "height": 860}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class Waiting(Idle):
    """A container whose worker does only what a test tells it to."""

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
    with installation(tmp_path, sqlite_url, {Role.EDITOR: "Ida Roth"}, Waiting) as opened:
        add_jobs(opened)
        yield opened


@pytest.fixture
def visit(browser: Browser, container: Waiting) -> Iterator[Open]:
    """Opens the page of imports as the editor."""
    with serving(container) as address, windows(browser, address, Role.EDITOR, viewport=DESKTOP) as opened:
        yield partial(opened, "/editor/import")


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


def test_it_is_followed_to_its_end(visit: Open, container: Waiting) -> None:
    page = visit()
    expect(page.get_by_role("heading", name="Imports of the last week")).to_have_count(0)
    choose(page, a="# A\n\nText.\n", b="# B\n\nText ![x](x.png).\n", bad="---\nstatus: perhaps\n---\n\nText.\n")
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
    expect(page.locator("#import-warnings li")).to_contain_text("en/b.md")
    expect(page.locator("#import-warnings li")).to_contain_text("x.png is not shown. It is not among the files.")
    assert accessibility(page) == []
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1500)
    assert asked == []
    page.get_by_role("link", name="Import more").click()
    expect(page.get_by_text("2 added, 0 changed, 1 failed")).to_be_visible()


def test_a_wrong_choice_is_told_at_once(visit: Open) -> None:
    page = visit()
    page.locator("#import button[type=submit]").click()
    expect(page.get_by_text("Choose at least one file.")).to_be_visible()
    wrong = FilePayload(name="a.pdf", mimeType="application/pdf", buffer=b"%PDF")
    page.locator("input[type=file]").set_input_files([wrong])
    expect(page.get_by_text("“a.pdf” is not a file that can be imported.")).to_be_visible()


@pytest.mark.parametrize("window", [{"color_scheme": "dark", "locale": "zh-CN"}, {**PHONE, "locale": "zh-TW"}], ids=str)
def test_reasons_are_chinese_and_everything_fits(visit: Open, container: Waiting, window: dict[str, Any]) -> None:
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
