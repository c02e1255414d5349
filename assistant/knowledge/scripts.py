"""Chinese scripts and the language of a text: converted by OpenCC, told apart by which characters a script lacks."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from assistant.domain.locales import is_chinese

_KANA = ("\u3040", "\u30ff")
_HANGUL = ("\uac00", "\ud7af")
# A single Latin name inside a Chinese sentence does not make it English, nor the other way round.
_HAN_SHARE = 0.2


@cache
def _converter(config: str) -> Any:
    import opencc  # loads dictionaries: 10 to 60 ms, once

    return opencc.OpenCC(config)


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff" or character >= "\U00020000"


def has_chinese(text: str) -> bool:
    """Whether the text has any Chinese character."""
    return any(map(_is_han, text))


@lru_cache(maxsize=4096)
def to_simplified(text: str) -> str:
    """The text in Simplified characters; text without Chinese characters comes back as it is."""
    return str(_converter("t2s").convert(text)) if has_chinese(text) else text


@lru_cache(maxsize=4096)
def to_traditional(text: str) -> str:
    """The text in Traditional characters with the words usual in Taiwan."""
    return str(_converter("s2twp").convert(text)) if has_chinese(text) else text


def detect_locale(text: str, default: str = "en") -> str:
    """``en``, ``zh-Hans`` or ``zh-Hant`` for a text; ``default`` where the text does not tell.

    Chinese whose characters are the same in both scripts is in the script of ``default`` if that is Chinese, else
    Simplified.
    """
    letters = [character for character in text if character.isalpha()]
    if not letters:
        return default
    if any(_KANA[0] <= letter <= _KANA[1] or _HANGUL[0] <= letter <= _HANGUL[1] for letter in letters):
        return default
    han = sum(map(_is_han, letters))
    words = sum(1 for word in text.split() if word[:1].isascii() and word[:1].isalpha())
    if han and han >= _HAN_SHARE * (han + words):
        return _script(text, default)
    if all(letter.isascii() or letter < "\u0250" for letter in letters):
        return "en"
    return default


def _script(text: str, default: str) -> str:
    traditional = sum(before != after for before, after in zip(text, to_simplified(text), strict=False))
    simplified = sum(before != after for before, after in zip(text, _characters_to_traditional(text), strict=False))
    if traditional == simplified:
        return default if is_chinese(default) else "zh-Hans"
    return "zh-Hant" if traditional > simplified else "zh-Hans"


def _characters_to_traditional(text: str) -> str:
    # Character by character, so that places stay comparable; the words of a region would shift them.
    return str(_converter("s2t").convert(text))
