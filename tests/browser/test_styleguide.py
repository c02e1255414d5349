"""Every component, looked at in a browser: in both themes, in all languages, by eye of axe-core and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessibility

GUIDE: dict[str, Any] = {"title": "Styleguide", "brand": {"name": "Fernhaven", "logo_url": None}, "theme": ""}


@pytest.fixture
def guide(opened: Callable[..., Page]) -> Page:
    return opened("_styleguide.html", GUIDE)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "zh-Hans", "zh-Hant"])
def test_the_styleguide_is_accessible(opened: Callable[..., Page], locale: str, theme: str) -> None:
    page = opened("_styleguide.html", GUIDE, locale=locale, theme=theme)
    assert accessibility(page) == []


def test_nothing_is_wider_than_a_phone(opened: Callable[..., Page]) -> None:
    page = opened("_styleguide.html", GUIDE, phone=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_theme_is_chosen_over_the_systems(guide: Page) -> None:
    before = guide.evaluate("getComputedStyle(document.body).color")
    guide.get_by_role("button", name="Theme").click()
    guide.get_by_role("menuitemradio", name="Dark").click()
    assert guide.evaluate("getComputedStyle(document.body).color") != before
    assert "askdesk_theme=dark" in guide.evaluate("document.cookie")


class TestMenu:
    """A menu by keyboard."""

    def test_arrows_move_and_escape_returns_the_focus(self, guide: Page) -> None:
        button = guide.get_by_role("button", name="Assign")
        button.focus()
        guide.keyboard.press("Enter")
        expect(guide.get_by_role("menuitemradio", name="Mia Chen")).to_be_focused()
        guide.keyboard.press("ArrowDown")
        expect(guide.get_by_role("menuitemradio", name="Tom Baker")).to_be_focused()
        guide.keyboard.press("Escape")
        expect(button).to_be_focused()
        expect(button).to_have_attribute("aria-expanded", "false")

    def test_a_second_click_closes(self, guide: Page) -> None:
        button = guide.get_by_role("button", name="Assign")
        button.click()
        expect(button).to_have_attribute("aria-expanded", "true")
        button.click()
        expect(button).to_have_attribute("aria-expanded", "false")


class TestKeyboard:
    """Shortcuts, and when they must not act."""

    def test_question_mark_lists_the_shortcuts(self, guide: Page) -> None:
        guide.keyboard.press("?")
        expect(guide.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()

    def test_single_keys_are_text_while_someone_types(self, guide: Page) -> None:
        field = guide.get_by_label("Title", exact=True)
        field.fill("")
        field.type("why?")
        expect(field).to_have_value("why?")
        expect(guide.get_by_role("dialog", name="Keyboard shortcuts")).to_have_count(0)

    def test_keys_of_an_input_method_do_nothing(self, guide: Page) -> None:
        guide.evaluate(
            """() => document.body.dispatchEvent(
                new KeyboardEvent('keydown', { key: '?', isComposing: true, bubbles: true }))"""
        )
        expect(guide.get_by_role("dialog", name="Keyboard shortcuts")).to_have_count(0)

    def test_j_and_k_move_through_a_list(self, guide: Page) -> None:
        titles = guide.locator("[data-list] .list__title")
        titles.nth(0).focus()
        guide.keyboard.press("j")
        expect(titles.nth(1)).to_be_focused()
        guide.keyboard.press("k")
        expect(titles.nth(0)).to_be_focused()

    def test_the_palette_filters_and_goes(self, guide: Page) -> None:
        guide.keyboard.press("Control+k")
        guide.keyboard.type("arti")
        expect(guide.locator("#palette [role=option]:visible")).to_have_count(1)
        with guide.expect_navigation(url="**/editor"):
            guide.keyboard.press("Enter")


def test_a_toast_can_be_undone(guide: Page) -> None:
    guide.evaluate("AskdeskPage.toast('Ticket closed', { undo: async () => { window.undone = true; } })")
    guide.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(guide.locator("#toasts")).to_contain_text("Undone")
    assert guide.evaluate("window.undone") is True


def test_news_waits_for_a_click(guide: Page) -> None:
    guide.evaluate(
        """() => {
            const button = document.createElement('button');
            button.id = 'late';
            document.querySelector('main').prepend(button);
            AskdeskPage.news(2, { button, load: () => { window.loaded = true; } });
            AskdeskPage.news(1, { button, load: () => { window.loaded = true; } });
        }"""
    )
    expect(guide.locator("#late")).to_have_text("3 new")
    guide.locator("#late").click()
    assert guide.evaluate("window.loaded") is True


def test_a_dialog_closes_by_escape_and_by_its_button(guide: Page) -> None:
    dialog = guide.get_by_role("dialog", name="Delete “Delivery times”?")
    guide.get_by_role("button", name="Open a dialog").click()
    expect(dialog).to_be_visible()
    guide.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
