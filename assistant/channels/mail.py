"""Outgoing e-mail by SMTP: one letter, sent now or refused with the reason."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

from assistant.errors import AskdeskError, Invalid
from assistant.wording import Worded

_TIMEOUT = 20.0
_PORTS = {"smtp": 587, "smtps": 465}


class MailError(AskdeskError):
    """A letter was not accepted. ``permanent`` says that trying again cannot help."""

    code = "mail_failed"

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent. ``thread`` groups the letters of one ticket in the reader's mail program."""

    to: str
    subject: str
    text: str
    html: str
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Postbox:
    """Where letters are handed in, and whose name is on them."""

    url: str
    sender: str

    def send(self, letter: Letter) -> None:
        """Hand the letter in.

        Raises:
            Invalid: the address of the server or of the sender cannot be used.
            MailError: the server refused the letter, or could not be reached.
        """
        message = self._message(letter)
        try:
            with self._server() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _refused(code, said) from error
        except smtplib.SMTPAuthenticationError as error:
            raise MailError(
                "The mail server does not accept the name and password. Check the SMTP address in the settings.",
                permanent=True,
            ) from error
        except smtplib.SMTPResponseException as error:
            raise _refused(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            why = Worded("The mail server cannot be reached: %(problem)s.", problem=_problem(error))
            raise MailError(why, permanent=False) from error

    def _message(self, letter: Letter) -> EmailMessage:
        name, address = parseaddr(self.sender)
        if "@" not in address:
            raise Invalid("Mail needs a sender such as “Support <help@example.com>”: set ASKDESK_MAIL_FROM.")
        domain = address.rpartition("@")[2]
        message = EmailMessage()
        message["From"] = formataddr((name, address))
        message["To"] = letter.to
        message["Subject"] = " ".join(letter.subject.split())
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=domain)
        message["Auto-Submitted"] = "auto-generated"
        if letter.thread:
            message["References"] = f"<{letter.thread}@{domain}>"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        return message

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        parts = urlsplit(self.url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise Invalid(
                "The SMTP address looks like smtp://user:password@host:587 or smtps://host: set ASKDESK_SMTP_URL."
            )
        port = parts.port or _PORTS[parts.scheme]
        tls = ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(parts.hostname, port, timeout=_TIMEOUT, context=tls)
        else:
            server = smtplib.SMTP(parts.hostname, port, timeout=_TIMEOUT)
        with server:
            if parts.scheme == "smtp":
                server.ehlo()
                if server.has_extn("starttls"):
                    server.starttls(context=tls)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            yield server


def _problem(error: Exception) -> str:
    known = (
        (socket.gaierror, "no host is called so"),
        (ConnectionRefusedError, "nothing answers at this host and port"),
        (TimeoutError, "it did not answer in time"),
        (ssl.SSLCertVerificationError, "its certificate is not valid for this host"),
        (ssl.SSLError, "it does not speak this kind of encryption; try the other one"),
        (smtplib.SMTPServerDisconnected, "it closed the connection"),
    )
    return next((Worded(said) for kind, said in known if isinstance(error, kind)), str(error))


def _refused(code: int, said: bytes | str) -> MailError:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    # RFC 5321: 4xx is for now, 5xx is for good.
    said = Worded("The mail server refused the letter: %(answer)s", answer=f"{code} {words}")
    return MailError(said, permanent=code >= 500)
