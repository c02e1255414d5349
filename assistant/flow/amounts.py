"""Which kind of amount a question asks for, and whether a sentence states one of that kind."""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from assistant.flow.claims import Claims, claims_of
from assistant.flow.units import MONEY, SOFT
from assistant.knowledge.scripts import to_simplified


class Amount(Enum):
    """What a number tells."""

    TIME = "time"
    MONEY = "money"
    LENGTH = "length"
    WEIGHT = "weight"
    STORAGE = "storage"
    WARMTH = "warmth"
    POWER = "power"
    COUNT = "count"


_TIMES = "seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?"
_AUX = "do|does|did|is|are|will|can|should|would|am|was|has|have|must|may"
_ASKED = {
    Amount.TIME: (
        r"\bhow (?:long|soon|quick(?:ly)?|fast|often|late|early)\b",
        rf"\bhow (?:many|much) (?:\w+ )?(?:{_TIMES})\b",
        rf"(?:^|[,.;:?!]\s*|\b(?:and|or|until|till|by|from|since) )when(?:\s+(?:{_AUX})\b|\s*[?]?$)",
        r"\bwhat (?:time|date|day|year)\b|\btimes?[?]?$|\bthe (?:long|short)est\b",
        r"\b(?:period|deadline|time limit|opening hours|lead time|duration)\b",
        r"多久|多长时间|什么时候|何时|多快|哪[天年]|时效|期限|有效期|保修期|时间$|要等",
        r"(?:几|多少)个?(?:天|日|周|星期|月|年|小时|钟头|分钟|秒|点|号|工作日)",
    ),
    Amount.MONEY: (
        r"\bhow much\b(?! (?:time|space|storage|memory|\w*weigh\w*))|\bhow expensive\b",
        r"\b(?:costs?|prices?|fees?|postage|percent|discount)\b|\bcharges? for\b|%",
        r"\b(?:min(?:imum)?|smallest|lowest) (?:order|spend|amount)\b",
        r"多少(?:钱|元|块|运费|邮费)|几(?:块|元|折)|费用|价格|售价|运费|邮费|手续费",
        r"包邮|免邮|免运|(?:怎么|如何)收费",
    ),
    Amount.LENGTH: (
        r"\bhow (?:far|big|tall|thick|wide|high|deep|large)\b|\b(?:height|width|thickness|depth|distance|range|size)\b",
        r"多[大高宽厚远深]|多长(?!时间)|尺寸|距离|高度|宽度|厚度|几米|多少米",
    ),
    Amount.WEIGHT: (r"\bhow heavy\b|\bweigh(?:t|s)?\b", r"多重|重量"),
    Amount.STORAGE: (
        r"\bhow (?:big|large|much (?:space|storage|memory))\b|\b(?:capacity|size|speed|bandwidth)\b",
        r"多大|容量|内存|带宽|网速",
    ),
    Amount.WARMTH: (r"\bhow (?:hot|cold|warm)\b|\btemperatures?\b|\bdegrees?\b", r"多少度|几度|温度"),
    Amount.POWER: (
        r"\b(?:voltage|volts?|watts?|amps?|power (?:rating|consumption))\b|\bhow loud\b",
        r"电压|功率|电流|几[伏瓦安]|多少[伏瓦安]|多响|分贝",
    ),
    Amount.COUNT: (
        rf"\bhow many (?!(?:\w+ )?(?:{_TIMES}|percent)\b)|\bnumber of\b|\bmax(?:imum)?\b|\blimit\b",
        r"(?:几|多少)(?:[个张次台位人名条把节枚款种件户](?!月|小时|星期|工作日|钟头)|(?=用户|设备|成员))|最多|上限",
    ),
}
_PATTERNS = {kind: re.compile("|".join(patterns)) for kind, patterns in _ASKED.items()}
_KINDS = (
    dict.fromkeys(SOFT, Amount.TIME)
    | dict.fromkeys((*MONEY.values(), "percent", "discount"), Amount.MONEY)
    | dict.fromkeys(("", "times", "fold"), Amount.COUNT)
    | dict.fromkeys(("mm", "cm", "metre", "km"), Amount.LENGTH)
    | dict.fromkeys(("gram", "kg"), Amount.WEIGHT)
    | dict.fromkeys(("KB", "MB", "GB", "TB", "Mbit/s"), Amount.STORAGE)
    | {"celsius": Amount.WARMTH}
)


def asked_amounts(query: str) -> frozenset[Amount]:
    """The kinds of amount that a question asks for; none for a question about something else."""
    asked = to_simplified(query).lower()
    return frozenset(kind for kind, pattern in _PATTERNS.items() if pattern.search(asked))


@lru_cache(maxsize=4096)
def stated_amounts(text: str) -> frozenset[Amount]:
    """The kinds of amount that a sentence, a list item or a row of a table states."""
    return frozenset(_stated(claims_of(text, source=True)))


def _stated(said: Claims) -> set[Amount]:
    # Whatever else is measured here (volt, watt, decibel) is of electricity.
    kinds = {_KINDS.get(quantity.unit, Amount.POWER) for quantity in said.quantities if quantity.unit != "date"}
    return kinds | {Amount.TIME} if said.moments else kinds
