"""The whole main job in a real browser against the real product: ask, answer with sources, hand over, solve, correct.

Run with ``ASKDESK_SCREENSHOTS=FOLDER``, it works on the whole starter knowledge base and photographs what it sees.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from assistant.domain.people import Role
from tests.browser.conftest import accessibility
from tests.browser.shop import PASSWORD, Shop, email, open_shop

PICTURES = os.environ.get("ASKDESK_SCREENSHOTS", "")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# A reply can be undone for five seconds before it goes out.
DELIVERED = 15_000
ANSWERED = 20_000


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[Shop]:
    """A running shop."""
    with open_shop(tmp_path_factory.mktemp("shop") / "data", models_dir, whole=bool(PICTURES)) as opened:
        yield opened


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, shop: Shop) -> Iterator[Visit]:
    """Opens a page as a visitor, or signed in by a role; pages stay free of script errors and policy violations."""
    windows: list[BrowserContext] = []
    broken: list[str] = []

    def open_page(path: str, role: Role | None = None, **window: Any) -> Page:
        settings = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce", "locale": "en-GB"}
        context = browser.new_context(base_url=shop.address, **(settings | window))
        windows.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda said: broken.append(said.text) if "Security Policy" in said.text else None)
        page.goto(f"/login?next={path}" if role else path)
        if role:
            page.locator("[name=email]").fill(email(role))
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("[name=password]").press("Enter")
            page.wait_for_url(f"**{path}")
        return page

    yield open_page
    for context in windows:
        context.close()
    assert broken == []


def photograph(page: Page, name: str) -> None:
    """Keep a picture for the README, if pictures are wanted."""
    if not PICTURES:
        return
    page.wait_for_timeout(400)
    target = Path(PICTURES) / f"{name}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    assert target.stat().st_size <= 200_000, f"{target} is too big for the README"


class Chat:
    """The widget on a page, as the customer uses it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.widget = page.locator("askdesk-widget")
        self.log = self.widget.get_by_role("log")
        self.composer = self.widget.locator(".composer textarea")
        self.replies = self.widget.locator("article.message")

    def open(self) -> Chat:
        """The same chat, with its panel open."""
        launcher = self.widget.locator(".launcher")
        expect(self.widget.locator(".launcher:visible, .composer textarea:visible").first).to_be_visible()
        if launcher.is_visible():
            launcher.click()
        expect(self.composer).to_be_visible()
        return self

    def say(self, text: str) -> None:
        """Send a message."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def ask(self, text: str) -> Locator:
        """The finished reply to a message."""
        before = self.replies.count()
        self.say(text)
        expect(self.replies).to_have_count(before + 1, timeout=ANSWERED)
        assert self.log.evaluate("log => log.scrollWidth <= log.clientWidth"), "wider than the panel"
        return self.replies.last

    def person(self) -> Locator:
        """The link to the ticket, once there is one."""
        return self.widget.get_by_role("link", name=re.compile("Follow your ticket|查看工单进度|查看工單進度")).last


def sources(reply: Locator) -> Locator:
    """The sources under a reply."""
    return reply.locator(".source")


def open_source(reply: Locator, place: int = 0) -> Page:
    """The article behind one of the sources, in its own tab."""
    source = sources(reply).nth(place)
    source.get_by_role("button").click()
    expect(source.locator("blockquote")).to_be_visible()
    with reply.page.context.expect_page() as opened:
        source.locator("a").click()
    opened.value.wait_for_load_state()
    return opened.value


def expect_at_heading(article: Page) -> None:
    """The article is open at the heading that its address names."""
    fragment = unquote(article.url.partition("#")[2])
    assert fragment
    expect(article.locator(f'[id="{fragment}"]')).to_be_in_viewport()


class TestQuestions:
    """What the customer asks the assistant."""

    def test_an_answer_streams_its_source_opens_and_a_follow_up_is_understood(self, visit: Visit) -> None:
        page = visit("/")
        chat = Chat(page)
        expect(chat.widget).to_be_attached()
        page.evaluate(
            """() => {
                window.seen = [];
                const root = document.querySelector("askdesk-widget").shadowRoot;
                new MutationObserver(() => {
                    const text = root.querySelector(".provisional")?.textContent;
                    if (text) window.seen.push(text);
                }).observe(root, { childList: true, subtree: true, characterData: true });
            }"""
        )
        page.get_by_role("button", name="How do I reset my Hub H2?").click()
        expect(chat.replies).to_have_count(1, timeout=ANSWERED)
        reply = chat.replies.last
        expect(reply).to_contain_text("15 seconds")
        assert page.evaluate("window.seen.length") > 0
        photograph(page, "answer")
        article = open_source(reply)
        assert "/help/en/hub-h2-reset" in article.url
        expect_at_heading(article)
        photograph(article, "help-centre")
        follow_up = chat.ask("And how is it done on the H1?")
        assert "/help/en/hub-h1-reset" in open_source(follow_up).url
        page.reload()
        chat.open()
        expect(chat.replies).to_have_count(2)
        expect(chat.log).to_contain_text("And how is it done on the H1?")

    def test_chinese_is_answered_from_the_chinese_article(self, visit: Visit) -> None:
        page = visit("/", locale="zh-CN", **PHONE)
        chat = Chat(page).open()
        greeting = chat.ask("你好")
        expect(sources(greeting)).to_have_count(0)
        reply = chat.ask("H2 怎么恢复出厂设置？")
        expect(reply).to_contain_text("15 秒")
        photograph(page, "phone-chinese")
        article = open_source(reply)
        assert "/help/zh-Hans/hub-h2-reset" in article.url
        expect_at_heading(article)

    def test_traditional_is_answered_in_traditional_and_marked_as_converted(self, visit: Visit) -> None:
        chat = Chat(visit("/", locale="zh-TW")).open()
        reply = chat.ask("電子發票怎麼開？")
        expect(reply).to_contain_text("電子普通發票")
        sources(reply).first.get_by_role("button").click()
        expect(reply.get_by_text("經簡繁轉換")).to_be_visible()

    def test_what_nobody_wrote_about_is_not_answered_but_offered(self, visit: Visit) -> None:
        chat = Chat(visit("/")).open()
        reply = chat.ask("Do you sell a robot vacuum cleaner?")
        expect(sources(reply)).to_have_count(0)
        reply.locator(".choices").get_by_role("button", name="person").click()
        expect(chat.widget.get_by_role("button", name="Ask for a person")).to_be_visible()

    def test_of_several_like_things_the_one_tapped_is_answered(self, visit: Visit) -> None:
        chat = Chat(visit("/")).open()
        asked_back = chat.ask("how do I reset my hub")
        expect(asked_back).to_contain_text("Which one do you mean")
        expect(sources(asked_back)).to_have_count(0)
        asked_back.locator(".choices").get_by_role("button", name="Hub mini H1").click()
        expect(chat.replies).to_have_count(2, timeout=ANSWERED)
        assert "/help/en/hub-h1-reset" in open_source(chat.replies.last).url

    def test_enter_belongs_to_the_input_method_while_it_composes(self, visit: Visit) -> None:
        page = visit("/chat", locale="zh-CN")
        chat = Chat(page).open()
        chat.composer.focus()
        keyboard = page.context.new_cdp_session(page)
        keyboard.send("Input.imeSetComposition", {"text": "ni'hao", "selectionStart": 6, "selectionEnd": 6})
        enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
        keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
        keyboard.send("Input.insertText", {"text": "你好"})
        expect(chat.composer).to_have_value("你好")
        expect(chat.widget.locator(".mine")).to_have_count(0)
        chat.composer.press("Enter")
        expect(chat.replies).to_have_count(1, timeout=ANSWERED)


class TestPerson:
    """What becomes of a wish for a person."""

    def test_a_handover_is_worked_live_until_it_is_rated(self, visit: Visit) -> None:
        desk = visit("/desk", Role.AGENT, viewport={"width": 1280, "height": 620})
        expect(desk.locator("#desk")).to_be_visible()
        page = visit("/", color_scheme="dark")
        chat = Chat(page).open()
        chat.ask("My lock is jammed halfway and the app says E-33. How do I get it moving?")
        photograph(page, "answer-dark")
        chat.ask("I want to talk to a person.")
        expect(chat.person()).to_be_visible()
        number = re.search(r"\d+", chat.person().inner_text())
        assert number is not None

        row = desk.locator(f'#ticket-list [data-number="{number[0]}"]')
        expect(row).to_be_visible(timeout=ANSWERED)
        row.get_by_role("link").first.click()
        expect(desk.locator("#brief")).to_contain_text("E-33")
        photograph(desk, "desk")
        box = desk.get_by_role("textbox", name="Your message")
        desk.keyboard.press("n")
        desk.keyboard.type("Second jam this week, check the batch.")
        desk.keyboard.press("Control+Enter")
        expect(desk.locator(".message--note")).to_contain_text("Second jam this week")
        desk.get_by_role("radio", name="Reply").check()
        box.fill("Hello, Alex here. Is the door closed or open right now?")
        box.press("Control+Enter")
        expect(box).to_have_value("")

        said = chat.widget.get_by_role("article", name="Alex Meyer")
        expect(said).to_contain_text("Is the door closed", timeout=DELIVERED)
        expect(chat.widget).to_contain_text("You are talking to Alex Meyer")
        replies = chat.replies.count()
        chat.say("It is open, I am standing in the hall.")
        expect(desk.locator("#timeline")).to_contain_text("standing in the hall", timeout=ANSWERED)
        chat.say("How do I reset my Hub H2?")
        expect(desk.locator("#timeline")).to_contain_text("How do I reset my Hub H2?", timeout=ANSWERED)
        expect(chat.replies).to_have_count(replies)
        expect(chat.log).not_to_contain_text("check the batch")

        desk.locator("#ticket-scroll").focus()
        desk.keyboard.press("e")
        expect(desk.locator("#ticket-head")).to_contain_text("Solved")
        chat.widget.get_by_role("button", name="5: Very good").click(timeout=ANSWERED)
        expect(chat.widget).to_contain_text("Thank you for rating.")
        page.reload()
        chat.open()
        expect(said).to_contain_text("Is the door closed")
        expect(chat.log).not_to_contain_text("check the batch")

    @pytest.mark.parametrize("words", ["人工", "转人工", "真人"])
    def test_a_bare_word_is_enough(self, visit: Visit, words: str) -> None:
        chat = Chat(visit("/", locale="zh-CN")).open()
        chat.ask(words)
        expect(chat.person()).to_be_visible()

    def test_the_ticket_page_takes_a_nudge_and_an_answer(self, visit: Visit) -> None:
        page = visit("/")
        chat = Chat(page).open()
        chat.ask("Where can I see the serial number of my old doorbell from 2019?")
        chat.widget.locator(".foot").get_by_role("button", name="Talk to a person").click()
        chat.widget.get_by_label("E-mail (optional)").fill("lena@example.com")
        chat.widget.get_by_role("button", name="Ask for a person").click()
        expect(chat.widget.get_by_text("Someone is on duty.")).to_be_visible()
        expect(chat.widget.get_by_text("Expect a reply by")).to_be_visible()
        photograph(page, "handover")
        with page.context.expect_page() as opened:
            chat.person().click()
        ticket = opened.value
        expect(ticket.get_by_role("heading", level=1)).to_be_visible()
        assert accessibility(ticket) == []
        ticket.get_by_role("button", name="Nudge").click()
        expect(ticket.get_by_label("Messages")).to_contain_text("You asked us to hurry")
        ticket.get_by_label("Your message").fill("It is the black one.")
        ticket.get_by_role("button", name="Send", exact=True).click()
        expect(ticket.get_by_label("Messages")).to_contain_text("It is the black one.")
        photograph(ticket, "ticket-page")
        expect(chat.log).to_contain_text("It is the black one.", timeout=ANSWERED)


class TestEditor:
    """A corrected article is what the assistant says from then on."""

    def test_the_next_answer_has_the_new_text(self, visit: Visit) -> None:
        question = "The lock is jammed with E-33, with the door open too. What can I do?"
        expect(Chat(visit("/")).open().ask(question)).to_contain_text("by a quarter turn")
        editor = visit("/editor/articles/lock-l1-problems?locale=en", Role.EDITOR)
        body = editor.locator("#body")
        body.fill(body.input_value().replace("by a quarter turn", "by half a turn"))
        expect(editor.locator("#state")).to_contain_text("Newer draft")
        photograph(editor, "editor")
        editor.locator("#publish").click()
        expect(editor.get_by_text("Published. The assistant answers from it now")).to_be_visible(timeout=ANSWERED)
        fresh = Chat(visit("/")).open().ask(question)
        expect(fresh).to_contain_text("by half a turn")
        expect(fresh).not_to_contain_text("quarter")


@pytest.mark.parametrize(
    ("path", "role", "picture"),
    [
        ("/desk/insights", Role.AGENT, "numbers"),
        ("/desk/conversations", Role.AGENT, ""),
        ("/admin", Role.ADMIN, "admin"),
        ("/editor/gaps", Role.EDITOR, ""),
    ],
)
def test_other_pages_of_the_staff_are_accessible(visit: Visit, path: str, role: Role, picture: str) -> None:
    page = visit(path, role)
    expect(page.get_by_role("heading").first).to_be_visible()
    if picture:
        photograph(page, picture)
    assert accessibility(page) == []
