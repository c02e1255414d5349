"""Pictures in articles, in a real browser: chosen, pasted and dropped, always with words for who cannot see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.container import Container
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.people import SYSTEM, Role
from tests.browser.conftest import accessibility
from tests.browser.serving import serving
from tests.browser.staff import Idle, Open, installation, windows
from tests.pictures import picture

KEY = ArticleKey("reset", "en")
AT = "/editor/articles/reset?locale=en"
STEPS = "Have a pin ready.\n\n1. Press the button.\n2. Wait for the light."
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# Puts a file into an event as a person's paste or drop would.
GIVE = """([kind, selector, bytes, type, name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  if (text) data.setData("text/plain", text);
  const options = { bubbles: true, cancelable: true };
  const event = kind === "paste" ? new ClipboardEvent(kind, { ...options, clipboardData: data })
    : new DragEvent(kind, { ...options, dataTransfer: data });
  document.querySelector(selector).dispatchEvent(event);
  return event.defaultPrevented;
}"""


@pytest.fixture
def container(tmp_path: Path, sqlite_url: str) -> Iterator[Container]:
    """An installation with an editor and one article."""
    with installation(tmp_path, sqlite_url, {Role.EDITOR: "Ida Roth"}, Idle) as opened:
        made = opened.articles.editing.create(KEY, ArticleContent("Reset the hub", STEPS, category="devices"), SYSTEM)
        opened.articles.editing.publish(KEY, made.revision, SYSTEM)
        yield opened


@pytest.fixture
def visit(browser: Browser, container: Container) -> Iterator[Open]:
    """Opens the article as the editor."""
    with serving(container) as address, windows(browser, address, Role.EDITOR, viewport=DESKTOP) as opened:
        yield partial(opened, AT)


def give(page: Page, kind: str, data: bytes, media: str = "image/png", text: str = "") -> bool:
    """Whether the page took a file that was pasted or dropped."""
    return bool(page.evaluate(GIVE, [kind, "#body", list(data), media, "shot.png", text]))


def place_caret(page: Page, after: str) -> None:
    """Put the caret behind some words of the text."""
    page.locator("#body").evaluate(
        "(area, words) => { const at = area.value.indexOf(words) + words.length;"
        "area.focus(); area.setSelectionRange(at, at); }",
        after,
    )


def test_chosen_by_keyboard_described_and_shown_to_customers(visit: Open, container: Container) -> None:
    page = visit()
    place_caret(page, "Have a pin ready.")
    # Chromium is asked to hand file choosers over while the keys are pressed: right before Enter would be too late.
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Heading", exact=True).focus()
        for _ in range(6):
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
    chooser.value.set_files({"name": "shot.png", "mimeType": "image/png", "buffer": picture(width=320, height=180)})
    dialog = page.get_by_role("dialog", name="Add a picture")
    expect(dialog.get_by_label("What it shows")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Say in a few words what the picture shows.")
    page.keyboard.type("The button [on] the back")
    assert accessibility(page) == []
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#body")).to_have_value(
        re.compile(r"^Have a pin ready\.\n\n!\[The button \\\[on\\\] the back\]\(/files/[0-9a-f]{64}\)\n\n1\. Press")
    )
    shown = page.get_by_role("img", name="The button [on] the back")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("naturalWidth", 320)
    page.locator("#body").focus()
    page.keyboard.press("Control+z")
    expect(page.locator("#body")).to_have_value(STEPS)
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+s")
    expect(page.locator("#saved")).to_have_text("All saved")
    container.articles.editing.publish(KEY, container.articles.reading.get("reset", "en").revision, SYSTEM)
    page.goto("/help/en/reset")
    expect(page.get_by_role("img", name="The button [on] the back")).to_have_js_property("naturalWidth", 320)
    assert accessibility(page) == []


def test_pasted_into_a_step_it_stays_in_the_step(visit: Open) -> None:
    page = visit()
    place_caret(page, "1. Press the button.")
    assert give(page, "paste", picture(width=320, height=180))
    page.get_by_label("What it shows").fill("The button")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#body")).to_have_value(re.compile(r"button\.\n   !\[The button\]\(/files/\w+\)\n2\. Wait"))
    expect(page.locator("#preview ol > li")).to_have_count(2)
    expect(page.locator("#preview li img")).to_have_count(1)


def test_words_pasted_with_a_picture_of_them_stay_words(visit: Open) -> None:
    page = visit()
    assert not give(page, "paste", picture(width=320, height=180), text="A cell of a table")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_several_dropped_ask_one_after_the_other(visit: Open) -> None:
    page = visit()
    place_caret(page, STEPS)
    for width in (10, 20):
        give(page, "drop", picture(width=width, height=10))
    for words in ("First", "Second"):
        page.get_by_label("What it shows").fill(words)
        page.get_by_role("button", name="Add", exact=True).click()
        expect(page.locator("#body")).to_have_value(re.compile(rf"!\[{words}\]"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("#preview img")).to_have_count(2)


def test_what_is_no_picture_is_refused_here_or_there(visit: Open) -> None:
    page = visit()
    give(page, "drop", b"<svg/>", "image/svg+xml")
    expect(page.locator(".toast--failure")).to_contain_text("“shot.png” is no PNG, JPEG, WebP or GIF picture.")
    give(page, "drop", b"<svg/>")
    page.get_by_label("What it shows").fill("A drawing")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("The file is no PNG")
    page.keyboard.press("Escape")
    expect(page.locator("#body")).to_have_value(STEPS)


@pytest.mark.parametrize("window", [{"color_scheme": "dark", "locale": "zh-CN"}, {**PHONE, "locale": "zh-TW"}], ids=str)
def test_the_question_is_accessible_and_fits(visit: Open, window: dict[str, Any]) -> None:
    page = visit(**window)
    give(page, "drop", picture(width=2000, height=1500))
    expect(page.get_by_role("dialog")).to_be_visible()
    assert accessibility(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= window.get("viewport", {"width": 1440})["width"]
