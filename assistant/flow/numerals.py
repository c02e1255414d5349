"""Numbers written in words: English ones up to the hundreds, Chinese ones of any size."""

from __future__ import annotations

from decimal import Decimal

_ENGLISH_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_ENGLISH_TENS = {
    word: 10 * n
    for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
ENGLISH = (
    {word: number for number, word in enumerate(_ENGLISH_ONES)} | _ENGLISH_TENS | {"hundred": 100, "thousand": 1000}
)
_ENGLISH_SCALES = {"hundred": 100, "thousand": 1000}

_CHINESE_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5} | {
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_CHINESE_SCALES = {"十": 10, "百": 100, "千": 1000}
_CHINESE_MYRIADS = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
CHINESE_CHARACTERS = "".join([*_CHINESE_DIGITS, *_CHINESE_SCALES, *_CHINESE_MYRIADS])


def english_number(words: str) -> Decimal:
    """The value of ``twelve``, ``twenty-four``, ``two hundred``. Raises ``KeyError`` for other words."""
    total = 0
    for word in words.lower().replace("-", " ").split():
        if word in _ENGLISH_SCALES:
            total = max(total, 1) * _ENGLISH_SCALES[word]
        else:
            total += ENGLISH[word]
    return Decimal(total)


def chinese_number(characters: str) -> Decimal:
    """The value of ``三十``, ``两百五十``, ``二〇二七``, ``一万二千``."""
    if all(character in _CHINESE_DIGITS for character in characters) and len(characters) > 1:
        return Decimal("".join(str(_CHINESE_DIGITS[character]) for character in characters))
    total = section = digit = 0
    for character in characters:
        if character in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[character]
        elif character in _CHINESE_SCALES:
            section += (digit or 1) * _CHINESE_SCALES[character]
            digit = 0
        else:
            total = (total + section + digit or 1) * _CHINESE_MYRIADS[character]
            section = digit = 0
    return Decimal(total + section + digit)
