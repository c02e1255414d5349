"""The interface in the reader's language: gettext catalogues, numbers, dates and times by Babel.

English msgids stand in the templates, ``locales/zh_Hans.po`` holds the simplified Chinese, and traditional Chinese is
converted from it by the callable that the application passes in (OpenCC), so that there is one Chinese text to keep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_decimal, format_percent
from markupsafe import Markup

from assistant.domain import locales
from assistant.wording import Worded

LOCALES = Path(__file__).parent / "locales"
LOCALE_NAMES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
_BABEL = {"en": "en_GB", "zh-Hans": "zh_Hans_CN", "zh-Hant": "zh_Hant_TW"}

Convert = Callable[[str], str]
Catalogue = dict[str, tuple[str, ...]]


@cache
def catalogue() -> Catalogue:
    """The simplified Chinese text of each English msgid; a plural msgid is under its singular.

    A part of the interface may bring a file of its own: ``zh_Hans.desk.po`` beside ``zh_Hans.po``.
    """
    found: Catalogue = {}
    for path in sorted(LOCALES.glob("zh_Hans*.po")):
        with path.open("rb") as file:
            messages = read_po(file, locale="zh_Hans_CN", abort_invalid=True)
        for message in messages:
            texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
            if message.id and all(texts) and not message.fuzzy:
                key = message.id[0] if isinstance(message.id, tuple | list) else message.id
                found[key] = tuple(str(text) for text in texts)
    return found


@dataclass(frozen=True, slots=True)
class Translator:
    """One locale's words and formats. Calling it translates; ``values`` fill the ``%(name)s`` of the text."""

    locale: str
    texts: Catalogue = field(repr=False)
    timezone: tzinfo = UTC

    def __call__(self, message: str, **values: object) -> str:
        """``message`` in this locale, or itself where the catalogue lacks it."""
        text = self.texts.get(message, (message,))[0]
        return text % _plain(values) if values else text

    def told(self, text: str) -> str:
        """A sentence of an error or a report in this locale; in English where the catalogue lacks it."""
        if not isinstance(text, Worded):
            return self(text)
        return self(text.pattern, **{name: self._value(value) for name, value in text.values.items()})

    def _value(self, value: object) -> object:
        if isinstance(value, Worded):
            return self.told(value)
        return self.number(value) if isinstance(value, int) and not isinstance(value, bool) else value

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        """The form for ``n``, with ``%(n)s`` filled in by the locale's digits."""
        text = self.texts[one][0] if one in self.texts else (one if n == 1 else many)
        return text % {"n": self.number(n), **_plain(values)}

    def number(self, value: float, digits: int | None = None) -> str:
        """``1,234.5``; with ``digits``, that many after the point."""
        pattern = None if digits is None else "#,##0" + ("." + "0" * digits if digits else "")
        return format_decimal(value, format=pattern, locale=self.babel)

    def compact(self, value: float) -> str:
        """``1.2K`` or ``1.2万``, for the axis of a chart."""
        return format_compact_decimal(value, locale=self.babel, fraction_digits=1)

    def percent(self, share: float) -> str:
        """``87%`` of a share between 0 and 1."""
        return format_percent(share, locale=self.babel)

    def date(self, value: datetime | str) -> str:
        """``21 Nov 2026`` or ``2026年11月21日``, in the installation's time zone."""
        return format_date(self.moment(value), format="medium", locale=self.babel)

    def exact(self, value: datetime | str) -> str:
        """The exact date and time, in the installation's time zone."""
        point = self.moment(value)
        return f"{self.date(point)} {format_time(point, format='short', locale=self.babel)}"

    def ago(self, value: datetime | str, short: bool = False) -> str:
        """``5 minutes ago``, ``in 2 hours``, or in short ``5 min ago``, ``in 2 hr``: the nearest unit, as of now."""
        distance: timedelta = self.moment(value) - datetime.now(UTC)
        length: Literal["long", "short"] = "short" if short else "long"
        return format_timedelta(distance, add_direction=True, threshold=0.9, format=length, locale=self.babel)

    def moment(self, value: datetime | str) -> datetime:
        """A point in time from a datetime or RFC 3339 text; without a zone it is UTC."""
        point = datetime.fromisoformat(value) if isinstance(value, str) else value
        point = point if point.tzinfo else point.replace(tzinfo=UTC)
        return point.astimezone(self.timezone)

    @property
    def babel(self) -> Locale:
        """Babel's locale."""
        return Locale.parse(_BABEL[self.locale])


def _plain(values: dict[str, object]) -> dict[str, object]:
    # What a macro gives is escaped already; a page escapes the whole sentence, and must not do it twice.
    return {name: value.unescape() if isinstance(value, Markup) else value for name, value in values.items()}


def preferred(accept_language: str) -> str:
    """The first of a browser's languages that Askdesk speaks; English where there is none."""
    for part in accept_language.split(","):
        try:
            locale = locales.normalize(part.split(";")[0])
        except ValueError:
            continue
        if locale in LOCALE_NAMES:
            return locale
    return "en"


def translator(locale: str, convert: Convert | None = None, timezone: tzinfo = UTC) -> Translator:
    """What translates into ``locale``, one of ``LOCALE_NAMES``; English for any other.

    ``convert`` turns simplified into traditional Chinese; without it, ``zh-Hant`` reads simplified Chinese.
    """
    if locale == "zh-Hans":
        return Translator(locale, catalogue(), timezone)
    if locale == "zh-Hant":
        texts = {key: tuple(map(convert, forms)) for key, forms in catalogue().items()} if convert else catalogue()
        return Translator(locale, texts, timezone)
    return Translator("en", {}, timezone)
