"""Which of Askdesk's languages a text is in, and Chinese from one script to the other."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal

from assistant.domain.locales import is_chinese

if TYPE_CHECKING:
    from opencc import OpenCC

_Conversion = Literal["t2s", "s2tw"]

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_WORD = re.compile(r"[^\W\d_]+")

# Characters that ordinary Traditional texts use although s2tw would change them: the most frequent of 420,000 in
# DRCD's development set.
_IN_BOTH = frozenset("台布占周征污岳了干于范裏岩准爲咸后游家制辟回并具涌余庄只系凶面云几卷采")

# Words that mark English even beside a name with foreign letters; only those that its neighbours do not have.
_ENGLISH = re.compile(
    r"\b(the|this|that|is|are|was|were|have|has|does|did|do|can['’]t|cannot|could|would|should|will|i['’]m|it['’]s|my|your|our"
    r"|you|we|they|what|when|where|which|who|why|how|and|or|but|with|for|not|please|hello|hi|thanks|thank|yes|help)\b",
    re.IGNORECASE,
)


def has_chinese(text: str) -> bool:
    """Whether the text has any Chinese character."""
    return _HAN.search(text) is not None


def detect_locale(text: str, default: str = "en") -> str:
    """``en``, ``zh-Hans`` or ``zh-Hant`` where the text shows it, else ``default``.

    Text in another language, and text too short to tell, give ``default``; Chinese that reads the same in both
    scripts gives ``default`` if that is Chinese, else ``zh-Hans``.
    """
    han = len(_HAN.findall(text))
    words = _WORD.findall(_HAN.sub(" ", text))
    if han and han >= len(words) and not _is_japanese_or_korean(text, han):
        return _detect_script(text, default)
    is_english = len(words) > 1 and all(word.isascii() for word in words)
    return "en" if is_english or _ENGLISH.search(text) else default


@lru_cache(maxsize=4096)
def to_simplified(text: str) -> str:
    """The text in Simplified characters, one for one; words keep their region, other languages stay as they are."""
    return _converter("t2s").convert(text) if has_chinese(text) else text


def levelled(text: str) -> str:
    """The text in one width, one case and Simplified characters, to be compared with other text made so."""
    return to_simplified(unicodedata.normalize("NFKC", text)).casefold()


@lru_cache(maxsize=4096)
def to_traditional(text: str) -> str:
    """The text in Traditional characters as Taiwan writes them, word for word; other languages stay as they are."""
    return _converter("s2tw").convert(text) if has_chinese(text) else text


def _is_japanese_or_korean(text: str, han: int) -> bool:
    # A kana or two occur in Chinese brand names.
    return 4 * len(_KANA.findall(text)) > han or len(_HANGUL.findall(text)) > han


def _detect_script(text: str, default: str) -> str:
    traditional = _changed(text, "t2s").total()
    marks = _changed(text, "s2tw")
    # One character that both scripts use proves nothing; two are seldom there by chance.
    shared = sum(count for char, count in marks.items() if char in _IN_BOTH)
    simplified = marks.total() - shared + shared // 2
    if traditional or simplified:
        return "zh-Hant" if traditional >= simplified else "zh-Hans"
    return default if is_chinese(default) else "zh-Hans"


def _changed(text: str, conversion: _Conversion) -> Counter[str]:
    """The characters that a conversion of the text replaces."""
    return Counter(text) - Counter(_converter(conversion).convert(text))


@cache
def _converter(conversion: _Conversion) -> OpenCC:
    from opencc import OpenCC

    return OpenCC(conversion)
