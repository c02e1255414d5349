"""The chat in a page, against a desk that can be made to fail: what the customer sees, and what is never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import accessibility

PAGE: dict[str, Any] = {"title": "Demo", "brand": {"name": "Fernhaven", "logo_url": None}, "theme": ""}
CITATIONS = [
    {
        "n": 1,
        "kind": "passage",
        "article": "hub-h2-reset",
        "title": "Restart or reset your Hub H2",
        "heading": "Restart the H2",
        "url": "/help/en/hub-h2-reset#restart",
        "quote": "Unplug the USB-C cable. Wait 10 seconds.",
    }
]
REPLY = {
    "id": "r1",
    "text": "A restart deletes nothing. [1]",
    "html": "<p>A restart <mark>deletes nothing</mark>. [1]</p><ol><li>Unplug it.</li></ol>",
    "outcome": "answered",
    "confidence": 0.9,
    "citations": CITATIONS,
    "choices": [],
}
PROMISE = "Your ticket is number 1042. Someone is on duty and should reply by 09:30."


class Desk:
    """The chat's side of the API, scripted: ``failures`` are answered first, one each."""

    def __init__(self) -> None:
        self.failures: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self.posted: dict[str, list[dict[str, Any]]] = {"feedback": [], "handover": [], "rating": []}
        self.conversations = 0
        self.config_status = 200
        self.state = "assistant"
        self.ticket: dict[str, Any] | None = None

    def __call__(self, route: Route) -> None:
        """Answer one request."""
        act = route.request.url.split("?")[0].rsplit("/", 1)[-1]
        if act == "config":
            self._config(route)
        elif act == "conversations":
            self.conversations += 1
            route.fulfill(status=201, json={"id": "c1", "token": "secret", "greeting": "", "choices": []})
        elif act == "messages":
            self._message(route)
        elif act == "events":
            notes = [{"id": "s1", "role": "system", "text": PROMISE}] if self.ticket else []
            body = "".join(f"id: 9\nevent: message\ndata: {json.dumps({'message': one})}\n\n" for one in notes)
            route.fulfill(content_type="text/event-stream", body=body or ": nothing yet\n\n")
        elif act in self.posted:
            self.posted[act].append(json.loads(route.request.post_data or "{}"))
            if act == "handover":
                route.fulfill(json=self._handed_over())
            else:
                route.fulfill(status=204)
        else:
            told: dict[str, Any] = {"status": self.state, "ticket": self.ticket, "rating": None, "last_event": 0}
            told["messages"] = self._transcript()
            route.fulfill(json=told)

    def _config(self, route: Route) -> None:
        chinese = "zh" in route.request.url
        route.fulfill(
            status=self.config_status,
            json={
                "name": "Fernhaven",
                "accent": "#0c6b6b",
                "greeting": "您好" if chinese else "Hello, what can I help you with?",
                "choices": [{"text": "Where is my order?"}],
                "locale": "zh-Hans" if chinese else "en",
                "locales": ["en", "zh-Hans", "zh-Hant"],
                "paused": False,
            },
        )

    def _message(self, route: Route) -> None:
        if self.failures:
            route.fulfill(**self.failures.pop(0))
            return
        self.sent.append(json.loads(route.request.post_data or "{}"))
        done = {"message": {"id": f"m{len(self.sent)}"}, "reply": {**REPLY, "id": f"r{len(self.sent)}"}, "ticket": None}
        events = [("status", {"phase": "searching"}), ("delta", {"text": "A restart"}), ("done", done)]
        body = "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)
        route.fulfill(content_type="text/event-stream", body=body)

    def _handed_over(self) -> dict[str, Any]:
        ticket = {"number": 1042, "status": "new", "url": "/t/x"}
        told: dict[str, Any] = {
            "on_duty": True,
            "expected_reply_by": "2026-11-22T09:30:00Z",
            "position": 3,
            "message": None,
        }
        if self.ticket is None:
            self.ticket, told["message"] = ticket, "s1"
        return {"ticket": self.ticket, **told}

    def _transcript(self) -> list[dict[str, Any]]:
        asked = [{"id": f"m{at}", "role": "customer", **one} for at, one in enumerate(self.sent, 1)]
        answers = [{**REPLY, "id": f"r{at}", "role": "assistant"} for at in range(1, len(self.sent) + 1)]
        return [message for pair in zip(asked, answers, strict=True) for message in pair]


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def chat(opened: Callable[..., Page], desk: Desk) -> Page:
    """The demo page with the chat open."""
    page = opened("demo.html", PAGE, api=desk)
    page.get_by_role("button", name="Open the chat").click()
    return page


def composer(page: Page) -> Locator:
    return page.locator("askdesk-widget .composer textarea")


def ask(page: Page, text: str) -> None:
    composer(page).fill(text)
    composer(page).press("Enter")


class TestWriting:
    """Enter, Shift+Enter and input methods."""

    def test_enter_sends_and_the_answer_appears(self, chat: Page, desk: Desk) -> None:
        ask(chat, "How do I restart it?")
        expect(chat.get_by_role("article", name="Assistant")).to_contain_text("deletes nothing")
        assert [one["text"] for one in desk.sent] == ["How do I restart it?"]
        expect(chat.locator("askdesk-widget .provisional")).to_have_count(0)

    def test_shift_enter_breaks_the_line(self, chat: Page, desk: Desk) -> None:
        composer(chat).press_sequentially("one")
        composer(chat).press("Shift+Enter")
        composer(chat).press_sequentially("two")
        expect(composer(chat)).to_have_value("one\ntwo")
        assert desk.sent == []

    @pytest.mark.parametrize("how", [{"isComposing": True}, {"keyCode": 229}])
    def test_enter_belongs_to_the_input_method_while_it_composes(
        self, chat: Page, desk: Desk, how: dict[str, Any]
    ) -> None:
        composer(chat).fill("ni hao")
        press = (
            "(field, how) => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, ...how }))"
        )
        composer(chat).evaluate(press, {"cancelable": True, **how})
        expect(composer(chat)).to_have_value("ni hao")
        assert desk.sent == []

    def test_an_empty_message_is_not_sent(self, chat: Page, desk: Desk) -> None:
        ask(chat, "   ")
        assert (desk.sent, desk.conversations) == ([], 0)


class TestFailures:
    """What was typed is never lost."""

    def test_a_full_disk_keeps_the_message_and_sends_it_again(self, chat: Page, desk: Desk) -> None:
        desk.failures = [
            {"status": 503, "headers": {"Retry-After": "1"}, "json": {"error": {"code": "x", "message": "y"}}}
        ]
        ask(chat, "Where is it?")
        expect(chat.get_by_text("Kept, sending again")).to_be_visible()
        kept = chat.evaluate("JSON.parse(localStorage.getItem(`askdesk:${location.origin}`)).kept")
        expect(chat.get_by_role("article", name="Assistant")).to_be_visible()
        assert [one["client_id"] for one in desk.sent] == [kept[0]["client_id"]]

    def test_a_reload_while_it_waits_sends_it_once(self, chat: Page, desk: Desk) -> None:
        desk.failures = [{"status": 503, "headers": {"Retry-After": "60"}, "json": {}}]
        ask(chat, "Where is it?")
        expect(chat.get_by_text("Kept, sending again")).to_be_visible()
        chat.reload()
        chat.get_by_role("button", name="Open the chat").click()
        expect(chat.get_by_role("article", name="Assistant")).to_be_visible()
        assert [one["text"] for one in desk.sent] == ["Where is it?"]

    def test_too_many_messages_say_when_it_goes_on(self, chat: Page, desk: Desk) -> None:
        desk.failures = [{"status": 429, "headers": {"Retry-After": "1"}, "json": {}}]
        ask(chat, "Again")
        expect(chat.get_by_text("goes out in 1 s")).to_be_visible()
        expect(chat.get_by_role("article", name="Assistant")).to_be_visible()

    def test_a_refusal_says_why_and_offers_another_try(self, chat: Page, desk: Desk) -> None:
        desk.failures = [{"status": 422, "json": {"error": {"code": "invalid", "message": "This text is too long."}}}]
        ask(chat, "Hm")
        expect(chat.get_by_text("This text is too long.")).to_be_visible()
        chat.get_by_role("button", name="Send again").click()
        expect(chat.get_by_role("article", name="Assistant")).to_be_visible()

    def test_a_forgotten_conversation_is_begun_anew(self, chat: Page, desk: Desk) -> None:
        ask(chat, "One")
        expect(chat.get_by_role("article", name="Assistant")).to_have_count(1)
        desk.failures = [{"status": 404, "json": {"error": {"code": "not_found", "message": "gone"}}}]
        ask(chat, "Two")
        expect(chat.get_by_role("article", name="Assistant")).to_have_count(2)
        assert desk.conversations == 2


class TestAnswer:
    """An answer with its sources, and what may be said about it."""

    def test_a_citation_opens_to_its_quote(self, chat: Page) -> None:
        ask(chat, "Restart?")
        mark = chat.get_by_role("button", name="Source 1: Restart or reset your Hub H2")
        mark.click()
        expect(mark).to_have_attribute("aria-expanded", "true")
        expect(chat.get_by_text("Unplug the USB-C cable. Wait 10 seconds.")).to_be_visible()
        expect(chat.get_by_role("link", name="Open the article")).to_have_attribute("target", "_blank")

    def test_a_quote_in_another_language_keeps_it_with_its_translation_below(
        self, chat: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        foreign = {
            "quote": "拔下 USB-C 线，等 10 秒。",
            "locale": "zh-Hans",
            "translation": "Unplug it. Wait 10 seconds.",
        }
        for name, value in foreign.items():
            monkeypatch.setitem(CITATIONS[0], name, value)
        ask(chat, "Restart?")
        chat.get_by_role("button", name="Source 1: Restart or reset your Hub H2").click()
        expect(chat.get_by_text("拔下 USB-C 线，等 10 秒。")).to_have_attribute("lang", "zh-Hans")
        expect(chat.get_by_text("Machine translation. What counts is the original above.")).to_be_visible()
        expect(chat.get_by_text("Unplug it. Wait 10 seconds.")).to_be_visible()

    def test_a_mark_alone_below_a_table_is_left_to_the_list_of_sources(
        self, chat: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(REPLY, "html", "<table><tr><td>Only 31 days</td></tr></table><p>[1]</p>")
        ask(chat, "How long?")
        expect(chat.get_by_text("Only 31 days")).to_be_visible()
        expect(chat.locator("askdesk-widget .mark")).to_have_count(0)
        expect(chat.locator("askdesk-widget .source")).to_have_count(1)

    def test_a_long_title_makes_nothing_wider_than_the_panel(self, chat: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(CITATIONS[0], "heading", "Restart the hub, wait for the ring, and start it once more")
        ask(chat, "Restart?")
        expect(chat.get_by_role("article", name="Assistant")).to_be_visible()
        assert chat.get_by_role("log").evaluate("log => log.scrollWidth <= log.clientWidth")

    def test_no_asks_for_the_reason(self, chat: Page, desk: Desk) -> None:
        ask(chat, "Restart?")
        chat.get_by_role("button", name="No", exact=True).click()
        chat.get_by_role("button", name="Out of date").click()
        chat.locator("askdesk-widget form.card").get_by_role("button", name="Send").click()
        expect(chat.get_by_text("Thank you, noted.")).to_be_visible()
        assert desk.posted["feedback"] == [
            {"message": "r1", "helpful": False},
            {"message": "r1", "helpful": False, "reasons": ["outdated"]},
        ]

    def test_the_conversation_survives_a_reload(self, chat: Page, desk: Desk) -> None:
        ask(chat, "Restart?")
        expect(chat.get_by_role("article", name="Assistant")).to_be_visible()
        chat.reload()
        chat.get_by_role("button", name="Open the chat").click()
        expect(chat.get_by_role("article", name="Assistant")).to_contain_text("deletes nothing")
        assert (desk.conversations, len(desk.sent)) == (1, 1)


class TestPerson:
    """A person is always within reach."""

    def test_before_the_first_question_too(self, chat: Page, desk: Desk) -> None:
        chat.get_by_role("button", name="Talk to a person", exact=True).click()
        chat.get_by_label("E-mail (optional)").fill("mia@example.com")
        chat.get_by_role("button", name="Ask for a person").click()
        expect(chat.get_by_text("Ticket 1042", exact=True)).to_be_visible()
        expect(chat.get_by_text("2 before you.")).to_be_visible()
        assert desk.posted["handover"] == [{"email": "mia@example.com"}]

    def test_the_ticket_is_told_once_also_when_the_conversation_tells_it_too(self, chat: Page, desk: Desk) -> None:
        desk.state = "waiting"
        ask(chat, "Restart?")
        expect(chat.get_by_role("article", name="Assistant")).to_be_visible()
        chat.get_by_role("button", name="Talk to a person", exact=True).click()
        chat.get_by_role("button", name="Ask for a person").click()
        log = chat.get_by_role("log")
        expect(log.get_by_text("Ticket 1042", exact=True)).to_be_visible()
        with chat.expect_response("**/events"):
            pass
        expect(log.get_by_text("1042")).to_have_count(1)
        expect(log.get_by_role("status")).to_have_count(0)
        chat.reload()
        chat.get_by_role("button", name="Open the chat").click()
        expect(log.get_by_text(PROMISE)).to_have_count(1)

    def test_who_has_a_ticket_only_leaves_an_address(
        self, chat: Page, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(REPLY, "outcome", "handed_over")
        ask(chat, "A person, please")
        expect(chat.get_by_role("article", name="Assistant")).to_be_visible()
        desk.state, desk.ticket = "waiting", {"number": 1042, "status": "new", "url": "/t/x"}
        chat.reload()
        chat.get_by_role("button", name="Open the chat").click()
        chat.get_by_role("button", name="Leave an e-mail or phone number").click()
        chat.get_by_label("E-mail (optional)").fill("mia@example.com")
        chat.get_by_role("button", name="Save").click()
        log = chat.get_by_role("log")
        expect(log.get_by_text("Saved. Your ticket now says how to reach you.")).to_be_visible()
        expect(log.get_by_text("Ticket 1042", exact=True)).to_have_count(0)

    def test_half_an_address_is_asked_again(self, chat: Page, desk: Desk) -> None:
        chat.get_by_role("button", name="Talk to a person", exact=True).click()
        chat.get_by_label("E-mail (optional)").fill("mia@")
        chat.get_by_role("button", name="Ask for a person").click()
        expect(chat.get_by_text("This e-mail address is not complete.")).to_be_visible()
        assert desk.posted["handover"] == []

    def test_a_solved_ticket_is_rated(self, chat: Page, desk: Desk) -> None:
        ask(chat, "Restart?")
        expect(chat.get_by_role("article", name="Assistant")).to_be_visible()
        desk.state, desk.ticket = "human", {"number": 1042, "status": "solved", "url": "/t/x"}
        chat.reload()
        chat.get_by_role("button", name="Open the chat").click()
        chat.get_by_role("button", name="5: Very good").click()
        expect(chat.get_by_text("Thank you for rating.")).to_be_visible()
        assert desk.posted["rating"] == [{"score": 5}]


class TestSurroundings:
    """The page around the chat."""

    def test_a_site_that_is_not_allowed_sees_nothing(self, opened: Callable[..., Page], desk: Desk) -> None:
        desk.config_status = 403
        page = opened("demo.html", PAGE, api=desk)
        expect(page.locator("askdesk-widget")).to_have_count(0)

    def test_it_works_where_storage_is_blocked(self, opened: Callable[..., Page], desk: Desk) -> None:
        page = opened("demo.html", PAGE, api=desk)
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('SecurityError'); } });"
        )
        page.reload()
        page.get_by_role("button", name="Open the chat").click()
        ask(page, "Restart?")
        expect(page.get_by_role("article", name="Assistant")).to_be_visible()

    def test_escape_closes_and_gives_the_focus_back(self, chat: Page) -> None:
        expect(composer(chat)).to_be_focused()
        chat.keyboard.press("Escape")
        expect(chat.get_by_role("dialog", name="Fernhaven")).to_be_hidden()
        expect(chat.get_by_role("button", name="Open the chat")).to_be_focused()

    def test_the_page_can_ask(self, opened: Callable[..., Page], desk: Desk) -> None:
        page = opened("demo.html", PAGE, api=desk)
        page.get_by_role("button", name="How do I reset my Hub H2?").click()
        expect(page.get_by_role("article", name="Assistant")).to_be_visible()
        assert desk.sent[0]["text"] == "How do I reset my Hub H2?"

    def test_the_language_can_be_changed_on_the_way(self, chat: Page) -> None:
        ask(chat, "Restart?")
        chat.get_by_role("button", name="Options").click()
        chat.get_by_role("menuitemradio", name="简体中文").click()
        expect(chat.get_by_role("button", name="转人工")).to_be_visible()
        expect(chat.get_by_role("article", name="智能助手")).to_be_visible()
        with chat.expect_request("**/messages") as sent:
            ask(chat, "重启？")
        assert sent.value.headers["accept-language"] == "zh-Hans"

    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("template", ["demo.html", "chat.html"])
    @pytest.mark.parametrize("phone", [False, True])
    def test_the_chat_is_accessible(
        self, opened: Callable[..., Page], desk: Desk, template: str, theme: str, phone: bool
    ) -> None:
        page = opened(template, PAGE, theme=theme, phone=phone, api=desk)
        if template == "demo.html":
            page.get_by_role("button", name="Open the chat").click()
        ask(page, "Restart?")
        page.get_by_role("button", name="Source 1").first.click()
        page.get_by_role("button", name="Talk to a person", exact=True).click()
        expect(page.get_by_label("E-mail (optional)")).to_be_visible()
        assert accessibility(page) == []
