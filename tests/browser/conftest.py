"""A real browser, and pages served to it straight from the templates."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import opencc
import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from api.web.rendering import WEB, Pages
from api.web.theme import DEFAULT_ACCENT, theme_css

CHROMIUM = Path("/usr/bin/chromium")
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
ORIGIN = "http://askdesk.test"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
# A page beside another test and a model may take its time; what never comes is missed all the same.
expect.set_options(timeout=15_000)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; where there is none, the tests that need it fail and say how to get it."""
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: apt-get install chromium fonts-noto-cjk", pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def pages() -> Pages:
    """The templates, with traditional Chinese."""
    return Pages(opencc.OpenCC("s2tw").convert)


class Served:
    """Answers a browser's requests from templates and static files, under the strict policy of the real server."""

    def __init__(self, pages: Pages, contexts: dict[str, dict[str, Any]]) -> None:
        self.pages = pages
        self.contexts = contexts

    def __call__(self, route: Route) -> None:
        """Answer one request."""
        url = urlsplit(route.request.url)
        locale = parse_qs(url.query).get("lang", ["en"])[0]
        name = url.path.removeprefix("/")
        headers = {"Content-Security-Policy": POLICY}
        if name in self.contexts:
            html = self.pages.render(name, locale, **self.contexts[name])
            route.fulfill(body=html, content_type="text/html", headers=headers)
        elif name == "theme.css":
            route.fulfill(body=theme_css(DEFAULT_ACCENT), content_type="text/css")
        elif (file := WEB / (name if name.startswith("static/") else f"static/{name}")).is_file():
            route.fulfill(path=file, content_type=mimetypes.guess_type(file.name)[0] or "text/plain")
        else:
            route.fulfill(status=404, body=json.dumps({"error": {"code": "not_found", "message": name}}))


@pytest.fixture
def opened(browser: Browser, pages: Pages) -> Iterator[Callable[..., Page]]:
    """Opens a template in a fresh window: ``opened("login.html", {…}, locale=…, theme=…, phone=…, api=…)``."""
    windows = []

    def open_page(
        template: str,
        context: dict[str, Any],
        locale: str = "en",
        theme: str = "light",
        phone: bool = False,
        api: Callable[[Route], None] | None = None,
    ) -> Page:
        size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 860}
        window = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
        window.set_default_timeout(15_000)
        windows.append(window)
        page = window.new_page()
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on(
            "console",
            lambda message: broken.append(message.text) if "Content Security Policy" in message.text else None,
        )
        page.route(f"{ORIGIN}/**", Served(pages, {template: context}))
        if api:
            page.route(f"{ORIGIN}/api/**", api)
        page.goto(f"{ORIGIN}/{template}?lang={locale}")
        page.wait_for_load_state("load")
        assert broken == []
        return page

    yield open_page
    for window in windows:
        window.close()


def accessibility(page: Page) -> list[str]:
    """What axe-core finds wrong with the page: rule and place of each violation."""
    page.wait_for_load_state()
    session = page.context.new_cdp_session(page)
    session.send("Page.setBypassCSP", {"enabled": True})
    session.send("Runtime.evaluate", {"expression": AXE})
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]
