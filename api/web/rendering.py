"""The pages' template environments, one for each locale, with the words and formats that the templates use."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from api.web.charts import plot
from api.web.i18n import LOCALE_NAMES, Convert, translator

WEB = Path(__file__).parent
_AVATAR_HUES = 4


class Pages:
    """Renders templates. ``convert`` turns simplified into traditional Chinese; dates are shown in ``timezone``.

    Each locale has an environment of its own, so that ``_`` means the same in a page and in the macros it imports.
    """

    def __init__(self, convert: Convert | None = None, timezone: tzinfo = UTC) -> None:
        loader = FileSystemLoader(WEB / "templates")
        self.environments = {locale: _environment(loader, locale, convert, timezone) for locale in LOCALE_NAMES}

    def render(self, template: str, locale: str, **context: Any) -> str:
        """The page as HTML, in English where ``locale`` is not one that Askdesk speaks."""
        environment = self.environments.get(locale, self.environments["en"])
        return environment.get_template(template).render(**context)


def _environment(loader: FileSystemLoader, locale: str, convert: Convert | None, timezone: tzinfo) -> Environment:
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    words = translator(locale, convert, timezone)
    formats: dict[str, Callable[..., Any]] = {
        "_": words,
        "ngettext": words.plural,
        "told": words.told,
        "number": words.number,
        "compact": words.compact,
        "percent": words.percent,
        "date": words.date,
        "exact": words.exact,
        "ago": words.ago,
        "moment": words.moment,
        "asset": asset,
        "initials": initials,
        "hue": hue,
        "plot": plot,
    }
    environment.globals.update(formats, locale=locale, locale_names=LOCALE_NAMES)
    return environment


@cache
def asset(name: str) -> str:
    """The address of a static file, with its content hash so that browsers may keep it for a year."""
    digest = hashlib.sha256((WEB / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def initials(name: str) -> str:
    """Up to two letters of a name for its avatar: ``Mia Chen`` gives ``MC``, ``王小明`` gives ``小明``."""
    words = name.split()
    if not words:
        return "?"
    if not words[0][0].isascii() and len(words) == 1:
        return words[0][-2:]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def hue(name: str) -> int:
    """Which of the avatar colours a name has, always the same one."""
    return zlib.crc32(name.encode()) % _AVATAR_HUES + 1
