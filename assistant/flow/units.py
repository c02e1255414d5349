"""Units of quantities in English and Chinese, by one name each."""

from __future__ import annotations

import re
from decimal import Decimal

# Longest spellings first; a unit of one Latin letter counts only right behind its number.
_SPELLINGS: dict[str, str] = {
    "workday": r"(?:working|business|work) ?days?|个?工作[日天]",
    "day": r"(?:calendar )?days?|自然日|[天日]",
    "week": r"weeks?|个?(?:星期|礼拜)|周",
    "month": r"months?|个?月(?!亮)",
    "year": r"years?|yrs?|年(?!龄|级)",
    "hour": r"hours?|hrs?|h|个?小时|个?钟头",
    "minute": r"minutes?|mins?|分钟|分(?![之店类期享别数])",
    "second": r"seconds?|secs?|s|秒钟?",
    "percent": r"%|percent|per cent|个?百分点",
    "GBP": r"gbp|pounds?|英镑",
    "EUR": r"eur|euros?|欧元",
    "USD": r"usd|dollars?|美元",
    "CNY": r"cny|rmb|yuan|人民币|元|块钱?",
    "discount": r"折",
    "times": r"times|次|遍",
    "fold": r"倍",
    "GHz": r"ghz",
    "MHz": r"mhz",
    "TB": r"tb",
    "GB": r"gb",
    "MB": r"mb",
    "KB": r"kb",
    "Mbit/s": r"mbit/s|mbps",
    "dBm": r"dbm",
    "dB": r"db|分贝",
    "mAh": r"mah",
    "VA": r"va",
    "kW": r"kw",
    "volt": r"volts?|v(?! ac\w)|伏特?",
    "watt": r"watts?|w|瓦特?",
    "ampere": r"amps?|amperes?|a(?![\w ])|安培",
    "celsius": r"° ?c|℃|degrees?(?: celsius)?|摄氏度|度",
    "mm": r"mm|millimet(?:er|re)s?|毫米",
    "cm": r"cm|centimet(?:er|re)s?|厘米",
    "km": r"km|kilomet(?:er|re)s?|公里|千米",
    "metre": r"m|met(?:er|re)s?|米",
    "kg": r"kg|kilos?|kilograms?|公斤|千克",
    "gram": r"g|grams?|克",
    "litre": r"litres?|liters?|升",
}
_SUFFIX = re.compile(
    r"[\s-]?(?:" + "|".join(f"(?P<u{n}>{spelling})" for n, spelling in enumerate(_SPELLINGS.values())) + r")(?![a-z])",
    re.IGNORECASE,
)
_NAMES = list(_SPELLINGS)
MONEY = {"£": "GBP", "€": "EUR", "$": "USD", "¥": "CNY", "￥": "CNY"}
SOFT = frozenset({"day", "week", "month", "year", "hour", "minute", "second", "workday"})

_IN_SMALLER = {
    "minute": ("second", 60),
    "hour": ("second", 3600),
    "week": ("day", 7),
    "year": ("month", 12),
    "GHz": ("MHz", 1000),
    "kW": ("watt", 1000),
    "km": ("metre", 1000),
    "kg": ("gram", 1000),
}


def unit_behind(text: str, at: int) -> tuple[str, int]:
    """The unit that stands at ``at`` in ``text`` and where it ends; an empty name if there is none."""
    match = _SUFFIX.match(text, at)
    if match is None or match.lastgroup is None:
        return "", at
    return _NAMES[int(match.lastgroup[1:])], match.end()


def in_base(value: Decimal, unit: str) -> tuple[Decimal, str]:
    """The quantity in the unit in which equal ones compare equal (two minutes are 120 seconds)."""
    smaller, factor = _IN_SMALLER.get(unit, (unit, 1))
    return (value * factor).normalize(), smaller
