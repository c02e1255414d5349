"""Locales as stored (``en``, ``zh-Hans``, ``zh-Hant``), their spellings, and where to look when one is missing."""

from __future__ import annotations

from assistant.errors import Invalid
from assistant.wording import Worded

DEFAULT_LOCALE = "en"
INTERFACE_LOCALES = ("en", "zh-Hans", "zh-Hant")

_CHINESE = {
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-hans": "zh-Hans",
    "zh-hans-cn": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "zh-hant": "zh-Hant",
    "zh-hant-tw": "zh-Hant",
    "zh-hant-hk": "zh-Hant",
}

_FALLBACKS = {
    "zh-Hans": ("zh-Hans", "zh-Hant", "en"),
    "zh-Hant": ("zh-Hant", "zh-Hans", "en"),
    "en": ("en", "zh-Hans", "zh-Hant"),
}


def normalize(locale: str) -> str:
    """The stored spelling of a BCP 47 tag: ``zh-CN`` gives ``zh-Hans``, ``en-GB`` gives ``en``.

    Raises ``ValueError`` for text that is not a language tag.
    """
    tag = locale.strip().replace("_", "-")
    parts = tag.split("-")
    if not parts[0].isascii() or not parts[0].isalpha() or not 2 <= len(parts[0]) <= 3:
        raise ValueError(Worded("“%(tag)s” is not a language tag such as en, zh-CN or zh-TW", tag=locale))
    lowered = tag.lower()
    if parts[0].lower() == "zh":
        return _CHINESE.get(lowered, "zh-Hant" if "hant" in lowered else "zh-Hans")
    return parts[0].lower()


def is_locale(text: str) -> bool:
    """Whether a folder name such as ``en`` or ``zh-CN`` names a locale that Askdesk speaks."""
    try:
        return normalize(text) in INTERFACE_LOCALES and len(text) <= 10
    except ValueError:
        return False


def checked(locale: str) -> str:
    """``locale`` in its stored spelling.

    Raises:
        Invalid: it is no language tag.
    """
    try:
        return normalize(locale)
    except ValueError as error:
        raise Invalid(Worded("%(problem)s.", problem=error.args[0]), {"field": "locale"}) from error


def fallbacks(locale: str) -> tuple[str, ...]:
    """The locales to try for a reader of ``locale``, best first, the locale itself included."""
    return _FALLBACKS.get(locale, (locale, "en", "zh-Hans", "zh-Hant"))


def primary(locale: str) -> str:
    """The language of a locale: ``zh`` of ``zh-Hans``."""
    return locale.split("-", 1)[0]


def is_chinese(locale: str) -> bool:
    """Whether the locale is written in Chinese, in either script."""
    return locale.startswith("zh")
