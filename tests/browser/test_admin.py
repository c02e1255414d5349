"""An admin's first day in a real browser against the real server: every setting holds at once, without a restart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.container import Container
from assistant.conversations import Claims
from assistant.domain.people import SYSTEM, Role
from assistant.installation import SectionChange
from assistant.storage import samples
from tests.browser.conftest import accessibility
from tests.browser.serving import serving
from tests.browser.staff import Open, WithoutModels, installation, windows
from tests.pictures import picture

EVERY = (
    "",
    "/look",
    "/hours",
    "/site",
    "/people",
    "/groups",
    "/assistant",
    "/rollout",
    "/llm",
    "/mail",
    "/privacy",
    "/audit",
)
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def container(tmp_path: Path, sqlite_url: str) -> Iterator[Container]:
    """An installation with an admin and an agent."""
    people = {Role.ADMIN: "Robin Archer", Role.AGENT: "Mia Chen"}
    with installation(tmp_path, sqlite_url, people, WithoutModels, time_zone="Asia/Shanghai") as opened:
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


def saved(page: Page) -> None:
    """The form is sent, and the page says so."""
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()


class TestEveryPage:
    """What holds for all of them."""

    @pytest.mark.parametrize(
        "window", [{}, {"color_scheme": "dark", "locale": "zh-CN"}, {**PHONE, "locale": "zh-TW"}], ids=str
    )
    def test_is_accessible_and_fits(self, visit: Open, window: dict[str, Any]) -> None:
        page = visit("/admin", **window)
        width = window.get("viewport", {"width": 1280})["width"]
        for path in EVERY:
            page.goto(f"/admin{path}")
            assert accessibility(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.goto("/admin/people")
        page.locator(".list__title").first.click()
        page.wait_for_url("**/admin/people/*")
        assert accessibility(page) == []

    def test_is_small(self, visit: Open) -> None:
        page = visit("/admin/hours")
        weights = page.evaluate(
            "performance.getEntries().filter(({entryType}) => ['navigation', 'resource'].includes(entryType))"
            ".reduce((sum, {decodedBodySize}) => sum + decodedBodySize, 0)"
        )
        # Uncompressed; what goes over the wire is a quarter of it.
        assert weights < 400_000


class TestOverview:
    """Where an admin begins."""

    def test_setting_up_is_a_list_that_shortens(self, visit: Open, container: Container) -> None:
        page = visit("/admin")
        expect(page.get_by_text("1 of 6 done")).to_be_visible()
        page.get_by_role("link", name="Give it your name and colour").click()
        page.get_by_label("Name", exact=True).fill("Fernhaven")
        saved(page)
        page.goto("/admin")
        expect(page.get_by_text("2 of 6 done")).to_be_visible()
        assert container.installation.current().look.name == "Fernhaven"

    def test_the_pause_is_one_click_both_ways(self, visit: Open, container: Container) -> None:
        page = visit("/admin")
        page.get_by_role("button", name="Pause the assistant").click()
        expect(page.get_by_text("The assistant is paused: every question becomes a ticket")).to_be_visible()
        assert container.installation.current().assistant.paused
        page.get_by_role("button", name="Let it answer again").click()
        expect(page.get_by_role("button", name="Pause the assistant")).to_be_visible()
        assert not container.installation.current().assistant.paused

    def test_sample_data_goes_for_good_after_one_question(self, visit: Open, container: Container) -> None:
        started = container.openings.start("en", Claims(name="Lena"))
        with container.database.write() as session:
            samples.mark(session, started.id)
        page = visit("/admin")
        page.locator("summary").get_by_text("Remove the sample data").click()
        expect(page.get_by_text("1 sample conversations with their customers go")).to_be_visible()
        assert container.samples.count()["conversations"] == 1
        page.get_by_role("button", name="Remove for good").click()
        expect(page.get_by_text("The sample data is gone.")).to_be_visible()
        expect(page.get_by_text("You are looking at sample data")).to_have_count(0)
        assert container.samples.count()["conversations"] == 0
        page.goto("/admin/audit")
        expect(page.get_by_role("rowheader", name="Removed the sample data")).to_be_visible()


class TestLook:
    """Name, logo, colour, greeting."""

    def test_logo_and_colour_hold_at_once(self, visit: Open, container: Container) -> None:
        page = visit("/admin/look")
        page.get_by_label("Logo", exact=True).set_input_files(
            {"name": "logo.png", "mimeType": "image/png", "buffer": picture(width=96, height=96)}
        )
        page.get_by_label("Colour", exact=True).fill("#f2c14e")
        expect(page.locator("[data-contrast]")).to_contain_text("shown as")
        card = page.locator('[data-ground="light"]')
        assert card.evaluate("element => getComputedStyle(element).getPropertyValue('--accent')").startswith("#")
        saved(page)
        look = container.installation.current().look
        assert look.accent == "#f2c14e"
        shown = page.locator(".brand__logo").first
        expect(shown).to_have_js_property("naturalWidth", 96)
        assert page.request.get(f"/files/{look.logo}").headers["content-type"] == "image/png"

    def test_a_logo_is_previewed_then_removed(self, visit: Open, container: Container) -> None:
        page = visit("/admin/look")
        shown = page.locator('.logo-field__now [data-show="logo"]')
        initial = page.locator(".logo-field__now .brand__mark")
        expect(initial).to_be_visible()
        page.get_by_label("Logo", exact=True).set_input_files(
            {"name": "logo.png", "mimeType": "image/png", "buffer": picture(width=96, height=96)}
        )
        expect(shown).to_be_visible()
        expect(page.locator('[data-ground="dark"] [data-show="logo"]')).to_be_visible()
        assert container.installation.current().look.logo == ""
        saved(page)
        assert page.request.get("/help").text().count(container.installation.current().look.logo) >= 1
        page.get_by_role("button", name="Dismiss").click()
        page.get_by_label("Remove the logo").check()
        expect(shown).to_be_hidden()
        expect(initial).to_be_visible()
        page.get_by_label("Remove the logo").uncheck()
        expect(shown).to_be_visible()
        page.get_by_label("Remove the logo").check()
        saved(page)
        assert container.installation.current().look.logo == ""
        expect(page.get_by_label("Remove the logo")).to_have_count(0)

    def test_a_drawing_with_scripts_is_no_logo(self, visit: Open, container: Container) -> None:
        page = visit("/admin/look")
        drawing = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
        page.get_by_label("Logo", exact=True).set_input_files(
            {"name": "logo.png", "mimeType": "image/png", "buffer": drawing}
        )
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("PNG, JPEG or WebP")
        assert container.installation.current().look.logo == ""

    def test_another_admins_change_is_not_overwritten_unseen(self, visit: Open, container: Container) -> None:
        page = visit("/admin/look")
        container.installation.change({"look": SectionChange({"name": "Theirs"}, 0)}, SYSTEM)
        page.get_by_label("Name", exact=True).fill("Mine")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("Someone else has saved this page")
        expect(page.get_by_role("alert")).to_contain_text("Name")
        expect(page.get_by_label("Name", exact=True)).to_have_value("Mine")
        assert container.installation.current().look.name == "Theirs"
        saved(page)
        assert container.installation.current().look.name == "Mine"


class TestHours:
    """The week, by mouse and without JavaScript."""

    def test_a_break_at_noon_and_a_holiday(self, visit: Open, container: Container) -> None:
        page = visit("/admin/hours")
        monday = page.get_by_role("group", name="Monday")
        monday.get_by_label("Monday, until").first.fill("12:00")
        monday.get_by_role("button", name="Add a stretch to Monday").click()
        monday.get_by_label("Monday, from").nth(1).fill("13:00")
        monday.get_by_label("Monday, until").nth(1).fill("00:00")
        page.get_by_role("button", name="Same on weekdays").click()
        page.get_by_label("A holiday").fill("2026-12-25")
        page.get_by_role("button", name="Add this day").click()
        page.get_by_label("Reply within").fill("2")
        expect(page.get_by_text("Not saved yet")).to_be_visible()
        saved(page)
        hours = container.installation.current().hours
        friday = [(opening.opens, opening.closes) for opening in hours.weekly["friday"]]  # type: ignore[index]
        assert friday == [("09:00", "12:00"), ("13:00", "24:00")]
        assert [day.isoformat() for day in hours.holidays] == ["2026-12-25"]
        assert container.installation.current().service.reply_minutes == 120

    def test_the_promise_follows_what_is_typed(self, visit: Open) -> None:
        page = visit("/admin/hours")
        page.get_by_label("Round the clock").check()
        expect(page.locator("[data-promise]")).to_contain_text("Someone is there now.")
        expect(page.locator("[data-promise]")).to_contain_text("Asia/Shanghai")

    def test_what_the_environment_fixes_is_shown_with_its_name(self, visit: Open) -> None:
        page = visit("/admin/hours")
        expect(page.get_by_label("Time zone")).to_be_disabled()
        expect(page.get_by_text("Fixed by ASKDESK_TIME_ZONE in the environment")).to_be_visible()

    def test_works_without_javascript(self, visit: Open, container: Container) -> None:
        page = visit("/admin/hours", java_script_enabled=False)
        sunday = page.get_by_role("group", name="Sunday")
        sunday.get_by_label("Sunday, from").fill("10:00")
        sunday.get_by_label("Sunday, until").fill("16:00")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
        assert len(container.installation.current().hours.weekly["sunday"]) == 1  # type: ignore[index]

    def test_an_end_before_its_beginning_is_refused_in_place(self, visit: Open, container: Container) -> None:
        page = visit("/admin/hours")
        page.get_by_label("Monday, until").first.fill("08:00")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("Each stretch needs a beginning and a later end")
        expect(page.get_by_label("Monday, until").first).to_have_value("08:00")
        assert container.installation.view()["hours"].version == 0


class TestSite:
    """The way onto other sites."""

    def test_the_line_to_paste_is_copied(self, visit: Open, server: str) -> None:
        page = visit("/admin/site", permissions=["clipboard-read", "clipboard-write"])
        page.get_by_label("Sites").fill("https://Shop.example/with/a/path\nwww.shop.example")
        saved(page)
        expect(page.get_by_label("Sites")).to_have_value("https://shop.example\nhttps://www.shop.example")
        page.get_by_role("button", name="Copy").first.click()
        expect(page.get_by_text("Copied")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == f'<script src="{server}/widget.js" defer></script>'
        expect(page.get_by_alt_text("QR code that leads to the chat")).to_be_visible()
        expect(page.locator(".chat-link__code")).not_to_have_js_property("naturalWidth", 0)


class TestPeople:
    """Invited, changed, disabled, and their tokens."""

    def test_an_invited_person_signs_in_with_the_password_shown_once(self, visit: Open, browser: Browser) -> None:
        page = visit("/admin/people")
        page.get_by_label("E-mail").fill("new@example.com")
        page.get_by_label("Name").fill("Nora New")
        page.get_by_role("checkbox", name=re.compile("^Editor")).check()
        page.get_by_role("button", name="Invite").click()
        expect(page.get_by_role("heading", name="Password for Nora New")).to_be_visible()
        password = page.locator("#secret-value").inner_text()
        said = page.request.post("/api/v1/auth/login", data={"email": "new@example.com", "password": password})
        assert said.ok
        assert said.json()["user"]["roles"] == ["agent", "editor"]

    def test_a_token_opens_the_api_until_it_is_ended(self, visit: Open, server: str, browser: Browser) -> None:
        page = visit("/admin/people")
        page.get_by_role("link", name="Mia Chen").click()
        page.get_by_role("button", name="Make a token").click()
        token = page.locator("#secret-value").inner_text()
        api = browser.new_context(base_url=server, extra_http_headers={"Authorization": f"Bearer {token}"})
        assert api.request.get("/api/v1/auth/me").json()["user"]["name"] == "Mia Chen"
        page.locator("summary").get_by_text("End").click()
        page.get_by_role("button", name="End it").click()
        expect(page.get_by_text("The token opens nothing any more.")).to_be_visible()
        assert api.request.get("/api/v1/auth/me").status == 401
        api.close()

    def test_the_last_admin_stays_one(self, visit: Open, container: Container) -> None:
        page = visit("/admin/people")
        page.get_by_role("link", name="Robin Archer").click()
        page.get_by_role("checkbox", name=re.compile("^Admin")).uncheck()
        page.get_by_role("checkbox", name=re.compile("^Agent")).check()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("last active admin")
        assert Role.ADMIN in container.accounts.people.by_email("admin@example.com").roles

    def test_a_disabled_person_is_out(self, visit: Open, container: Container) -> None:
        page = visit("/admin/people")
        page.get_by_role("link", name="Mia Chen").click()
        page.locator("summary").get_by_text("Disable").click()
        page.get_by_role("button", name="Disable Mia Chen").click()
        expect(page.get_by_text("Disabled. They are signed out everywhere.")).to_be_visible()
        assert not container.accounts.people.by_email("agent@example.com").active


class TestGroups:
    """Made, filled, renamed, removed, and found at the desk."""

    def test_from_nothing_to_a_group_that_its_people_find(self, visit: Open, container: Container) -> None:
        mia = container.accounts.people.by_email("agent@example.com")
        started = container.openings.start("en")
        number = int(container.desk.turns.take_over(started.id, mia)["number"])
        container.desk.work.change(number, {"group": "Billing"}, container.desk.tickets.one(number)["version"], mia)
        page = visit("/admin/groups")
        expect(page.get_by_role("heading", name="Only on tickets")).to_be_visible()
        page.get_by_role("button", name="Make it a group “Billing”").click()
        expect(page.get_by_text("The group is there. Say who belongs to it.")).to_be_visible()
        page.get_by_role("checkbox", name=re.compile("^Mia Chen")).check()
        page.get_by_role("checkbox", name=re.compile("^Robin Archer")).check()
        page.get_by_label("Name of the group").fill("Money / billing")
        saved(page)
        assert accessibility(page) == []
        assert container.desk.tickets.one(number)["group"] == "Money / billing"
        page.get_by_role("navigation", name="Where you are").get_by_role("link", name="Groups").click()
        expect(page.get_by_text("Robin Archer, Mia Chen")).to_be_visible()
        assert accessibility(page) == []
        page.goto("/desk?group=%40mine&view=all")
        expect(page.locator("#ticket-list .list__row")).to_have_count(1)
        page.goto("/admin/people")
        page.get_by_role("link", name="Mia Chen").click()
        page.get_by_role("link", name="Money / billing").click()
        page.locator("summary").get_by_text("Remove the group").click()
        expect(page.get_by_text("1 of them is unsolved")).to_be_visible()
        page.get_by_role("button", name="Remove “Money / billing”").click()
        expect(page.get_by_text("The group is gone. Its tickets are without a group.")).to_be_visible()
        expect(page.get_by_role("heading", name="No groups yet")).to_be_visible()
        assert container.desk.tickets.one(number)["group"] == ""

    def test_a_name_that_is_taken_is_refused_in_place(self, visit: Open, container: Container) -> None:
        container.groups.add("Billing", SYSTEM)
        page = visit("/admin/groups", locale="zh-CN")
        page.get_by_label("小组名称").fill("Billing")
        page.get_by_role("button", name="添加小组").click()
        expect(page.get_by_text("小组“Billing”已存在。")).to_be_visible()
        expect(page.get_by_label("小组名称")).to_have_value("Billing")


class TestConnections:
    """The tests that say what is wrong."""

    def test_a_model_that_nobody_serves(self, visit: Open, container: Container) -> None:
        page = visit("/admin/llm")
        expect(page.get_by_text("Nothing leaves this machine.")).to_be_visible()
        page.get_by_label(re.compile("OpenAI-compatible")).check()
        expect(page.get_by_text("To the model’s server")).to_be_visible()
        page.get_by_label("Model", exact=True).fill("some-model")
        page.get_by_label("Address of the server").fill("http://127.0.0.1:9/v1")
        page.get_by_label("Key").fill("sk-secret-key")
        page.get_by_role("button", name="Save and test").click()
        expect(page.get_by_role("alert")).to_contain_text("Nothing answers at http://127.0.0.1:9/v1", timeout=20_000)
        assert "sk-secret-key" not in page.content()
        llm = container.installation.current().llm
        assert (llm.spec, llm.api_key.get_secret_value()) == ("openai:some-model", "sk-secret-key")
        page.get_by_label("Remove the key").check()
        saved(page)
        assert container.installation.current().llm.api_key.get_secret_value() == ""

    def test_a_mail_server_that_is_not_there(self, visit: Open, container: Container) -> None:
        page = visit("/admin/mail")
        page.get_by_label("Server", exact=True).fill("127.0.0.1")
        page.get_by_label("Port").fill("9")
        page.get_by_label("User name").fill("support@example.com")
        page.get_by_label("Password").fill("p@ss:word")
        page.get_by_label("Sender", exact=True).fill("Support <help@example.com>")
        page.get_by_role("button", name="Save and send a test letter").click()
        expect(page.get_by_role("alert")).to_contain_text("The mail server cannot be reached", timeout=20_000)
        held = container.installation.current().mail.smtp_url.get_secret_value()
        assert held == "smtp://support%40example.com:p%40ss%3Aword@127.0.0.1:9"
        assert "p@ss" not in page.content()
        page.get_by_label("Port").fill("10")
        saved(page)
        held = container.installation.current().mail.smtp_url.get_secret_value()
        assert held == "smtp://support%40example.com:p%40ss%3Aword@127.0.0.1:10"


def test_retention_is_kept_in_days(visit: Open, container: Container) -> None:
    page = visit("/admin/privacy")
    page.get_by_label("Erase them after a time").check()
    page.get_by_label("Days without anything new in a conversation").fill("90")
    saved(page)
    assert container.installation.current().privacy.retention_days == 90


def test_the_log_is_narrowed_by_what_and_who(visit: Open, container: Container) -> None:
    container.installation.change({"look": SectionChange({"name": "Fernhaven"}, 0)}, SYSTEM)
    page = visit("/admin/audit")
    expect(page.get_by_role("rowheader")).to_have_count(3)
    page.get_by_label("What").select_option("Settings")
    expect(page.get_by_role("rowheader")).to_have_count(1)
    expect(page).to_have_url(re.compile("kind=settings"))
    page.get_by_label("Who").select_option("Robin Archer")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
