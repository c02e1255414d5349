"""The pages that customers read, in a browser: no axe-core finding, nothing wider than a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from markupsafe import Markup
from playwright.sync_api import Page, expect

from tests.browser.conftest import accessibility

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
