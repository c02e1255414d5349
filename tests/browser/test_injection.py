"""Markup in everything that people and files may name: pages show it as text, and nothing of it becomes an element."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Page, expect

from assistant.accounts import Accounts
from assistant.container import Container, open_container
from assistant.domain.people import SYSTEM, Person, Role
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from ingest.jobs import add_jobs
from ingest.uploads import Options, Uploads
from tests.browser.serving import serving
from tests.browser.staff import PASSWORD, windows
from tests.starter import one_embedder

# A file name may hold no slash, so its markup closes nothing.
FILE = "planted'><img src=x onerror=hacked=1>"
PLANT = f"{FILE}<script>hacked=1</script>\"><svg onload=hacked=1><a href='javascript:hacked=1'>x</a>{{{{7*7}}}}${{7*7}}"
QUESTION = "how do I water the tall fern"

# Elements and handlers that only the plants would bring, in the page and in every shadow root of it.
INJECTED = """() => {
  const found = [];
  const look = (root) => root.querySelectorAll("*").forEach((one) => {
    const outer = one.cloneNode(false).outerHTML;
    const handled = one.getAttributeNames().some((name) => name.startsWith("on"));
    const leads = /^\\s*javascript:/i.test(one.getAttribute("href") ?? "");
    const script = one.localName === "script" && /hacked/.test(one.textContent);
    if (handled || leads || script || one.matches('img[src="x"], svg[onload]')) found.push(outer);
    if (one.shadowRoot) look(one.shadowRoot);
  });
  look(document);
  if (typeof hacked !== "undefined") found.push("a script ran");
  return found;
}"""
TEXT = """() => {
  const within = (shadow) => (shadow ? shadow.textContent + said(shadow) : "");
  const said = (root) => [...root.querySelectorAll("*")].map((one) => within(one.shadowRoot)).join("");
  const values = [...document.querySelectorAll("input, textarea")].map((one) => one.value).join(" ");
  return document.title + document.body.textContent + values + said(document);
}"""


@dataclass(frozen=True)
class Planted:
    """A running installation that is full of markup."""

    address: str
    container: Container
    places: dict[str, str]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory, models_dir: Path, embedder: Embedder) -> Iterator[Planted]:
    folder = tmp_path_factory.mktemp("planted")
    (folder / "models").symlink_to(models_dir)
    with one_embedder(embedder), open_container(Settings(_env_file=None, data_dir=folder)) as container:
        container.accounts = Accounts(container.database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        for role in (Role.AGENT, Role.EDITOR):
            container.accounts.people.create(f"{role}@example.com", [role], PASSWORD, SYSTEM, name=PLANT[:100])
        add_jobs(container)
        container.knowledge.open()
        container.knowledge.open_dense()
        places = {"article": _articles(container)}
        with serving(container) as address:
            places |= _conversation(container, address)
            yield Planted(address, container, places)


def _articles(container: Container) -> str:
    """An article and a FAQ full of markup, found by search, and the page of an import of which one file failed."""
    editor: Person = container.accounts.people.by_email("editor@example.com")
    faq = io.StringIO()
    rows = csv.writer(faq)
    rows.writerow(["id", "question", "answer", "alternates", "category"])
    rows.writerow(
        ["fern", f"Water the tall fern {PLANT}", f"Water it weekly. {PLANT}", f"{QUESTION}|{PLANT}", PLANT[:60]]
    )
    tags = "'" + FILE.replace("'", "''") + "'"
    fern = (
        f"---\nid: body\nlocale: en\ntitle: |-\n  Fern pots {PLANT}\ntags: [{tags}]\n---\n"
        f"Pots for ferns. {PLANT}\n\n## Heading {PLANT}\n\n[link](javascript:hacked=1) ![x](x)\n"
    )
    files = [(f"{FILE}.csv", faq.getvalue()), (f"{FILE}.md", fern), (f"broken {FILE}.md", "")]
    started = Uploads(container).start(
        [(name, io.BytesIO(text.encode())) for name, text in files], Options(source=PLANT, locale="en"), editor.actor
    )
    container.worker.drain()
    assert container.find(QUESTION, "en", 1)[0].passage.article == "fern"
    return started.id


def _conversation(container: Container, address: str) -> dict[str, str]:
    """A ticket whose customer, subject, tags, notes and replies are markup."""
    token = container.accounts.tokens.create("agent@example.com", SYSTEM)
    with httpx.Client(base_url=f"{address}/api/v1", trust_env=False, timeout=60) as http:

        def post(path: str, body: dict[str, Any], bearer: str) -> dict[str, Any]:
            answer = http.post(path, json=body, headers={"Authorization": f"Bearer {bearer}"} if bearer else {})
            assert answer.is_success, answer.text
            told: dict[str, Any] = answer.json()
            return told

        customer = {"name": PLANT[:100], "email": "a@example.com", "external_id": PLANT[:100]}
        started = post(
            "/conversations", {"locale": "en", "customer": customer, "page": f"https://x.example/{PLANT}"}, ""
        )
        mine, key = f"/conversations/{started['id']}", started["token"]
        answered = post(f"{mine}/messages", {"text": QUESTION}, key)
        assert answered["reply"]["outcome"] == "answered", answered
        post(f"{mine}/messages", {"text": f"{PLANT} and why does my kettle sing?"}, key)
        number = post(f"{mine}/handover", {"reason": PLANT}, key)["ticket"]["number"]
        link = http.get(mine, headers={"Authorization": f"Bearer {key}"}).json()["ticket"]["url"]
        post(f"/tickets/{number}/messages", {"text": f"Note {PLANT}", "note": True}, token)
        post(f"/tickets/{number}/messages", {"text": f"Reply {PLANT}", "note": False}, token)
        headers = {"Authorization": f"Bearer {token}"}
        version = http.get(f"/tickets/{number}", headers=headers).json()["version"]
        tagged = http.patch(f"/tickets/{number}", json={"tags": [FILE], "version": version}, headers=headers)
        assert tagged.is_success, tagged.text
    return {"ticket": str(number), "answer": answered["reply"]["id"], "link": link[link.index("/t/") :]}


STAFF = {
    "the desk": (Role.AGENT, "/desk"),
    "a search at the desk": (Role.AGENT, f"/desk?q={quote(PLANT)}"),
    "a ticket": (Role.AGENT, "/desk/tickets/{ticket}"),
    "why this answer": (Role.AGENT, "/desk/traces/{answer}"),
    "conversations": (Role.AGENT, "/desk/conversations"),
    "articles": (Role.EDITOR, "/editor"),
    "an article": (Role.EDITOR, "/editor/articles/fern?locale=en"),
    "an article with a body": (Role.EDITOR, "/editor/articles/body?locale=en"),
    "imports": (Role.EDITOR, "/editor/import"),
    "an import": (Role.EDITOR, "/editor/import/{article}"),
    "gaps": (Role.EDITOR, "/editor/gaps"),
}
CUSTOMER = {
    "the help centre": "/help",
    "a search": f"/help?q={quote('fern ' + PLANT)}",
    "an article": "/help/en/fern",
    "an article with a body": "/help/en/body",
    "a ticket": "{link}",
    "the chat": f"/chat?q={quote(PLANT)}",
}


@pytest.mark.parametrize("place", STAFF)
def test_staff_read_markup_as_text(browser: Browser, planted: Planted, place: str) -> None:
    role, path = STAFF[place]
    with windows(browser, planted.address, role) as opened:
        is_clean(opened(path.format(**planted.places)))


@pytest.mark.parametrize("place", CUSTOMER)
def test_customers_read_markup_as_text(browser: Browser, planted: Planted, place: str) -> None:
    with windows(browser, planted.address, Role.AGENT) as opened:
        page = opened(CUSTOMER[place].format(**planted.places))
        is_clean(page)


def test_the_widget_shows_what_is_said_and_cited_as_text(browser: Browser, planted: Planted) -> None:
    with windows(browser, planted.address, Role.AGENT) as opened:
        page = opened("/chat")
        box = page.get_by_role("textbox")
        for said in (PLANT, QUESTION):
            box.fill(said)
            box.press("Enter")
        expect(page.get_by_text("Water it weekly.").first).to_be_visible(timeout=20_000)
        is_clean(page)
        page.locator("askdesk-widget").get_by_role("button", name="Water the tall fern").last.click()
        is_clean(page)


def is_clean(page: Page) -> None:
    """The plants are on the page, as text only, also once it has settled."""
    page.wait_for_timeout(700)  # what comes after the page, comes by then
    assert "planted'><img src=x onerror=hacked=1>" in page.evaluate(TEXT)
    assert page.evaluate(INJECTED) == []


def test_the_look_for_injections_finds_them(browser: Browser, planted: Planted) -> None:
    page = browser.new_page()
    page.goto(f"{planted.address}/help")
    page.evaluate("plant => { document.body.insertAdjacentHTML('beforeend', plant); }", PLANT)
    assert len(page.evaluate(INJECTED)) >= 3
    page.close()
