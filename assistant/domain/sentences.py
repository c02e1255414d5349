"""Sentences of English and Chinese text, plain or Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ABBREVIATION = re.compile(
    r"mrs?|ms|dr|prof|sr|jr|st|vs|e\.g|i\.e|eg|ie|cf|al|figs?|sec|ch|vol|pp|approx|ca|dept|est|ext|tel|art|ver"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun|z\.b|d\.h|bzw"
)
_BEFORE_NUMBER = re.compile(r"nos?|v|p")
_MAY_END = re.compile(r"etc|a\.m|p\.m|u\.s|u\.k|inc|ltd|co|corp|max|min")
# Latin enders need white space behind them, so that 3.5, v2.1 and example.com stay whole; Chinese ones do not.
_END = re.compile(r"(?P<latin>[.!?…]+[\"'”’)\]*_]*)(?=\s)|[。！？｡…]+[”’」』）)\"*_]*")
_LAST_WORD = re.compile(r"[^\s(（\[“\"'*_]+$")
_LIST_MARKER = re.compile(r"\s*(?:[-*+•·]|\d{1,3}[.)、]|[（(]\d{1,3}[）)])\s+|\s*\d{1,3}[.、)）](?=[^\d\s])")
_OPENS_UNIT = re.compile(r"\s*(?:[|#>]|```|~~~)")
_ENDS_UNIT = re.compile(r"[.!?:;。！？：；]\s*$")
# Bounded, because each unclosed bracket would otherwise be searched to the end of the text.
_LINK = re.compile(r"!?\[[^\]\n]{0,300}\]\([^)\n]{0,1000}\)|`[^`\n]{1,300}`|<https?://[^>\s]{1,1000}>")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f]")


def sentences(text: str) -> list[str]:
    """The sentences of ``text`` in order, without the white space around them.

    List items, table rows and lines set apart by a blank line are units of their own. Abbreviations, initials, decimals
    and list numbers do not end a sentence, nor does anything inside a Markdown link or code span. Nothing but white
    space is dropped.
    """
    return [piece for unit in _units(text) for piece in _split(unit)]


def is_cjk(char: str) -> bool:
    """Whether a character is Chinese, Japanese or their punctuation."""
    return bool(char) and _CJK.match(char) is not None


def joined(first: str, second: str) -> str:
    """Two pieces of running text as one: with a space between them unless both sides are Chinese."""
    if not first or not second:
        return first + second
    return first + ("" if is_cjk(first[-1]) and is_cjk(second[0]) else " ") + second


def _units(text: str) -> Iterator[str]:
    unit = ""
    previous = ""
    for line in text.splitlines():
        stripped = line.strip()
        if unit and _breaks(previous, line):
            yield unit
            unit = ""
        unit = joined(unit, stripped)
        previous = stripped
    if unit:
        yield unit


def _breaks(previous: str, line: str) -> bool:
    """Whether a new unit begins with ``line``: a soft line break inside a sentence does not begin one."""
    if not line.strip() or not previous:
        return True
    if _LIST_MARKER.match(line) or _OPENS_UNIT.match(line) or _ENDS_UNIT.search(previous):
        return True
    return " | " in line or " | " in previous or previous.startswith(("|", "#"))


def _split(unit: str) -> Iterator[str]:
    protected = [match.span() for match in _LINK.finditer(unit)]
    marker = _LIST_MARKER.match(unit)
    begin = 0
    body = marker.end() if marker else 0
    for match in _END.finditer(unit):
        at = match.end()
        if at <= body or any(start < at < end for start, end in protected):
            continue
        if match["latin"] and not _really_ends(unit, match):
            continue
        yield unit[begin:at].strip()
        begin = at
    rest = unit[begin:].strip()
    if rest:
        yield rest


def _really_ends(unit: str, match: re.Match[str]) -> bool:
    if not match["latin"].startswith("."):
        return True
    following = unit[match.end() :].lstrip()
    if following[:1].islower():
        return False
    word = _LAST_WORD.search(unit[: match.start()])
    if word is None:
        return True
    last = word[0].lower()
    if _BEFORE_NUMBER.fullmatch(last):
        return not following[:1].isdigit()
    if _MAY_END.fullmatch(last):
        return following[:1].isupper() or is_cjk(following[:1])
    initial = len(last) == 1 and last.isalpha() and word[0].isupper() and word[0] != "I"
    return _ABBREVIATION.fullmatch(last) is None and not initial
