"""The widget on somebody else's site: two real servers on two origins, and a page that knows one line of script."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.domain.people import SYSTEM
from assistant.installation import SectionChange
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from tests.browser.serving import serving
from tests.browser.shop import Shop
from tests.starter import starter_container

# What a careful site sends: only its own scripts and Askdesk's, and no inline styles.
POLICY = "default-src 'self'; script-src 'self' {askdesk}; connect-src 'self' {askdesk}; img-src 'self' {askdesk}"
ANSWERED = 20_000


@contextmanager
def hosting(html: str, policy: str = "") -> Iterator[str]:
    """The origin of a site that answers every request with this page."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path in ("/", "/help") else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, name="host site")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, starter_backup: Path, embedder: Embedder) -> Iterator[Shop]:
    """An installation with articles, and nothing of the demo."""
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("shop") / "data")
    with starter_container(settings, starter_backup, embedder) as container, serving(container) as address:
        yield Shop(address, container)


@pytest.fixture
def host(shop: Shop) -> Iterator[str]:
    """The origin of a site with the widget's line on its page."""
    line = f'<script src="{shop.address}/widget.js" defer></script>'
    html = f'<!doctype html><html lang="en"><title>Shop</title><body><h1>Shop</h1>{line}'
    with hosting(html, POLICY.format(askdesk=shop.address)) as origin:
        yield origin


def allow(shop: Shop, *origins: str) -> None:
    """Let these sites, and no others, show the widget."""
    version = shop.container.installation.view()["site"].version
    shop.container.installation.change({"site": SectionChange({"allowed_origins": list(origins)}, version)}, SYSTEM)


Visit = Callable[[str], Page]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens a page; scripts must not fail, no dialog may open, and the site's own policy must hold."""
    windows, broken = [], []

    def open_page(address: str) -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce", locale="en-GB")
        windows.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("dialog", lambda dialog: broken.append(dialog.message))
        page.on("console", lambda said: broken.append(said.text) if "Security Policy" in said.text else None)
        page.goto(address)
        return page

    yield open_page
    for context in windows:
        context.close()
    assert broken == []


class TestAllowedSite:
    """The whole way of a customer on another origin."""

    def test_question_is_answered_and_links_lead_to_askdesk(self, shop: Shop, host: str, visit: Visit) -> None:
        allow(shop, host)
        page = visit(host)
        widget = page.locator("askdesk-widget")
        widget.get_by_role("button", name="Open the chat").click()
        composer = widget.get_by_label("Your message")
        composer.fill("How do I reset my Hub H2?")
        composer.press("Enter")
        reply = widget.locator("article.message").last
        expect(reply).to_contain_text("Did this help?", timeout=ANSWERED)
        reply.locator(".source button").first.click()
        article = reply.get_by_role("link", name="Open the article").first
        address = str(article.get_attribute("href"))
        assert address.startswith(f"{shop.address}/help/")
        assert page.request.get(address).ok
        targets = widget.locator("a[href]").evaluate_all("links => links.map(link => new URL(link.href).origin)")
        assert set(targets) == {shop.address}

    def test_links_and_pictures_within_an_answer_lead_to_askdesk(self, shop: Shop, host: str, visit: Visit) -> None:
        allow(shop, host)
        page = visit(host)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        reply = {
            "id": "r1",
            "seq": 2,
            "role": "assistant",
            "author": "",
            "text": "See the returns page.",
            "html": '<p>See <a href="/help/returns">the returns page</a> <img src="/files/abc" alt="a box">.</p>',
            "created_at": "2026-11-21T20:00:00Z",
            "outcome": "answered",
            "citations": [],
            "choices": [],
        }
        turn = {"message": {**reply, "id": "m1", "seq": 1, "role": "customer"}, "reply": reply, "ticket": None}
        page.route(
            "**/api/v1/conversations/*/messages",
            lambda route: route.fulfill(json=turn, headers={"Access-Control-Allow-Origin": "*"}),
        )
        widget = page.locator("askdesk-widget")
        widget.get_by_role("button", name="Open the chat").click()
        widget.get_by_label("Your message").fill("returns")
        widget.get_by_label("Your message").press("Enter")
        link = widget.get_by_role("link", name="the returns page")
        expect(link).to_have_attribute("href", f"{shop.address}/help/returns")
        expect(widget.get_by_alt_text("a box")).to_have_attribute("src", f"{shop.address}/files/abc")
        assert not [url for url in asked if url.startswith(f"{host}/files")]

    def test_conversation_goes_on_after_a_reload(self, shop: Shop, host: str, visit: Visit) -> None:
        allow(shop, host)
        page = visit(host)
        widget = page.locator("askdesk-widget")
        widget.get_by_role("button", name="Open the chat").click()
        widget.get_by_label("Your message").fill("How do I cancel Plus?")
        widget.get_by_label("Your message").press("Enter")
        expect(widget.locator("article.message").last).to_contain_text("Plus", timeout=ANSWERED)
        page.reload()
        widget.get_by_role("button", name="Open the chat").click()
        expect(widget.locator(".mine")).to_contain_text("How do I cancel Plus?")

    def test_chat_may_be_framed(self, shop: Shop, visit: Visit) -> None:
        with hosting(
            f'<!doctype html><html lang="en"><title>Frame</title><iframe src="{shop.address}/chat"></iframe>'
        ) as framing:
            allow(shop, framing)
            page = visit(framing)
            expect(page.frame_locator("iframe").get_by_label("Your message")).to_be_visible()


class TestOtherSite:
    """A site that nobody allowed gets nothing at all."""

    def test_no_widget(self, shop: Shop, host: str, visit: Visit) -> None:
        allow(shop, "https://another.example")
        page = visit("about:blank")
        with page.expect_console_message(lambda said: "the chat is not shown" in said.text) as told:
            page.goto(host)
        assert host in told.value.text
        expect(page.locator("askdesk-widget")).to_have_count(0)
        expect(page.get_by_role("button")).to_have_count(0)
        page.evaluate("Promise.all([Askdesk.open(), Askdesk.ask('hello')])")
        expect(page.locator("askdesk-widget")).to_have_count(0)

    def test_allowing_it_takes_effect_without_a_restart(self, shop: Shop, host: str, visit: Visit) -> None:
        allow(shop)
        page = visit(host)
        expect(page.locator("askdesk-widget")).to_have_count(0)
        allow(shop, host)
        page.reload()
        expect(page.locator("askdesk-widget").get_by_role("button", name="Open the chat")).to_be_visible()

    def test_its_scripts_can_neither_read_nor_begin_a_conversation(self, shop: Shop, visit: Visit) -> None:
        with hosting("<!doctype html><html lang='en'><title>Other</title>") as other:
            allow(shop, "https://another.example")
            page = visit(other)
            for method in ("GET", "POST"):
                path = "widget/config" if method == "GET" else "conversations"
                outcome = page.evaluate(
                    """([address, method]) => fetch(address, method === 'GET' ? {} : {method, body: '{}',
                       headers: {'Content-Type': 'application/json'}}).then(() => 'read', () => 'refused')""",
                    [f"{shop.address}/api/v1/{path}", method],
                )
                assert outcome == "refused", method

    def test_chat_is_not_framed(self, shop: Shop, browser: Browser) -> None:
        with hosting(
            f'<!doctype html><html lang="en"><title>Frame</title><iframe src="{shop.address}/chat"></iframe>'
        ) as framing:
            allow(shop, "https://another.example")
            page = browser.new_page()
            with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
                page.goto(framing)
            expect(page.frame_locator("iframe").get_by_label("Your message")).to_have_count(0)
            page.close()
