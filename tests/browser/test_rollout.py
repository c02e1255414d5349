"""Rolling the assistant out in a real browser: rules and topics by an admin, and a draft that an agent uses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.container import Container
from assistant.domain.people import SYSTEM, Role
from assistant.domain.rollout import Channel, Mode
from assistant.installation import SectionChange
from tests.browser.conftest import accessibility
from tests.browser.serving import serving
from tests.browser.staff import Open, WithoutModels, installation, windows
from tests.desk.scene import Scene

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
EXAMPLE = {
    "mode": "share",
    "share": 25,
    "rules": [
        {"channel": "help", "locale": "zh-Hans", "mode": "drafts"},
        {"category": "billing", "mode": "outside_hours"},
        {"channel": "help", "locale": "zh-Hans", "category": "billing", "mode": "off"},
    ],
    "topics": [{"name": "Chargeback", "phrases": ["chargeback", "拒付"]}],
}
GONE = {
    "n": 1,
    "kind": "passage",
    "article": "door",
    "locale": "en",
    "revision": 1,
    "passage": "gone",
    "title": "Doors",
    "heading": "",
    "url": "/help/en/door",
    "quote": "Lift the door.",
}


@pytest.fixture
def container(tmp_path: Path, sqlite_url: str) -> Iterator[Container]:
    """An installation with an admin and an agent."""
    people = {Role.ADMIN: "Robin Archer", Role.AGENT: "Mia Chen"}
    with installation(tmp_path, sqlite_url, people, WithoutModels) as opened:
        yield opened


@pytest.fixture
def server(container: Container) -> Iterator[str]:
    """The address of the running server."""
    with serving(container) as address:
        yield address


@pytest.fixture
def visit(browser: Browser, server: str) -> Iterator[Open]:
    """Opens a page as the admin."""
    with windows(browser, server, Role.ADMIN, viewport={"width": 1280, "height": 860}) as opened:
        yield opened


def store(container: Container, **values: Any) -> None:
    version = container.installation.view()["rollout"].version
    container.installation.change({"rollout": SectionChange(values, version)}, SYSTEM)


def attempt(page: Page, text: str) -> None:
    page.get_by_label("A customer writes").fill(text)
    page.get_by_role("button", name="Try it").click()


class TestAdmin:
    @pytest.mark.parametrize(
        "window", [{}, {"color_scheme": "dark", "locale": "zh-CN"}, {**PHONE, "locale": "zh-TW"}], ids=str
    )
    def test_is_accessible_and_fits(self, container: Container, visit: Open, window: dict[str, Any]) -> None:
        store(container, **EXAMPLE)
        page = visit("/admin/rollout", **window)
        expect(page.locator(".effects li")).to_have_count(5)
        assert accessibility(page) == []
        width = window.get("viewport", {"width": 1280})["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    def test_rules_are_added_ordered_and_removed_by_keyboard(self, container: Container, visit: Open) -> None:
        page = visit("/admin/rollout")
        for channel, mode in (("Widget", "Switched off"), ("Help centre", "A share of conversations")):
            page.get_by_role("button", name="Add a rule").press("Enter")
            row = page.get_by_role("group").filter(has_text="Article category").last
            row.get_by_label("Channel").select_option(channel)
            row.get_by_label("What the assistant does").select_option(mode)
        row.get_by_label("Percent of conversations").fill("30")
        expect(page.get_by_role("group", name="Rule 1").get_by_label("Percent of conversations")).to_be_hidden()
        page.get_by_role("group", name="Rule 2").get_by_role("button", name="Move up").press("Enter")
        expect(page.get_by_role("group", name="Rule 1").get_by_label("Channel")).to_have_value("help")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
        rules = container.installation.current().rollout.rules
        assert [(rule.channel, rule.mode) for rule in rules] == [
            (Channel.HELP, Mode.SHARE),
            (Channel.WIDGET, Mode.OFF),
        ]
        assert rules[0].share == 30
        page.get_by_role("group", name="Rule 1").get_by_role("button", name="Remove this rule").click()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".effects li")).to_have_count(2)
        assert [rule.channel for rule in container.installation.current().rollout.rules] == [Channel.WIDGET]

    def test_a_message_is_tried_before_anything_is_saved(self, container: Container, visit: Open) -> None:
        page = visit("/admin/rollout")
        page.get_by_label("What the assistant does").first.select_option("Switched off")
        page.get_by_role("button", name="Add a topic").click()
        page.get_by_label("Name of the topic").fill("Chargeback")
        page.get_by_label("Words and phrases").fill("chargeback\n拒付")
        attempt(page, "我要拒付這筆訂單")
        expect(page.get_by_text("by the topic “Chargeback”: it says “拒付”")).to_be_visible()
        expect(page.get_by_text("Not saved yet")).to_be_visible()
        attempt(page, "How do I reset my hub?")
        expect(page.get_by_text("No rule fits, so that what holds for everything else decides.")).to_be_visible()
        expect(page.get_by_text("Questions like this are answered by our team.")).to_be_visible()
        assert accessibility(page) == []
        assert container.installation.view()["rollout"].version == 0
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
        saved = container.installation.current().rollout
        assert (saved.mode, saved.topics[0].phrases) == (Mode.OFF, ("chargeback", "拒付"))

    def test_what_someone_else_saved_meanwhile_is_not_overwritten(self, container: Container, visit: Open) -> None:
        page = visit("/admin/rollout")
        page.get_by_label("What the assistant does").first.select_option("Switched off")
        store(container, **EXAMPLE)
        attempt(page, "chargeback")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Someone else has saved this page since you opened it.")).to_be_visible()
        assert container.installation.current().rollout.mode is Mode.SHARE

    def test_says_what_is_wrong_and_keeps_what_was_typed(self, container: Container, visit: Open) -> None:
        page = visit("/admin/rollout")
        page.get_by_role("button", name="Add a topic").click()
        page.get_by_label("Name of the topic").fill("Money")
        page.get_by_label("Words and phrases").fill("$")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("2 to 80 letters or characters").first).to_be_visible()
        expect(page.get_by_label("Words and phrases").first).to_have_value("$")
        assert container.installation.current().rollout.topics == ()

    def test_works_without_scripts(self, container: Container, visit: Open) -> None:
        store(container, **EXAMPLE)
        page = visit("/admin/rollout", java_script_enabled=False)
        page.locator("#rule-2-mode").select_option("")
        page.locator("#rule-4-mode").select_option("off")
        page.locator("#rule-4-category").fill("setup")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
        rules = container.installation.current().rollout.rules
        assert [rule.category for rule in rules] == ["", "billing", "setup"]


@pytest.mark.parametrize(
    "window", [{}, {"color_scheme": "dark", "locale": "zh-CN"}, {**PHONE, "locale": "zh-TW"}], ids=str
)
def test_a_ticket_with_drafts_is_accessible(container: Container, visit: Open, window: dict[str, Any]) -> None:
    page = visit(f"/desk/tickets/{drafted(container)}", Role.AGENT, **window)
    expect(page.locator(".message--note")).to_have_count(2)
    assert accessibility(page) == []


def test_an_agent_uses_a_draft_and_sends_it(container: Container, visit: Open) -> None:
    number = drafted(container)
    page = visit(f"/desk/tickets/{number}", Role.AGENT)
    expect(page.get_by_text("Its article has changed since")).to_be_visible()
    page.locator(".composer__mode").filter(has_text="Internal note").click()
    page.get_by_label("Your message").fill("Hello Lena,")
    page.get_by_role("button", name="Use this answer").press("Enter")
    expect(page.get_by_role("radio", name="Reply")).to_be_checked()
    expect(page.get_by_label("Your message")).to_have_value("Hello Lena,\n\nTurn the key **twice**.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline").get_by_text("Hello Lena,")).to_be_visible()
    messages = container.desk.tickets.one(number)["messages"]
    assert [one["text"] for one in messages if one["role"] == "agent"] == ["Hello Lena,\n\nTurn the key **twice**."]


def drafted(container: Container) -> int:
    """A ticket with two drafts, of which one quotes what is published no more."""
    scene = Scene(container.database, container.desk, container.installation.current())
    number = scene.ticket("My lock is jammed.", "Shall I pass it on?", "Yes")
    talk = scene.talk(number).id
    scene.says(talk, "Lift the door. [1]", "draft", citations=[GONE], written_by="extract")
    scene.says(talk, "Turn the key **twice**. [1]", "draft", written_by="extract")
    return number


def test_the_record_of_a_reply_tells_rule_and_topic(container: Container, visit: Open) -> None:
    store(container, rules=[{"channel": "widget", "mode": "off"}], topics=EXAMPLE["topics"])
    started = container.openings.start("en")
    replies = {}
    for text in ("How do I reset my hub?", "I filed a chargeback"):
        reply = container.turns.converse(started.id, started.token, text).reply
        assert reply is not None
        replies[text] = reply["id"]
    page = visit(f"/desk/traces/{replies['How do I reset my hub?']}", Role.AGENT)
    expect(page.get_by_text("By the roll-out, rule 1 decides: Switched off.")).to_be_visible()
    page.goto(f"/desk/traces/{replies['I filed a chargeback']}")
    expect(page.get_by_text("It goes to a person by the topic “Chargeback”: it says “chargeback”.")).to_be_visible()
    assert accessibility(page) == []


@pytest.mark.parametrize(
    ("path", "channel"), [("/help", Channel.HELP), ("/chat", Channel.CHAT), ("/login", Channel.WIDGET)]
)
def test_a_chat_tells_where_it_is(
    container: Container, browser: Browser, server: str, path: str, channel: Channel
) -> None:
    store(container, rules=[{"channel": channel, "mode": "off"}], mode="drafts")
    window = browser.new_context(base_url=server, locale="en-GB")
    page = window.new_page()
    page.goto(path)
    if path == "/login":
        page.add_script_tag(url="/widget.js")
    if channel is not Channel.CHAT:
        page.locator("askdesk-widget .launcher").click()
    page.locator("askdesk-widget .composer textarea").fill("How do I reset my hub?")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Questions like this are answered by our team.")).to_be_visible()
    window.close()
    [conversation] = container.desk.tickets.conversations().items
    assert conversation["channel"] == channel
