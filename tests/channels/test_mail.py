"""Letters reach a real SMTP server, and its refusals are told apart: for now, or for good."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from assistant.channels.mail import Letter, MailError, Postbox
from assistant.domain.installation import Mail, Site
from assistant.errors import Invalid
from assistant.storage.database import Database
from assistant.storage.tables import Customer
from tests.desk.scene import scene_on

LETTER = Letter("lena@example.com", "Re: 门锁\r\nBcc: all@example.com", "Hello", "<p>Hello</p>", "ticket-7")


class Postman:
    """An SMTP handler that keeps what it accepts and refuses what it is told to."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.says = "250 Accepted"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if self.says.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.says

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 Accepted"


@pytest.fixture
def postman() -> Iterator[tuple[Postman, str]]:
    """The handler of a running SMTP server, and the server's address."""
    handler = Postman()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, f"smtp://127.0.0.1:{port}"
    controller.stop()


def test_letter_arrives_in_both_forms_and_threads(postman: tuple[Postman, str]) -> None:
    handler, url = postman
    Postbox(url, "Lumen Support <help@example.com>").send(LETTER)
    (letter,) = handler.letters
    assert letter["From"] == "Lumen Support <help@example.com>"
    assert letter["Subject"] == "Re: 门锁 Bcc: all@example.com"
    assert letter["Bcc"] is None
    assert letter["References"] == "<ticket-7@example.com>"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(("says", "permanent"), [("450 Mailbox busy", False), ("550 No such user", True)])
def test_refusals_say_whether_to_try_again(postman: tuple[Postman, str], says: str, permanent: bool) -> None:
    handler, url = postman
    handler.says = says
    with pytest.raises(MailError, match=says) as refused:
        Postbox(url, "help@example.com").send(LETTER)
    assert refused.value.permanent is permanent


def test_server_that_is_away_may_come_back() -> None:
    with pytest.raises(MailError, match="cannot be reached") as refused:
        Postbox("smtp://127.0.0.1:9", "help@example.com").send(LETTER)
    assert not refused.value.permanent


@pytest.mark.parametrize(("url", "sender"), [("http://x", "a@example.com"), ("smtp://127.0.0.1:9", "nobody")])
def test_wrong_settings_are_named(url: str, sender: str) -> None:
    with pytest.raises(Invalid, match="ASKDESK_"):
        Postbox(url, sender).send(LETTER)


@pytest.mark.parametrize(
    ("locale", "subject", "answer"),
    [
        ("en", "Re: My lock is jammed. [#1]", "Read and answer"),
        ("zh-Hant", "回覆：My lock is jammed. [#1]", "查看並回覆"),
    ],
)
def test_reply_reaches_a_customer_who_has_left(
    postman: tuple[Postman, str], database: Database, locale: str, subject: str, answer: str
) -> None:
    handler, url = postman
    site = Site(public_url="https://shop.example")
    scene = scene_on(database, Mail(smtp_url=SecretStr(url), sender="help@example.com"), site)
    mia, number = scene.person(), scene.ticket(email="lena@example.com", locale=locale)
    scene.desk.replies.send(number, "Please send a photo of the <lock>.", mia)
    assert scene.run_jobs("mail") == 1
    (letter,) = handler.letters
    link = "https://shop.example" + scene.desk.tickets.one(number)["link"]
    assert (letter["To"], letter["Subject"]) == ("lena@example.com", subject)
    plain, html = (part.get_content() for part in letter.iter_parts())
    assert "Please send a photo of the <lock>." in plain
    assert f"{answer}: {link}" in plain
    assert link in html
    assert "&lt;lock&gt;" in html


def test_letter_of_a_reply_whose_customer_has_no_address_any_more_is_not_sent(
    postman: tuple[Postman, str], database: Database
) -> None:
    handler, url = postman
    scene = scene_on(database, Mail(smtp_url=SecretStr(url), sender="help@example.com"))
    mia, number = scene.person(), scene.ticket(email="lena@example.com")
    scene.desk.replies.send(number, "Hello", mia)
    scene.edit(Customer, scene.talk(number).customer_id, email="")
    scene.run_jobs("mail")
    assert handler.letters == []
