"""An agent's day in a real browser against the real server: what appears live, what can be undone, what keys do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.container import Container
from assistant.domain.people import Role
from tests.browser.conftest import accessibility
from tests.browser.serving import serving
from tests.browser.staff import PASSWORD, Open, WithoutModels, installation, windows
from tests.desk.scene import Scene

CITED = {
    "n": 1,
    "kind": "passage",
    "article": "lock-l1",
    "locale": "en",
    "revision": 1,
    "passage": "p1",
    "title": "Lock L1",
    "heading": "Jammed",
    "url": "/help/en/lock-l1",
    "quote": "Turn the key twice.",
}
TRACE = {
    "query": "lock jammed",
    "confidence": 0.8,
    "threshold": 0.6,
    "quoted": ["p1"],
    "candidates": [{"passage": "p1", "article": "lock-l1", "locale": "en", "title": "Lock L1", "score": 0.9}],
}
BRIEF = {
    "wants": "A lock that opens.",
    "why": "The customer asked for a person.",
    "next": "Ask for a photo.",
    "facts": ["Device: L1"],
    "tried": [],
    "mood": "frustrated",
    "language": "en",
    "group": "",
    "priority": "normal",
}


PEOPLE = {Role.AGENT: "Mia Chen", Role.SUPERVISOR: "Sam Boss", Role.COLLABORATOR: "Co Helper"}


@pytest.fixture
def container(tmp_path: Path, sqlite_url: str) -> Iterator[Container]:
    """An installation with an agent, a supervisor and a collaborator."""
    with installation(tmp_path, sqlite_url, PEOPLE, WithoutModels) as opened:
        yield opened


@pytest.fixture
def scene(container: Container) -> Scene:
    """The installation's desk."""
    return Scene(container.database, container.desk, container.installation.current())


@pytest.fixture
def server(container: Container) -> Iterator[str]:
    """The address of the running server."""
    with serving(container) as address:
        yield address


@pytest.fixture
def signed_in(browser: Browser, server: str) -> Iterator[Open]:
    """Opens a page of the desk as someone."""
    with windows(browser, server, Role.AGENT, viewport={"width": 1440, "height": 900}) as opened:
        yield opened


def _briefed(scene: Scene) -> int:
    """A ticket with a brief, a cited answer and its trace."""
    number = scene.ticket("My lock is jammed.", "Hello.", "A person, please.", email="lena@example.com")
    conversation_id = scene.talk(number).id
    scene.answer(conversation_id, "Turn the key twice [1].", [CITED], TRACE)
    first = scene.desk.tickets.one(number)["messages"][0]["id"]
    evidence = {part: [[first]] for part in ("wants", "why", "next", "facts")} | {"tried": []}
    scene.edit(type(scene.row(number)), number, brief=BRIEF | {"evidence": evidence})
    return number


def _rows(page: Page) -> Any:
    return page.locator("#ticket-list [data-number]")


class TestList:
    """The list lives, and never moves under the reader's eyes."""

    def test_new_ticket_appears_without_reloading(self, signed_in: Open, scene: Scene) -> None:
        page = signed_in("/desk")
        expect(page.get_by_text("All done")).to_be_visible()
        scene.ticket("My lock is jammed.")
        expect(page.get_by_role("link", name="My lock is jammed.")).to_be_visible()
        expect(page.locator('.nav__link[href="/desk"]').last).to_contain_text("1")

    def test_a_list_that_is_being_read_does_not_move(self, signed_in: Open, scene: Scene) -> None:
        first = scene.ticket("The first.")
        page = signed_in("/desk")
        page.locator("#ticket-list .list__title").focus()
        second = scene.ticket("The second.")
        page.get_by_role("button", name="1 new").click()
        expect(_rows(page)).to_have_count(2)
        assert _rows(page).evaluate_all("rows => rows.map(row => Number(row.dataset.number))") == [second, first]

    def test_search_and_filter_are_addresses(self, signed_in: Open, scene: Scene) -> None:
        scene.ticket("My lock is jammed.", group="Locks")
        scene.ticket("Where is my invoice?")
        page = signed_in("/desk?q=jammed")
        expect(_rows(page)).to_have_count(1)
        page.goto("/desk")
        page.get_by_label("Filter").click()
        page.get_by_label("Group").select_option("Locks")
        expect(_rows(page)).to_have_count(1)
        expect(page).to_have_url(re.compile("group=Locks"))

    def test_handover_rings_once_and_counts_in_the_tab(self, signed_in: Open, scene: Scene) -> None:
        page = signed_in("/desk")
        page.get_by_role("button", name="Sound for new handovers").click()
        before = int(page.locator("#desk").get_attribute("data-chimes") or 0)
        page.evaluate("document.hasFocus = () => false")
        scene.ticket("Help")
        expect(page).to_have_title(re.compile(r"^\(1\) "))
        expect(page.locator("#desk")).to_have_attribute("data-chimes", str(before + 1))


class TestTicket:
    """From the brief to solved."""

    def test_brief_leads_to_the_message_it_rests_on(self, signed_in: Open, scene: Scene) -> None:
        page = signed_in(f"/desk/tickets/{_briefed(scene)}")
        expect(page.get_by_text("A lock that opens.")).to_be_visible()
        page.locator(".brief__wants .brief__evidence").click()
        focused = page.locator("article.message:focus")
        expect(focused).to_contain_text("My lock is jammed.")

    def test_passages_tried_and_the_way_to_mend_them(self, signed_in: Open, scene: Scene) -> None:
        page = signed_in(f"/desk/tickets/{_briefed(scene)}")
        expect(page.locator("#aside")).to_contain_text("Lock L1 › Jammed")
        fix = page.get_by_role("link", name="Fix this answer")
        assert (fix.get_attribute("href") or "").startswith("/editor/articles/lock-l1?locale=en&passage=p1&answer=")
        page.get_by_role("link", name="Why this answer?").last.click()
        expect(page.get_by_role("heading", name="Passages found")).to_be_visible()

    def test_reply_can_be_undone_and_then_reaches_the_customer(self, signed_in: Open, scene: Scene) -> None:
        number = _briefed(scene)
        page = signed_in("/desk")
        page.get_by_role("link", name="My lock is jammed.").click()
        page.wait_for_url(f"**/desk/tickets/{number}")
        page.keyboard.press("r")
        page.keyboard.type("Please send me a foto.")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#timeline")).to_contain_text("Goes out in a moment")
        page.get_by_role("button", name="Undo").click()
        box = page.get_by_role("textbox", name="Your message")
        expect(box).to_have_value("Please send me a foto.")
        expect(page.locator("#timeline")).not_to_contain_text("foto")
        expect(page.locator("#ticket-head")).to_contain_text("Waiting for a person")
        box.fill("Please send me a photo.")
        box.press("Control+Enter")
        expect(box).to_have_value("")
        expect(page.locator("#timeline")).to_contain_text("Goes out in a moment")
        assert scene.heard(number) == []
        expect(page.locator("#timeline")).not_to_contain_text("Goes out in a moment")
        assert scene.heard(number) == ["Please send me a photo."]
        expect(page.locator("#ticket-head")).to_contain_text("Mia Chen has the conversation")

    def test_customers_answer_arrives_live(self, signed_in: Open, scene: Scene, container: Container) -> None:
        number = _briefed(scene)
        page = signed_in(f"/desk/tickets/{number}")
        expect(page.locator("#timeline")).to_contain_text("A person, please.")
        scene.desk.replies.send(number, "Hello Lena", container.accounts.people.by_email("agent@example.com"))
        expect(page.locator("#timeline")).to_contain_text("Hello Lena")
        expect(page.locator("#set-status")).to_have_value("open")

    def test_note_stays_inside(self, signed_in: Open, scene: Scene) -> None:
        number = _briefed(scene)
        page = signed_in(f"/desk/tickets/{number}")
        page.keyboard.press("n")
        page.keyboard.type("Out of warranty?")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".message--note")).to_contain_text("Out of warranty?")
        assert scene.heard(number) == []

    def test_keys_assign_and_solve_and_solving_can_be_undone(self, signed_in: Open, scene: Scene) -> None:
        number = _briefed(scene)
        page = signed_in(f"/desk/tickets/{number}")
        page.keyboard.press("a")
        expect(page.locator("#set-assignee option:checked")).to_contain_text("Mia Chen")
        page.keyboard.press("e")
        expect(page.locator("#ticket-head")).to_contain_text("Solved")
        assert "rating" in [kind for kind, _ in scene.public(number)]
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#ticket-head .badge--open")).to_be_visible()
        assert scene.row(number).status == "open"

    def test_take_over_and_give_back(self, signed_in: Open, scene: Scene) -> None:
        number = _briefed(scene)
        page = signed_in(f"/desk/tickets/{number}")
        page.get_by_role("button", name="Take over").click()
        expect(page.locator("#ticket-head")).to_contain_text("Mia Chen has the conversation")
        page.get_by_role("button", name="Give back to the assistant").click()
        expect(page.locator("#ticket-head")).to_contain_text("The assistant answers")
        assert scene.talk(number).state == "assistant"

    def test_fields_are_saved_where_they_stand(self, signed_in: Open, scene: Scene) -> None:
        number = _briefed(scene)
        page = signed_in(f"/desk/tickets/{number}")
        page.locator("#set-priority").select_option("urgent")
        expect(page.locator("#ticket-head")).to_contain_text("Urgent")
        page.locator("#set-tags").fill("lock, warranty")
        page.locator("#set-tags").press("Tab")
        expect(page.get_by_text("Saved")).to_have_count(2)
        assert (scene.row(number).priority, scene.row(number).tags) == ("urgent", ["lock", "warranty"])

    def test_a_stale_change_says_so_and_shows_how_it_stands(self, signed_in: Open, scene: Scene) -> None:
        number = _briefed(scene)
        page = signed_in(f"/desk/tickets/{number}")
        page.route("**/api/v1/desk/events*", lambda route: route.abort())
        page.locator("#ticket").evaluate("pane => pane.dataset.version = '0'")
        page.locator("#set-priority").select_option("high")
        expect(page.get_by_text("has changed since you opened it")).to_be_visible()
        expect(page.locator("#set-priority")).to_have_value("normal")

    def test_canned_reply_by_slash(self, signed_in: Open, scene: Scene, container: Container) -> None:
        boss = container.accounts.people.by_email("supervisor@example.com")
        scene.desk.macros.create("Thanks", "Thank you, {customer}. {agent}", "en", boss)
        scene.desk.macros.create("Photo", "A photo, please.", "en", boss)
        page = signed_in(f"/desk/tickets/{_briefed(scene)}")
        page.keyboard.press("r")
        page.keyboard.type("Hello /tha")
        expect(page.locator('#macro-list [role="option"]')).to_have_count(1)
        page.keyboard.press("Enter")
        expect(page.get_by_role("textbox", name="Your message")).to_have_value("Hello Thank you, Lena. Mia Chen")

    def test_an_input_method_keeps_its_keys(self, signed_in: Open, scene: Scene) -> None:
        number = _briefed(scene)
        page = signed_in(f"/desk/tickets/{number}")
        page.keyboard.press("r")
        box = page.get_by_role("textbox", name="Your message")
        box.fill("ni hao")
        box.evaluate(
            """box => {
              const keys = { key: "Enter", ctrlKey: true, bubbles: true, cancelable: true };
              const press = (more) => box.dispatchEvent(new KeyboardEvent("keydown", { ...keys, ...more }));
              press({ isComposing: true });
              press({ keyCode: 229 });
            }"""
        )
        page.wait_for_timeout(400)
        expect(box).to_have_value("ni hao")
        assert len(scene.desk.tickets.one(number)["messages"]) == 4

    def test_draft_survives_looking_elsewhere(self, signed_in: Open, scene: Scene) -> None:
        other, number = scene.ticket("Another matter."), _briefed(scene)
        page = signed_in(f"/desk/tickets/{number}")
        page.get_by_role("textbox", name="Your message").fill("Half a thought")
        page.get_by_role("link", name="Another matter.").click()
        page.wait_for_url(f"**/desk/tickets/{other}")
        expect(page.get_by_role("textbox", name="Your message")).to_have_value("")
        page.go_back()
        expect(page.get_by_role("textbox", name="Your message")).to_have_value("Half a thought")

    def test_collaborator_writes_notes_only(self, signed_in: Open, scene: Scene) -> None:
        page = signed_in(f"/desk/tickets/{_briefed(scene)}", Role.COLLABORATOR)
        expect(page.get_by_role("radio", name="Internal note")).to_be_checked()
        expect(page.get_by_role("radio", name="Reply")).to_have_count(0)
        expect(page.get_by_role("button", name="Take over")).to_have_count(0)
        expect(page.locator("#set-status")).to_be_disabled()


class TestOtherPages:
    """Canned replies, conversations, numbers."""

    def test_supervisor_writes_a_canned_reply(self, signed_in: Open, scene: Scene) -> None:
        page = signed_in("/desk/macros", Role.SUPERVISOR)
        page.get_by_text("New canned reply").click()
        page.get_by_label("Title").first.fill("Thanks")
        page.get_by_label("Text").first.fill("Thank you.")
        page.get_by_role("button", name="Save").first.click()
        expect(page.get_by_text("Thanks", exact=True)).to_be_visible()
        assert [macro["title"] for macro in scene.desk.macros.every()] == ["Thanks"]

    def test_conversation_without_ticket_is_taken_over(self, signed_in: Open, scene: Scene) -> None:
        conversation_id = scene.conversation("How do I reset my hub?", "Press the button.")
        page = signed_in("/desk/conversations")
        page.get_by_role("button", name="Take over").click()
        page.wait_for_url("**/desk/tickets/1")
        assert scene.talk(1).id == conversation_id
        assert scene.talk(1).state == "human"

    def test_sign_in_leads_back_to_where_one_wanted_to_be(self, browser: Browser, server: str, scene: Scene) -> None:
        number = scene.ticket("My lock is jammed.")
        page = browser.new_page(base_url=server)
        page.goto(f"/desk/tickets/{number}")
        page.get_by_label("E-mail").fill("agent@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="My lock is jammed.")).to_be_visible()
        page.context.close()


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.mark.parametrize(
    ("path", "window"),
    [
        ("/desk", {}),
        ("/desk/tickets/1", {}),
        ("/desk/tickets/1", {"color_scheme": "dark"}),
        ("/desk/tickets/1?lang=zh-Hans", {}),
        ("/desk/tickets/1", PHONE),
        ("/desk?q=nothing", PHONE),
        ("/desk/insights", {}),
        ("/desk/insights?lang=zh-Hant", {"color_scheme": "dark"}),
        ("/desk/macros", {}),
        ("/desk/conversations", {}),
    ],
)
def test_axe_finds_nothing(signed_in: Open, scene: Scene, path: str, window: dict[str, Any]) -> None:
    assert _briefed(scene) == 1
    page = signed_in(path, Role.SUPERVISOR, **window)
    page.wait_for_timeout(200)
    assert accessibility(page) == []


def test_phone_shows_one_thing_at_a_time(signed_in: Open, scene: Scene) -> None:
    _briefed(scene)
    page = signed_in("/desk", **PHONE)
    page.get_by_role("link", name="My lock is jammed.").click()
    expect(page.locator("#ticket-list")).to_be_hidden()
    page.get_by_role("button", name="Details").click()
    expect(page.locator("#aside")).to_be_visible()
    page.locator("#aside").get_by_role("button", name="Close").click()
    expect(page.locator("#aside")).to_be_hidden()
    page.get_by_role("button", name="Details").click()
    page.keyboard.press("Escape")
    expect(page.locator("#aside")).to_be_hidden()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#ticket-list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
