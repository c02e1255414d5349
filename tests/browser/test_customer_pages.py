"""The pages that customers read, in a browser: no axe-core finding, nothing wider than a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from markupsafe import Markup
from playwright.sync_api import Browser, Page, Route, expect

from api.web.rendering import Pages
from tests.browser.conftest import ORIGIN, accessibility

FRAME: dict[str, Any] = {
    "title": "Page",
    "brand": {"name": "Fernhaven", "logo_url": None},
    "theme": "",
    "widget": False,
}
LINK = {"title": "Restart or reset your Hub H2", "href": "/help/en/hub-h2-reset"}
TICKET = {
    "number": 1042,
    "subject": "Lock is jammed",
    "status": "open",
    "created_at": "2026-11-21T10:00:00Z",
    "expected_reply_by": "2026-11-21T12:00:00Z",
    "overdue": True,
    "agent": None,
    "position": 1,
    "on_duty": False,
    "can_reply": True,
    "can_nudge": True,
    "nudged_at": None,
    "can_rate": True,
    "rating": None,
}
SAID = [
    {"id": "1", "role": "customer", "author": "", "text": "It is jammed.", "created_at": "2026-11-21T10:00:00Z"},
    {"id": "2", "role": "agent", "author": "Mia", "text": "When did it begin?", "created_at": "2026-11-21T11:00:00Z"},
]
PAGES: dict[str, dict[str, Any]] = {
    "help/index.html": {"categories": [{"name": "Orders", "href": "/help/c/orders", "count": 6}], "popular": [LINK]},
    "help/search.html": {
        "query": "reset",
        "total": 1,
        "next_href": None,
        "results": [{**LINK, "category": "Troubleshooting", "snippet": Markup("how to <mark>reset</mark> it")}],
    },
    "help/category.html": {
        "category": {"name": "Orders"},
        "articles": [LINK],
        "others": [{"name": "Orders", "href": "/help/c/orders", "count": 1}],
    },
    "help/article.html": {
        "article": {
            "title": "Restart or reset your Hub H2",
            "html": Markup("<p>First.</p><h2 id='a'>Restart</h2><p>Unplug it.</p><h2 id='b'>Reset</h2><p>Hold it.</p>"),
            "updated_at": "2026-11-01T10:00:00Z",
            "category": {"name": "Troubleshooting", "href": "/help/c/troubleshooting"},
            "converted": False,
            "other_language": None,
        },
        "headings": [{"id": "a", "text": "Restart", "level": 2}, {"id": "b", "text": "Reset", "level": 2}],
        "related": [LINK],
        "feedback_url": "/api/opinion",
    },
    "ticket.html": {
        "narrow": True,
        "ticket": TICKET,
        "messages": SAID,
        "urls": {"reply": "/r", "nudge": "/n", "rating": "/s"},
        "errors": {},
        "draft": "",
    },
    "login.html": {"next": "", "email": "", "error": "E-mail or password is wrong."},
    "error.html": {"status": 404},
}


@pytest.mark.parametrize(("locale", "theme"), [("en", "light"), ("zh-Hans", "dark")])
@pytest.mark.parametrize("template", PAGES)
def test_a_page_is_accessible(opened: Callable[..., Page], template: str, locale: str, theme: str) -> None:
    page = opened(template, {**FRAME, **PAGES[template]}, locale=locale, theme=theme)
    assert accessibility(page) == []


@pytest.mark.parametrize("template", PAGES)
def test_nothing_is_wider_than_a_phone(opened: Callable[..., Page], template: str) -> None:
    page = opened(template, {**FRAME, **PAGES[template]}, phone=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_an_article_that_did_not_help_asks_what_was_missing(opened: Callable[..., Page]) -> None:
    posted: list[str | None] = []

    def api(route: Any) -> None:
        posted.append(route.request.post_data)
        route.fulfill(status=204)

    page = opened("help/article.html", {**FRAME, **PAGES["help/article.html"]}, api=api)
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_label("What was missing?").fill("The H1")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you, noted.")).to_be_visible()
    assert posted == ['{"helpful":false}', '{"helpful":false,"comment":"The H1"}']


def test_the_contents_say_where_the_reader_is(opened: Callable[..., Page]) -> None:
    page = opened("help/article.html", {**FRAME, **PAGES["help/article.html"]})
    expect(page.get_by_role("link", name="Restart", exact=True)).to_have_attribute("aria-current", "true")


RESULTS = {
    "query": "reset",
    "total": 2,
    "results": [
        {**LINK, "category": "Troubleshooting", "snippet": Markup("how to <mark>reset</mark> it")},
        {"title": "Factory resets", "href": "/help/en/device-resets", "category": "Devices", "snippet": "All of them."},
    ],
}


class TestSearchWhileTyping:
    """The help centre answers while one types; the form alone does the same."""

    @pytest.fixture
    def sought(self) -> list[str]:
        """The questions that the server was asked."""
        return []

    @pytest.fixture
    def help_centre(self, opened: Callable[..., Page], pages: Pages, sought: list[str]) -> Page:
        """Its first page, over a server that finds two articles for "reset" and nothing else."""

        def answer(route: Route) -> None:
            wanted = parse_qs(urlsplit(route.request.url).query)
            query = wanted.get("q", [""])[0]
            sought.append(query)
            found = RESULTS if query == "reset" else {"query": query, "total": 0, "results": []}
            template = "help/_results.html" if wanted.get("part") else "help/search.html"
            route.fulfill(body=pages.render(template, "en", **{**FRAME, **found}), content_type="text/html")

        page = opened("help/index.html", {**FRAME, **PAGES["help/index.html"]})
        page.route("**/help?*", answer)
        return page

    def test_results_take_the_place_of_the_topics_and_are_announced(self, help_centre: Page, sought: list[str]) -> None:
        box = help_centre.get_by_role("searchbox")
        # However long a busy machine takes over a key, to the page they come one right after another.
        help_centre.clock.install(time=0)
        help_centre.clock.pause_at(1)
        box.press_sequentially("reset")
        assert sought == []
        help_centre.clock.resume()
        expect(help_centre.locator("[data-found]")).to_have_text("2 articles found")
        expect(help_centre.get_by_role("link", name="Factory resets")).to_be_visible()
        expect(help_centre.get_by_role("heading", name="Browse by topic")).to_be_hidden()
        assert sought == ["reset"]
        assert "/help?q=reset" in help_centre.url
        assert accessibility(help_centre) == []
        box.fill("")
        expect(help_centre.get_by_role("heading", name="Browse by topic")).to_be_visible()
        expect(help_centre.get_by_role("link", name="Factory resets")).to_have_count(0)

    def test_arrows_walk_through_the_results_and_back(self, help_centre: Page) -> None:
        box = help_centre.get_by_role("searchbox")
        box.fill("reset")
        first, second = (help_centre.get_by_role("link", name=name) for name in (LINK["title"], "Factory resets"))
        expect(second).to_be_visible()
        box.press("ArrowDown")
        expect(first).to_be_focused()
        first.press("ArrowDown")
        expect(second).to_be_focused()
        second.press("ArrowDown")
        expect(second).to_be_focused()
        second.press("Escape")
        expect(box).to_be_focused()

    def test_nothing_is_sought_while_an_input_method_composes(self, help_centre: Page, sought: list[str]) -> None:
        box = help_centre.get_by_role("searchbox")
        typed = "new InputEvent('input', { isComposing: true, bubbles: true })"
        box.evaluate(f"box => {{ box.value = 'tui'; box.dispatchEvent({typed}); }}")
        help_centre.wait_for_timeout(500)
        assert sought == []
        box.evaluate("box => { box.value = '退款'; box.dispatchEvent(new CompositionEvent('compositionend')); }")
        expect(help_centre.locator("[data-found]")).to_have_text("Nothing found for “退款”")
        assert sought == ["退款"]

    def test_what_is_not_found_goes_on_to_the_assistant(self, help_centre: Page) -> None:
        help_centre.get_by_role("searchbox").fill("moon & lamp")
        asking = help_centre.locator("[data-results]").get_by_role("link", name="Ask the assistant")
        expect(asking).to_have_attribute("href", "/chat?q=moon%20%26%20lamp")
        expect(asking).to_have_attribute("data-ask", "moon & lamp")

    def test_without_a_script_the_form_finds_the_same(self, browser: Browser, pages: Pages) -> None:
        window = browser.new_context(java_script_enabled=False)
        page = window.new_page()
        page.route(
            f"{ORIGIN}/**",
            lambda route: route.fulfill(
                body=pages.render("help/search.html", "en", **{**FRAME, **RESULTS}), content_type="text/html"
            ),
        )
        page.goto(f"{ORIGIN}/help")
        page.get_by_role("searchbox").fill("reset")
        page.get_by_role("searchbox").press("Enter")
        page.wait_for_url("**/help?q=reset")
        expect(page.get_by_text("2 articles found")).to_be_visible()
        window.close()


def test_the_page_follows_the_articles_being_prepared(opened: Callable[..., Page]) -> None:
    page = opened("help/index.html", {**FRAME, **PAGES["help/index.html"], "preparing": {"percent": 34}})
    notice = page.get_by_role("status").filter(has_text="still being prepared")
    expect(notice.get_by_role("progressbar")).to_have_js_property("value", 34)
    assert accessibility(page) == []
    states = iter(["being prepared: 71 %", "ok"])
    page.route(
        "**/readyz", lambda route: route.fulfill(json={"ready": True, "parts": {"articles": next(states, "ok")}})
    )
    expect(notice.get_by_role("progressbar")).to_have_js_property("value", 71)
    expect(page.get_by_text("The help articles are ready.")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_count(0)


@pytest.mark.parametrize(("locale", "suggested"), [("en", "Suggested:"), ("zh-Hant", "推薦文章：")])
def test_the_ticket_names_the_articles_that_were_offered(
    opened: Callable[..., Page], locale: str, suggested: str
) -> None:
    said: dict[str, Any] = {
        "id": "3",
        "role": "assistant",
        "author": "",
        "text": "See below.",
        "created_at": "2026-11-21T10:00:00Z",
    }
    said["choices"] = [{"text": "Fit the lock", "action": "send"}, {"text": "Talk to a person", "action": "handover"}]
    page = opened("ticket.html", {**FRAME, **PAGES["ticket.html"], "messages": [*SAID, said]}, locale=locale)
    offered = page.get_by_text(suggested)
    expect(offered).to_contain_text("Fit the lock")
    expect(offered).not_to_contain_text("Talk to a person")


@pytest.mark.parametrize(("locale", "label"), [("en", "Machine translation."), ("zh-Hant", "機器翻譯")])
def test_the_ticket_shows_a_translation_below_the_original(
    opened: Callable[..., Page], locale: str, label: str
) -> None:
    said: dict[str, Any] = {
        "id": "3",
        "role": "assistant",
        "author": "",
        "text": "Wait 10 seconds. [1]",
        "created_at": "2026-11-21T10:00:00Z",
        "citations": [
            {
                "n": 1,
                "kind": "passage",
                "title": "重启网关",
                "heading": "",
                "url": "/help/zh-Hans/h2",
                "quote": "等 10 秒。",
                "locale": "zh-Hans",
                "translation": "Wait 10 seconds at least.",
            }
        ],
    }
    page = opened("ticket.html", {**FRAME, **PAGES["ticket.html"], "messages": [*SAID, said]}, locale=locale)
    page.locator(".citation summary").click()
    expect(page.get_by_text("等 10 秒。")).to_have_attribute("lang", "zh-Hans")
    expect(page.get_by_text(label)).to_be_visible()
    expect(page.get_by_text("Wait 10 seconds at least.")).to_be_visible()
    assert accessibility(page) == []
