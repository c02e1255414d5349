"""Numbers that are said to be the least or the most: "up to 7 members" supports no "at least 7 members"."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from assistant.flow.claims import plain
from assistant.knowledge.scripts import to_simplified

Way = Literal["least", "most"]
_OTHER: dict[Way, Way] = {"least": "most", "most": "least"}


class Bound(NamedTuple):
    """A number, and whether it is the least or the most of something."""

    value: Decimal
    way: Way


_FIGURE = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?:\.\d+)?|(?<![\w.,-])\d+(?:\.\d+)?")
_BEFORE: dict[Way, re.Pattern[str]] = {
    "least": re.compile(
        r"(?:at least|(?:a )?minimum(?: of)?|(?:no|not) (?:less|fewer) than|至少|最少|不少于|不低于) ?$"
    ),
    "most": re.compile(
        r"(?:up to|at most|(?:a )?maximum(?: of)?|(?:no|not) more than|最多|至多|最长|最大|最高|不超过|不多于)"
        r"(?:可以?|为)? ?$"
    ),
}
# A unit may stand between the number and what is said of it.
_BEHIND: dict[Way, re.Pattern[str]] = {
    "least": re.compile(r" ?(?:[a-z%°]+ )?(?:or more|at least)\b|\s?[\u3400-\u9fff%a-z]{0,3}?(?:以上|及以上)"),
    "most": re.compile(
        r" ?(?:[a-z%°]+ )?(?:or less|or fewer|at most)\b|\s?[\u3400-\u9fff%a-z]{0,3}?(?:以内|之内|以下)"
    ),
}
_FAR = 24


@lru_cache(maxsize=4096)
def bounds_of(text: str) -> frozenset[Bound]:
    """The numbers in ``text`` that are a least or a most."""
    folded = to_simplified(plain(text)).lower()
    found: set[Bound] = set()
    for match in _FIGURE.finditer(folded):
        before, behind = folded[max(0, match.start() - _FAR) : match.start()], folded[match.end() : match.end() + _FAR]
        value = Decimal(match[0].replace(",", ""))
        found |= {Bound(value, way) for way in _OTHER if _BEFORE[way].search(before) or _BEHIND[way].match(behind)}
    return frozenset(found)


def turned_bounds(said: str, source: str) -> bool:
    """Whether ``said`` makes the least of a number what the source makes the most of it, or the other way round."""
    held = bounds_of(source)
    return any(bound not in held and Bound(bound.value, _OTHER[bound.way]) in held for bound in bounds_of(said))
