"""What the admin's forms hold, as the values of the settings' sections: one function a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from api.web.forms import Sent
from assistant.container import Container
from assistant.domain.hours import Weekday
from assistant.domain.locales import INTERFACE_LOCALES
from assistant.domain.pictures import LARGEST_LOGO, as_logo

Values = dict[str, dict[str, Any]]
Reader = Callable[[Sent, Container], Values]

_PORTS = {"smtp": 587, "smtps": 465}


def number_in(text: str) -> int | float | str:
    """A number, or the text itself, which the section then refuses with the field's name."""
    for kind in (int, float):
        try:
            return kind(text.replace(",", "."))
        except ValueError:
            continue
    return text


def look(sent: Sent, container: Container) -> Values:
    """Name, logo, accent and greetings. A picture is stored as soon as it is sent."""
    values: dict[str, Any] = {"name": sent.text("name"), "accent": sent.text("accent").lower()}
    picture = sent.file("logo", LARGEST_LOGO)
    if picture:
        values["logo"] = container.keep_file(*as_logo(picture))
    elif "remove_logo" in sent:
        values["logo"] = ""
    values["greetings"] = {locale: sent.text(f"greeting_{locale}") for locale in INTERFACE_LOCALES}
    return {"look": values}


def hours(sent: Sent, _container: Container) -> Values:
    """Opening hours, holidays, time zone, and how soon a person answers."""
    weekly = {} if sent.text("mode") == "always" else {day.value: _openings(sent, day.value) for day in Weekday}
    values: dict[str, Any] = {
        "weekly": {day: openings for day, openings in weekly.items() if openings},
        "holidays": [line for line in sent.text("holidays").replace(",", "\n").split() if line],
    }
    if "time_zone" in sent:
        values["time_zone"] = sent.text("time_zone")
    minutes = _minutes(sent.text("reply"), sent.text("reply_unit"))
    return {"hours": values, "service": {"reply_minutes": minutes}}


def _openings(sent: Sent, day: str) -> list[dict[str, str]]:
    pairs = zip(sent.texts(f"{day}_opens"), sent.texts(f"{day}_closes"), strict=False)
    # A day's end is 24:00; a clock in a form can only say 00:00.
    return [{"opens": opens, "closes": "24:00" if closes == "00:00" else closes} for opens, closes in pairs if opens]


def _minutes(text: str, unit: str) -> int | float | str:
    number = number_in(text)
    if isinstance(number, str):
        return number
    minutes = number * (60 if unit == "hours" else 1)
    return int(minutes) if minutes == int(minutes) else minutes


def site(sent: Sent, _container: Container) -> Values:
    """Where the installation is reached, and which sites may show the widget."""
    values: dict[str, Any] = {}
    if "public_url" in sent:
        values["public_url"] = sent.text("public_url").rstrip("/")
    if "allowed_origins" in sent:
        values["allowed_origins"] = [_origin(line) for line in sent.text("allowed_origins").replace(",", "\n").split()]
    if "default_locale" in sent:
        values["default_locale"] = sent.text("default_locale")
    return {"site": values}


def _origin(line: str) -> str:
    """The origin of what someone pasted: a whole address is cut, a bare host gets https."""
    if line == "*":
        return line
    parts = urlsplit(line if "://" in line else f"https://{line}")
    return f"{parts.scheme}://{parts.netloc}".lower()


def assistant(_sent: Sent, _container: Container) -> Values:
    """Nothing: pausing has a form of its own, and the rest is set by editors."""
    return {}


def llm(sent: Sent, _container: Container) -> Values:
    """The chat model. The key is kept where the form leaves it empty."""
    provider, model = sent.text("provider"), sent.text("model")
    values: dict[str, Any] = {}
    if "provider" in sent:
        values["spec"] = f"{provider}:{model}" if provider else ""
    if "base_url" in sent:
        values["base_url"] = sent.text("base_url")
    if "timeout" in sent:
        values["timeout"] = number_in(sent.text("timeout"))
    values["daily_budget"] = number_in(sent.text("daily_budget") or "0")
    if "remove_key" in sent:
        values["api_key"] = ""
    elif sent.text("api_key"):
        values["api_key"] = sent.text("api_key")
    return {"llm": values}


def mail(sent: Sent, container: Container) -> Values:
    """The mail server, put together as one address; the password is kept where the form leaves it empty."""
    values: dict[str, Any] = {}
    if "sender" in sent:
        values["sender"] = sent.text("sender")
    if "host" in sent:
        held = container.installation.current().mail.smtp_url.get_secret_value()
        url = _smtp_url(sent, held)
        # What an admin sees of it is only whether it is set, so that it is compared here.
        if url != held:
            values["smtp_url"] = url
    return {"mail": values}


def _smtp_url(sent: Sent, before: str) -> str:
    host, user = sent.text("host"), sent.text("user")
    if not host:
        return ""
    scheme = "smtps" if sent.text("security") == "smtps" else "smtp"
    held = urlsplit(before)
    password = sent.text("password") or (unquote(held.password or "") if user == unquote(held.username or "") else "")
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
    return f"{scheme}://{login}{host}:{sent.text('port') or _PORTS[scheme]}"


def smtp_parts(url: str) -> dict[str, str]:
    """A mail server's address in parts for a form, without the password."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    return {
        "host": parts.hostname or "",
        "port": str(port or _PORTS.get(parts.scheme, 587)) if parts.hostname else "",
        "user": unquote(parts.username or ""),
        "security": "smtps" if parts.scheme == "smtps" else "smtp",
        "password": "set" if parts.password else "",
    }


def privacy(sent: Sent, _container: Container) -> Values:
    """How long personal things are kept."""
    days = sent.text("retention_days") if sent.text("keep") != "forever" else "0"
    return {"privacy": {"retention_days": number_in(days), "trace_days": number_in(sent.text("trace_days"))}}


def differing(wanted: Values, held: Mapping[str, Any]) -> Values:
    """What of ``wanted`` is not so yet; ``held`` are the sections as an admin sees them."""
    return {
        section: {
            field: value
            for field, value in values.items()
            if field not in held[section].fixed and value != held[section].values[field]
        }
        for section, values in wanted.items()
    }
