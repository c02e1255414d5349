"""An editor's day in a real browser against the real server, with the real embedder and both indexes."""

from __future__ import annotations

import io
import re
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from argon2 import PasswordHasher
from playwright.sync_api import Browser, FilePayload, Locator, Page, ViewportSize, expect
from playwright.sync_api import Error as PlaywrightError

from api.app import create_app
from assistant.accounts import Accounts
from assistant.container import Container, open_container
from assistant.domain.answers import Answer
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.people import SYSTEM, Role
from assistant.errors import Conflict
from assistant.flow.request import TurnRequest
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from ingest.jobs import add_jobs
from ingest.split import split
from tests.browser.conftest import accessibility

PASSWORD = "a long enough one"
REFUND = ArticleContent(
    "How long does a refund take?",
    "We send your refund within 5 working days after the parcel reaches our warehouse.\n\n"
    "## Vouchers\n\nA voucher that you used is put back into your account and stays valid until its old date.\n",
    category="returns",
    alternates=("When do I get my money back?", "Refund time"),
)
OTHERS = {
    "hub-reset": ArticleContent(
        "Reset the hub",
        "Hold the button on the back for 10 seconds until the ring flashes white. All devices must be paired again.",
        category="devices",
        alternates=("How do I reset my hub?",),
    ),
    "delivery-cost": ArticleContent(
        "What does delivery cost?",
        "Delivery within Germany costs 4.90 euros. Orders above 50 euros are delivered for free.",
        category="orders",
        alternates=("How much is shipping?",),
    ),
    "password": ArticleContent(
        "Change your password",
        "Open Account, choose Security and type the new password twice. You stay signed in on this device.",
        category="account",
        alternates=("I forgot my password",),
    ),
    "warranty": ArticleContent(
        "How long is the warranty?",
        "Every device has a warranty of two years from the day of delivery. Batteries are covered for one year.",
        category="orders",
        alternates=("Is my device still under warranty?",),
    ),
}
CHINESE = ArticleContent("退款多久到账？", "仓库收到包裹后 5 个工作日内退款。", category="returns")

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory, models_dir: Path, embedder: Embedder) -> Iterator[Container]:
    """An installation with an editor, an agent and a small knowledge base."""
    folder = tmp_path_factory.mktemp("workbench")
    (folder / "models").symlink_to(models_dir)
    with open_container(Settings(_env_file=None, data_dir=folder)) as opened:
        opened.accounts = Accounts(opened.database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        for role, name in ((Role.EDITOR, "Ida Roth"), (Role.AGENT, "Mia Chen")):
            opened.accounts.people.create(f"{role}@example.com", [role], PASSWORD, SYSTEM, name=name)
        add_jobs(opened)
        yield opened


@pytest.fixture(scope="module")
def server(container: Container) -> Iterator[str]:
    """The address of the running server, once it answers from articles."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(container), log_level="error", ws="none", timeout_graceful_shutdown=1)
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, args=([listening],))
        thread.start()
        wait(lambda: running.started and container.readiness().parts["dense"] == "ok", 60)
        for article, content in OTHERS.items():
            publish(container, ArticleKey(article, "en"), content)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        running.should_exit = True
        thread.join()


@pytest.fixture
def refund(container: Container, server: str) -> Iterator[ArticleKey]:
    """A published article of this test's own."""
    key = ArticleKey(f"refund-{time.monotonic_ns()}", "en")
    publish(container, key, REFUND)
    yield key
    while any(each.key == key for each in container.articles.reading.every()):
        # A page that is still open may save just now.
        with suppress(Conflict):
            container.articles.editing.delete(key, container.articles.reading.get(key.id, "en").revision, SYSTEM)


@pytest.fixture
def signed_in(browser: Browser, server: str) -> Iterator[Open]:
    """Opens a page of the workbench as someone; it must stay free of script errors and policy violations."""
    windows, broken = [], []

    def open_page(
        path: str,
        email: str = "editor@example.com",
        theme: Literal["light", "dark"] = "light",
        locale: str = "en-GB",
        phone: bool = False,
    ) -> Page:
        size = ViewportSize(width=390, height=844) if phone else ViewportSize(width=1440, height=900)
        window = browser.new_context(
            base_url=server, viewport=size, color_scheme=theme, locale=locale, reduced_motion="reduce"
        )
        windows.append(window)
        page = window.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
        window.request.post("/login", form={"email": email, "password": PASSWORD, "next": "/editor"})
        page.goto(path)
        return page

    yield open_page
    for window in windows:
        window.close()
    assert broken == []


def wait(true: Callable[[], bool], seconds: float = 10) -> float:
    """How long it took until this was true."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "it never became true"
        time.sleep(0.02)
    return time.monotonic() - began


def publish(container: Container, key: ArticleKey, content: ArticleContent) -> None:
    """Publish an article, and wait until search finds it."""
    made = container.articles.editing.create(key, content, SYSTEM)
    container.articles.editing.publish(key, made.revision, SYSTEM)
    wait(lambda: any(hit.passage.article == key.id for hit in container.find(content.title, key.locale, 20)), 30)


def ask(container: Container, question: str) -> Answer:
    """What a customer would be told."""
    return container.turns.once(TurnRequest(question, locale="en"))


def address(key: ArticleKey) -> str:
    return f"/editor/articles/{key.id}?locale={key.locale}"


def text_of(page: Page) -> Locator:
    """Where the article's text is written."""
    return page.get_by_role("textbox", name="Text", exact=True)


def test_a_correction_is_answered_once_published_and_the_old_text_never_again(
    signed_in: Open, container: Container, refund: ArticleKey
) -> None:
    question = "How long does a refund take?"
    assert "5 working days" in ask(container, question).text
    page = signed_in(address(refund))
    text_of(page).fill(REFUND.body.replace("5 working days", "2 working days"))
    expect(page.locator("#saved")).to_have_text("All saved")
    expect(page.locator("#state")).to_have_text("Newer draft")
    assert "5 working days" in ask(container, question).text
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text(re.compile(r"The assistant answers from it now \(\d+\.\d s\)"))).to_be_visible()
    told = ask(container, question).text
    assert "2 working days" in told
    assert "5 working days" not in told


def test_unpublishing_is_obeyed_at_once_and_can_be_undone(
    signed_in: Open, container: Container, refund: ArticleKey
) -> None:
    page = signed_in(address(refund))
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Unpublish").click()
    expect(page.get_by_text("No answer quotes it any more.")).to_be_visible()
    assert refund.id not in [citation.article for citation in ask(container, "How long does a refund take?").citations]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#state")).to_have_text("Published")
    wait(lambda: "5 working days" in ask(container, "How long does a refund take?").text)


def test_the_editor_sees_what_publishing_would_change(signed_in: Open, refund: ArticleKey) -> None:
    page = signed_in(address(refund))
    text_of(page).fill(REFUND.body.replace("5 working days", "2 working days"))
    page.get_by_role("button", name="Before you publish").click()
    effect = page.get_by_role("tabpanel", name="Effect")
    expect(effect.get_by_text("New text", exact=True).first).to_be_visible(timeout=15_000)
    first = effect.locator(".effect").first
    expect(first.locator(".reply").nth(0)).to_contain_text("5 working days")
    expect(first.locator(".reply").nth(1)).to_contain_text("2 working days")
    expect(effect.locator("del")).to_have_text("5")
    expect(effect.locator("ins")).to_have_text("2")
    expect(effect).to_contain_text("1 new, 1 unchanged, 1 removed")


def test_the_ask_box_answers_from_the_draft_and_from_what_is_published(signed_in: Open, refund: ArticleKey) -> None:
    page = signed_in(address(refund))
    text_of(page).fill(REFUND.body.replace("5 working days", "2 working days"))
    page.get_by_role("tab", name="Ask").click()
    box = page.get_by_label("Ask as a customer would")
    box.fill("How long does a refund take?")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
    expect(page.locator("#ask .reply")).to_have_count(0)
    box.press("Enter")
    expect(page.locator("#ask .reply").nth(0)).to_contain_text("2 working days")
    expect(page.locator("#ask .reply").nth(1)).to_contain_text("5 working days")


def test_fix_this_answer_leads_to_the_passage(signed_in: Open, refund: ArticleKey) -> None:
    passage = split(refund, REFUND)[1]
    page = signed_in(f"{address(refund)}&passage={passage.id}")
    expect(page.locator("#marks mark")).to_have_text(passage.text)
    expect(page.get_by_text("The passage that was quoted is marked below.")).to_be_visible()
    text_of(page).press("ControlOrMeta+Home")
    page.keyboard.type("New first words. ")
    expect(page.locator("#marks mark")).to_have_text(passage.text)


def test_two_editors_see_both_texts_and_choose(signed_in: Open, container: Container, refund: ArticleKey) -> None:
    page = signed_in(address(refund))
    theirs = ArticleContent(REFUND.title, "Theirs.\n")
    container.articles.editing.save(refund, theirs, 1, SYSTEM)
    text_of(page).fill("Mine.\n")
    page.keyboard.press("ControlOrMeta+s")
    conflict = page.locator("#conflict")
    expect(conflict.get_by_text("Theirs.")).to_be_visible()
    expect(conflict.get_by_text("Mine.")).to_be_visible()
    assert container.articles.reading.get(refund.id, "en").content.body.strip() == "Theirs."
    conflict.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#saved")).to_have_text("All saved")
    assert container.articles.reading.get(refund.id, "en").content.body.strip() == "Mine."


def test_text_that_was_never_saved_survives_a_crash(signed_in: Open, refund: ArticleKey) -> None:
    page = signed_in(address(refund))
    # A page that crashes is not asked whether it may be left.
    page.add_init_script("addEventListener('beforeunload', (event) => event.stopImmediatePropagation())")
    page.reload()
    page.route("**/api/v1/articles/**", lambda route: route.abort())
    text_of(page).fill("Written without a connection.")
    page.keyboard.press("ControlOrMeta+s")
    expect(page.locator("#saved")).to_have_text("Not saved: no connection. Trying again.")
    with page.expect_event("crash"), suppress(PlaywrightError):
        page.goto("chrome://crash")
    again = page.context.new_page()
    again.goto(address(refund))
    again.get_by_role("button", name="Bring it back").click()
    expect(text_of(again)).to_have_value("Written without a connection.")


def test_an_old_revision_comes_back_as_a_draft(signed_in: Open, container: Container, refund: ArticleKey) -> None:
    container.articles.editing.save(refund, ArticleContent(REFUND.title, "Worse.\n"), 1, SYSTEM)
    page = signed_in(address(refund))
    page.get_by_role("tab", name="Revisions").click()
    page.get_by_role("button", name="Compare “Revision 1”").click()
    expect(page.locator("#history .diff__line--removed").last).to_contain_text("A voucher")
    page.get_by_role("button", name="Revert to this “Revision 1”").click()
    expect(text_of(page)).to_have_value(REFUND.body.strip())
    assert container.articles.reading.get(refund.id, "en").content.body.strip() == REFUND.body.strip()


def test_a_deleted_article_is_restored(signed_in: Open, container: Container, refund: ArticleKey) -> None:
    page = signed_in(address(refund))
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Undo").click()
    wait(lambda: any(view.key == refund for view in container.articles.reading.every()))
    assert container.articles.reading.get(refund.id, "en").published is None


def test_a_new_article_is_written_and_published(signed_in: Open, container: Container) -> None:
    page = signed_in("/editor/articles/new")
    page.get_by_label("Title").fill("Do you ship to Iceland?")
    expect(page.get_by_label("Name in addresses")).to_have_value("do-you-ship-to-iceland")
    page.get_by_role("button", name="Create draft").click()
    text_of(page).fill("Yes, we ship to Iceland within 8 days.")
    page.get_by_role("button", name="Add a wording").click()
    page.keyboard.type("Delivery to Reykjavik")
    page.keyboard.press("ControlOrMeta+Shift+Enter")
    expect(page.get_by_text("The assistant answers from it now")).to_be_visible(timeout=15_000)
    found = container.articles.reading.get("do-you-ship-to-iceland", "en")
    assert found.content.alternates == ("Delivery to Reykjavik",)
    assert "8 days" in ask(container, "Do you ship to Iceland?").text
    container.articles.editing.delete(found.key, found.revision, SYSTEM)


def test_a_translation_starts_from_the_text_there_is(signed_in: Open, container: Container, refund: ArticleKey) -> None:
    page = signed_in(address(refund))
    page.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Translate: 简体中文").click()
    expect(page.get_by_label("Title")).to_have_value(REFUND.title)
    page.get_by_label("Title").fill(CHINESE.title)
    page.get_by_role("button", name="Create draft").click()
    expect(text_of(page)).to_have_value(REFUND.body.strip())
    made = container.articles.reading.get(refund.id, "zh-Hans")
    assert made.published is None
    container.articles.editing.delete(made.key, made.revision, SYSTEM)


def test_a_zip_is_imported_with_its_failures_named(signed_in: Open, container: Container) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("en/gift-cards.md", "# Gift cards\n\nA gift card is valid for three years.\n")
        archive.writestr("en/broken.md", "---\nstatus: perhaps\n---\n\nText.\n")
    page = signed_in("/editor/import")
    file = FilePayload(name="handbook.zip", mimeType="application/zip", buffer=data.getvalue())
    page.locator("input[type=file]").set_input_files([file])
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator('[data-tally="added"] dd')).to_have_text("1", timeout=30_000)
    failed = page.locator("#import-failed li")
    expect(failed).to_contain_text("en/broken.md")
    expect(failed).to_contain_text("perhaps")
    expect(page.get_by_text("Done, but 1 file or row could not be imported.")).to_be_visible(timeout=30_000)
    assert "three years" in ask(container, "How long is a gift card valid?").text
    page.reload()
    expect(failed).to_contain_text("en/broken.md")
    assert accessibility(page) == []
    page.get_by_role("link", name="Import more").click()
    expect(page.get_by_role("link", name="handbook.zip")).to_have_count(2)
    page.get_by_role("region", name="Imports of the last week").get_by_role("link", name="handbook.zip").click()
    expect(page.get_by_text("Started by Ida Roth")).to_be_visible()


def test_an_answer_shows_the_picture_of_a_step(signed_in: Open, container: Container) -> None:
    stored = container.keep_file(b"\x89PNG\r\n\x1a\n", "image/png")
    steps = f"1. Unscrew the lid.\n   ![The lid with its two screws](/files/{stored})\n2. Put in two new AA cells.\n"
    key = ArticleKey("doorbell-cells", "en")
    publish(container, key, ArticleContent("Change the cells of the doorbell", steps, category="devices"))
    page = signed_in(address(key))
    page.locator("#tab-ask").click()
    page.get_by_label("Ask as a customer would").fill("How do I change the cells of my doorbell?")
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator("#ask").get_by_role("img", name="The lid with its two screws").first).to_be_attached()
    container.articles.editing.delete(key, container.articles.reading.get(key.id, "en").revision, SYSTEM)


def test_a_gap_becomes_an_article_and_is_closed(signed_in: Open, container: Container) -> None:
    question = "Do you repair antique grandfather clocks?"
    started = container.openings.start("en")
    container.turns.converse(started.id, started.token, question)
    wait(lambda: container.gaps.count_open() > 0)
    page = signed_in("/editor/gaps")
    page.get_by_role("link", name="Write an article").first.click()
    expect(page.get_by_label("Title")).to_have_value(question)
    page.get_by_role("button", name="Create draft").click()
    expect(page.get_by_text("Publishing this closes the unresolved question")).to_be_visible()
    text_of(page).fill("No, we do not repair antique grandfather clocks.")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("The unresolved question is closed.")).to_be_visible(timeout=15_000)
    assert container.gaps.list("fixed")["items"][0]["question"] == question
    assert container.gaps.count_open() == 0


def test_a_gap_is_dismissed_and_taken_back(signed_in: Open, container: Container) -> None:
    started = container.openings.start("en")
    container.turns.converse(started.id, started.token, "Who will win the football match tonight?")
    wait(lambda: container.gaps.count_open() > 0)
    page = signed_in("/editor/gaps")
    page.get_by_role("button", name=re.compile("Dismiss question “Who")).click()
    expect(page.get_by_role("heading", name=re.compile("Who will win"))).to_be_hidden()
    assert container.gaps.count_open() == 0
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name=re.compile("Who will win"))).to_be_visible()
    assert container.gaps.count_open() == 1


def test_the_list_goes_by_keyboard(signed_in: Open) -> None:
    page = signed_in("/editor?q=hub")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Reset the hub")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title")).to_have_value("Reset the hub")


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN", "zh-TW"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible(signed_in: Open, theme: Literal["light", "dark"], locale: str) -> None:
    page = signed_in("/editor", theme=theme, locale=locale)
    for path in ("/editor", "/editor?q=nothing-says-this", "/editor/articles/new", "/editor/gaps", "/editor/health"):
        page.goto(path)
        assert accessibility(page) == [], path
    page.goto("/editor/import")
    assert accessibility(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_article_page_is_accessible_in_all_its_parts(
    signed_in: Open, refund: ArticleKey, theme: Literal["light", "dark"]
) -> None:
    page = signed_in(address(refund), theme=theme)
    text_of(page).fill(REFUND.body.replace("5 working days", "2 working days"))
    page.locator(".write__about summary").click()
    for name in ("preview", "ask", "effect", "passages", "history"):
        page.locator(f"#tab-{name}").click()
        expect(page.locator(f"#{name} [aria-busy]")).to_have_count(0)
        assert accessibility(page) == [], name


def test_nothing_is_wider_than_a_phone(signed_in: Open, refund: ArticleKey) -> None:
    page = signed_in("/editor", phone=True)
    for path in (
        "/editor",
        "/editor/articles/new",
        "/editor/gaps",
        "/editor/health",
        "/editor/import",
        address(refund),
    ):
        page.goto(path)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


def test_an_agent_may_not_edit(signed_in: Open) -> None:
    page = signed_in("/editor", email="agent@example.com")
    expect(page.get_by_role("heading", name="Articles")).to_have_count(0)
