"""Writing guidance in a real browser: a rule is written, tried on a question that a customer asked, and published."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from assistant.flow.request import TurnRequest
from assistant.installation import SectionChange
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from tests.browser.conftest import accessibility
from tests.browser.serving import serving
from tests.browser.staff import PASSWORD, Open, windows
from tests.conversations.talk import Talk
from tests.fakes.openai_server import ChatServer, chat_server
from tests.starter import starter_container

QUESTION = "How long does a refund take?"
KEPT = "The 5 working days start when the warehouse scans the parcel [1][2][3]."
DROPPED = "We send your refund within 5 working days of arrival [1][2][3]."
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PAGE = "/editor/guidance"


@pytest.fixture
def model() -> Iterator[ChatServer]:
    """A server that always writes the same two sentences."""
    with chat_server(f"{DROPPED} {KEPT}") as running:
        yield running


@pytest.fixture
def container(tmp_path: Path, starter_backup: Path, embedder: Embedder) -> Iterator[Container]:
    """The starter articles, an editor, and a customer's question of today."""
    with starter_container(Settings(_env_file=None, data_dir=tmp_path / "data"), starter_backup, embedder) as opened:
        opened.accounts.people.create("editor@example.com", [Role.EDITOR], PASSWORD, SYSTEM, name="Ida Roth")
        started = opened.openings.start("en")
        Talk(opened, started.id, started.token).say(QUESTION)
        yield opened


@pytest.fixture
def visit(browser: Browser, container: Container) -> Iterator[Open]:
    """Opens the page of guidance as the editor."""
    with serving(container) as address, windows(browser, address, Role.EDITOR, viewport=DESKTOP) as opened:
        yield partial(opened, PAGE)


def use(container: Container, model: ChatServer) -> None:
    """Let this model word answers from now on."""
    values = {"spec": "openai:m", "base_url": model.openai}
    container.installation.change({"llm": SectionChange(values, 0)}, SYSTEM)


def add(page: Page, kind: str, text: str, **fields: str) -> None:
    """Write a rule of a kind into the draft."""
    page.get_by_role("link", name=f"Add a rule “{kind}”").click()
    page.get_by_label("The rule, in your own words").fill(text)
    for label, value in fields.items():
        page.get_by_label(label.replace("_", " ")).fill(value)
    page.get_by_role("button", name="Save to the draft").click()


def test_a_forbidden_promise_is_written_tried_on_a_real_question_and_published(
    visit: Open, container: Container, model: ChatServer
) -> None:
    use(container, model)
    page = visit()
    add(page, "Forbidden promises", "Never promise when the money arrives.", Phrases_that_no="within * days")
    expect(page.get_by_text("Saved to the draft.")).to_be_visible()
    expect(page.get_by_text("The rules below differ from those that hold.")).to_be_visible()
    page.get_by_label("A question that customers asked").select_option(QUESTION)
    page.get_by_role("button", name="Show both answers").click()
    tried = page.locator("#tried")
    draft, now = tried.locator(".guidance__answer").all()
    expect(draft).to_contain_text("when the warehouse scans the parcel")
    expect(draft).to_contain_text("1 sentence was dropped")
    expect(draft).to_contain_text("forbidden promise (“within * days”)")
    expect(now).to_contain_text("within 5 working days")
    expect(now).to_contain_text("No sentence was dropped.")
    assert accessibility(page) == []
    asked = TurnRequest(QUESTION)
    assert "within 5" in container.turns.once(asked).text
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Published. It holds from now on.")).to_be_visible()
    assert "within 5" not in container.turns.once(asked).text
    assert "Never promise when the money arrives." in str(model.calls[-1])


def test_a_rule_is_changed_removed_and_brought_back(visit: Open, container: Container) -> None:
    page = visit()
    add(page, "Tone", "At most three sentences.")
    page.get_by_role("link", name="Edit “At most three sentences.”").click()
    page.get_by_label("The rule, in your own words").fill("At most two sentences.")
    page.get_by_role("checkbox", name="English").check()
    page.get_by_role("button", name="Save to the draft").click()
    expect(page.get_by_text("Only in: English").first).to_be_visible()
    page.get_by_role("button", name="Remove “At most two sentences.”").click()
    expect(page.get_by_text("Removed from the draft.")).to_be_visible()
    page.get_by_text("Revisions", exact=True).click()
    page.get_by_role("button", name="Back to this “Revision 1”").click()
    expect(page.locator(".guidance__what").filter(has_text="At most three sentences.")).to_be_visible()
    assert [rule.text for rule in container.guidance.state().draft.rules] == ["At most three sentences."]


def test_what_is_wrong_is_said_and_what_was_typed_stays(visit: Open, container: Container) -> None:
    page = visit()
    add(page, "Topics", "Say that the H1 is no longer sold.")
    expect(page.get_by_text("Say which category the rule is about").first).to_be_visible()
    expect(page.get_by_label("The rule, in your own words")).to_have_value("Say that the H1 is no longer sold.")
    assert accessibility(page) == []
    container.guidance.save([{"kind": "tone", "text": "Somebody else's."}], 0, SYSTEM)
    page.get_by_label("Or questions with one of these words").fill("H1")
    page.get_by_role("button", name="Save to the draft").click()
    expect(page.get_by_text("Someone has changed the guidance since you opened it.")).to_be_visible()
    page.get_by_role("button", name="Save to the draft").click()
    rules = page.locator(".guidance__what")
    expect(rules.filter(has_text="Somebody else's.")).to_be_visible()
    expect(rules.filter(has_text="Say that the H1 is no longer sold.")).to_be_visible()


def test_without_a_model_the_page_says_what_takes_effect(visit: Open) -> None:
    page = visit()
    expect(page.get_by_text("No language model is set up, so nothing here takes effect yet")).to_be_visible()
    expect(page.get_by_text("sentences with a forbidden phrase are dropped")).to_be_visible()
    page.get_by_label("Or type one").fill(QUESTION)
    page.get_by_role("button", name="Show both answers").click()
    expect(page.get_by_text("Now and with the draft")).to_be_visible()


@pytest.mark.parametrize(("color_scheme", "locale"), [("dark", "en-GB"), ("light", "zh-CN"), ("dark", "zh-TW")])
def test_on_a_phone_in_both_languages(visit: Open, container: Container, color_scheme: str, locale: str) -> None:
    rules = [
        {
            "kind": "promise",
            "text": "不要承诺到账日期。",
            "phrases": ["24 小时内", "within * hours"],
            "locales": ["zh-Hans"],
        },
        {"kind": "topic", "text": "Say that the H1 is no longer sold.", "category": "devices", "words": ["H1"]},
    ]
    container.guidance.save(rules, 0, SYSTEM)
    page = visit(color_scheme=color_scheme, locale=locale, **PHONE)
    assert accessibility(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if locale != "en-GB":
        expect(page.get_by_text("Forbidden promises")).to_have_count(0)
    page.locator(".guidance__acts a").first.click()
    expect(page.locator("textarea").first).to_be_visible()
    assert accessibility(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
