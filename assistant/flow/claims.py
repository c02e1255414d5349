"""What a text states that can be compared exactly: quantities, dates, times, links, addresses, codes, names."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from assistant.flow.numerals import CHINESE_CHARACTERS, ENGLISH, chinese_number, english_number
from assistant.flow.units import MONEY, SOFT, in_base, unit_behind


class Quantity(NamedTuple):
    """A number with its unit in base form; ``date`` marks a part of a date."""

    value: Decimal
    unit: str


@dataclass(frozen=True, slots=True)
class Claims:
    """Everything comparable that a text holds, normalised so that equal means the same."""

    quantities: frozenset[Quantity]
    moments: frozenset[str]
    links: frozenset[str]
    emails: frozenset[str]
    codes: frozenset[str]
    names: frozenset[str]


_LINK = re.compile(
    r"(?:https?|ftp)://[^\s<>()\[\]“”\"'，。；、]+|(?<=\]\()[^)\s]+|www\.[^\s<>()\[\]，。；]+", re.IGNORECASE
)
_DOMAIN = re.compile(
    r"(?<![\w@.\-])(?:[a-z0-9\-]+\.)+(?:com|org|net|info|biz|io|co|app|dev|cn|uk|de|fr|nl|ie|eu|us|ru|xyz|top|shop|site|online|"
    r"example|ly|me|cc|tv)(?:/[^\s<>()\[\]，。；]*)?(?![\w@])",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"[\w.%+\-]+@[\w\-]+(?:\.[\w\-]+)+", re.ASCII)
_CITATION = re.compile(r"\[\d{1,2}\](?!\()")
_MARKER = re.compile(r"^\s*(?:#+\s|[-*+•]\s|\d{1,2}[.)、]\s*(?!\d))+")
_CODE = re.compile(
    r"(?<![A-Za-z0-9])(?:[A-Za-z]+-?\d[A-Za-z0-9]*(?:-[A-Za-z0-9]+)*|\d+(?:[A-Z][A-Za-z]*\d[A-Za-z0-9]*|[Kk]\b|p\b))(?![A-Za-z0-9])"
)

_MONTH_NAMES = (
    ("january", "jan"),
    ("february", "feb"),
    ("march", "mar"),
    ("april", "apr"),
    ("may",),
    ("june", "jun"),
    ("july", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("october", "oct"),
    ("november", "nov"),
    ("december", "dec"),
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATES = (
    re.compile(
        rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<mon>{_MONTH})\b\.?,?(?: (?P<y>\d{{4}}))?", re.IGNORECASE
    ),
    re.compile(rf"\b(?P<mon>{_MONTH})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,? (?P<y>\d{{4}}))?", re.IGNORECASE),
    re.compile(rf"\b(?P<mon>{_MONTH})\.?,? (?P<y>\d{{4}})\b", re.IGNORECASE),
    re.compile(r"(?<!\d)(?P<y>\d{4}) ?年 ?(?:(?P<m>\d{1,2}) ?月 ?(?:(?P<d>\d{1,2}) ?[日号])?)?"),
    re.compile(r"(?<!\d)(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?[日号]"),
    re.compile(r"(?<![\d\-])(?P<y>(?:19|20)\d{2})[\-/.](?P<m>\d{1,2})[\-/.](?P<d>\d{1,2})(?![\d\-])"),
    re.compile(r"(?<![\d/])(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>(?:19|20)\d{2})(?![\d/])"),
)
_TIMES = (
    re.compile(
        r"(?P<half>上午|下午|晚上|早上|中午|凌晨)? ?(?<!\d)(?P<h>[01]?\d|2[0-4]):(?P<min>[0-5]\d)(?!\d)"
        r" ?(?P<am>[ap]\.?m\b\.?)?",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\d.])(?P<h>1?\d) ?(?P<am>[ap]\.?m)\b\.?", re.IGNORECASE),
    re.compile(
        r"(?P<half>上午|下午|晚上|早上|中午|凌晨)? ?(?P<h>[01]?\d|2[0-4]) ?点(?!击|按|开|数)(?P<min>半|\d{1,2}分)?"
    ),
)
# Short forms count with a capital only: "thus", "sun" and "sat" are words.
_WEEKDAYS = (
    "monday Mon 一",
    "tuesday Tues? 二",
    "wednesday Wed 三",
    "thursday Thu(?:rs?)? 四",
    "friday Fri 五",
    "saturday Sat 六",
    "sunday Sun [日天]",
)
_WEEKDAY = tuple(
    re.compile(rf"\b{english}s?\b|\b(?-i:{short})\b|(?:周|星期|礼拜){chinese}", re.IGNORECASE)
    for english, short, chinese in (line.split() for line in _WEEKDAYS)
)
_FIGURE = r"(?:(?<![\w.])-)?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|(?:(?<![\w.])-)?\d+(?:\.\d+)?"
_WORDS = "|".join(sorted(ENGLISH, key=len, reverse=True))
_NUMBER = re.compile(
    rf"(?P<figure>{_FIGURE})(?P<myriad>[万萬亿億千百])?|(?P<percent>百分之)(?P<of>[\d.]+|[{CHINESE_CHARACTERS}]+)"
    rf"|(?P<english>\b(?:{_WORDS})(?:[ -](?:{_WORDS}))*\b)|(?<!第)(?P<chinese>[{CHINESE_CHARACTERS}]+)"
    r"|(?P<half>\bhalf an?\b|半个?(?=小时|年|月|天|分钟))"
    r"|(?P<article>\ban?\b(?= (?:day|week|month|year|hour|minute)\b))|(?P<twice>\btwice\b)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*(?:[-–—~～至到、/,，]|to|or|and|and|或者?|和)\s*", re.IGNORECASE)
_COUNTED = re.compile(r"\s?[个台件位名条张款步种项只枚户套页行处家级格]")
_NOT_A_NUMBER = {"万一", "千万", "万", "亿", "千", "百", "十", "零"}

_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'’&.+\-]*[A-Za-zÀ-ÿ]|[A-Z]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE_START = re.compile(r"(?:^|[.!?:：;。！？；|→>]\s*[\"“”*_(（\[]*)$")
_NO_NAMES = frozenset(
    [
        "i",
        "i'm",
        "i'll",
        "i've",
        "i'd",
        "a",
        "an",
        "the",
        "ok",
        "faq",
        "note",
        "tip",
        "yes",
        "no",
        "please",
        "if",
        "when",
        "to",
        "in",
        "on",
        "at",
        "for",
        "and",
        "or",
        "but",
        "not",
        "you",
        "your",
        "we",
        "our",
        "it",
        "its",
        "this",
        "that",
        "these",
        "there",
        "here",
        "all",
        "each",
        "also",
        "then",
        "step",
        "steps",
        "important",
        "warning",
    ]
)


def plain(text: str) -> str:
    """The text in one width, without citations, emphasis and list marks; links keep their words only."""
    folded = unicodedata.normalize("NFKC", text).replace("−", "-")
    folded = _CITATION.sub("", folded)
    folded = re.sub(r"\[([^\]\n]+)\]\(([^)\n]*)\)", r"\1", folded)
    folded = "\n".join(_MARKER.sub("", line) for line in folded.split("\n"))
    return re.sub(r"\*\*|__|`|(?<!\w)\*|\*(?!\w)", "", folded)


def quantities_apart(text: str) -> str:
    """``text`` with a space around each figure with its unit, so that 元 in ``99元免运费`` joins no word behind it."""
    pieces: list[str] = []
    at = 0
    for match in re.finditer(_FIGURE, text):
        if match.start() >= at:
            end = unit_behind(text, match.end())[1]
            pieces += [text[at : match.start()], text[match.start() : end]]
            at = end
    return " ".join([*pieces, text[at:]])


@lru_cache(maxsize=4096)
def claims_of(text: str, *, source: bool = False) -> Claims:
    """The claims of ``text``. In a ``source`` everything counts that could support one: the parts of a date, an "a"."""
    folded = unicodedata.normalize("NFKC", text)
    links = {_bare_link(link) for link in _LINK.findall(folded)}
    emails = {email.lower() for email in _EMAIL.findall(folded)}
    rest = _EMAIL.sub(" ", _LINK.sub(" ", plain(text)))
    links |= {_bare_link(link) for link in _DOMAIN.findall(rest)}
    rest = _DOMAIN.sub(" ", rest)
    moments: set[str] = set()
    quantities: set[Quantity] = set()
    rest = _take_dates(rest, moments, quantities)
    rest = _take_times(rest, moments)
    codes = {_bare_code(code) for code in _CODE.findall(rest) if not _is_quantity(code)}
    rest = _CODE.sub(lambda match: match[0] if _is_quantity(match[0]) else " ", rest)
    names = frozenset(_names(rest))
    found = set(_quantities(rest, source))
    return Claims(
        frozenset(found | (quantities if source else set())),
        frozenset(moments),
        frozenset(links),
        frozenset(emails),
        frozenset(codes),
        names,
    )


def codes_in(text: str) -> dict[str, str]:
    """The codes and models that ``text`` names, normalised as in ``Claims``, with the first way each is written."""
    rest = _DOMAIN.sub(" ", _EMAIL.sub(" ", _LINK.sub(" ", plain(text))))
    found: dict[str, str] = {}
    for code in _CODE.findall(rest):
        if not _is_quantity(code):
            found.setdefault(_bare_code(code), code)
    return found


def _bare_link(link: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", link.strip().lower()).rstrip("/.,;:!?")


def _bare_code(code: str) -> str:
    return code.lower().replace("-", "")


def _is_quantity(code: str) -> bool:
    """Whether digits with letters behind them are a number and its unit ("30s", "8GB") and no code ("2K", "1080p")."""
    match = re.match(r"\d+", code)
    return bool(match) and unit_behind(code, match.end())[1] == len(code)  # type: ignore[union-attr]


def _take_dates(text: str, moments: set[str], parts: set[Quantity]) -> str:
    for pattern in _DATES:
        for match in pattern.finditer(text):
            found = match.groupdict()
            month = _MONTHS[found["mon"].lower()] if found.get("mon") else int(found.get("m") or 0)
            year, day = int(found.get("y") or 0), int(found.get("d") or 0)
            moments.add(f"{year or '*'}-{month or '*'}-{day or '*'}")
            parts |= {Quantity(Decimal(part), "date") for part in (year, day) if part}
        text = pattern.sub(" ; ", text)
    return text


def _take_times(text: str, moments: set[str]) -> str:
    for weekday, pattern in enumerate(_WEEKDAY, 1):
        if pattern.search(text):
            moments.add(f"weekday {weekday}")
            text = pattern.sub(" ; ", text)
    for pattern in _TIMES:
        for match in pattern.finditer(text):
            found = match.groupdict()
            hour = int(found["h"])
            afternoon = (found.get("am") or "").lower().startswith("p") or found.get("half") in ("下午", "晚上")
            minute = {"半": 30, None: 0}.get(found.get("min"))
            minute = int(re.sub(r"\D", "", found["min"])) if minute is None else minute
            moments.add(f"{hour + 12 if afternoon and hour < 12 else hour:02}:{minute:02}")
        text = pattern.sub(" ; ", text)
    return text


@dataclass(slots=True)
class _Found:
    start: int
    end: int
    value: Decimal
    unit: str


def _quantities(text: str, source: bool) -> Iterator[Quantity]:
    found = [one for match in _NUMBER.finditer(text) if (one := _read(text, match, source)) is not None]
    for first, second in itertools.pairwise(found):
        if _BETWEEN.fullmatch(text[first.end : second.start]):
            first.unit = first.unit or second.unit
            second.unit = second.unit or (first.unit if first.unit in MONEY.values() else "")
    for one in found:
        yield Quantity(*in_base(one.value, one.unit))
        if source:  # a sentence may name the number alone
            yield Quantity(one.value.normalize(), one.unit)


def _read(text: str, match: re.Match[str], source: bool) -> _Found | None:
    value = _value(match)
    if value is None:
        return None
    if match["percent"]:
        return _Found(match.start(), match.end(), value, "percent")
    unit, end = unit_behind(text, match.end())
    before = text[: match.start()].rstrip()
    if not unit and before[-1:] in MONEY:
        unit = MONEY[before[-1]]
    start = len(before) - 1 if before[-1:] in MONEY else match.start()
    if not _counts(text, match, unit, source):
        return None
    return _Found(start, end, value, unit or ("times" if match["twice"] else ""))


def _value(match: re.Match[str]) -> Decimal | None:
    if match["figure"]:
        scale = chinese_number(match["myriad"]) if match["myriad"] else Decimal(1)
        return Decimal(match["figure"].replace(",", "")) * scale
    if match["percent"]:
        of = match["of"]
        return Decimal(of) if of[0].isdigit() else chinese_number(of)
    if match["english"]:
        return english_number(match["english"])
    if match["chinese"]:
        return None if match["chinese"] in _NOT_A_NUMBER else chinese_number(match["chinese"])
    return Decimal("0.5") if match["half"] else Decimal(2 if match["twice"] else 1)


def _counts(text: str, match: re.Match[str], unit: str, source: bool) -> bool:
    """Whether words for a number are meant as one: "one" and 一 seldom are, unless a unit follows."""
    if match["article"]:
        return source
    if match["english"]:
        return match["english"].lower() != "one" or unit != "" or source
    if match["chinese"]:
        if match["chinese"] == "一":
            return unit in SOFT or unit in MONEY.values() or (source and bool(unit))
        return bool(unit) or len(match["chinese"]) > 1 or bool(_COUNTED.match(text, match.end()))
    return True


def _names(text: str) -> Iterator[str]:
    """Words written as names: capitalised inside an English sentence, or Latin letters inside a Chinese one."""
    chinese = len(_HAN.findall(text)) * 2 > len(_LATIN_WORD.findall(text))
    for match in _LATIN_WORD.finditer(text):
        word = re.sub(r"['’]s?$", "", match[0]).rstrip(".")
        if len(word) < 2 or word.lower() in _NO_NAMES or unit_behind(word, 0)[1] == len(word):
            continue
        if (
            chinese
            or (word[0].isupper() and not _SENTENCE_START.search(text[: match.start()]))
            or word[1:] != word[1:].lower()
        ):
            yield word.lower().replace("’", "'")
