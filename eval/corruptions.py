"""Sentences made wrong on purpose, and right ones said in other ways, to measure the check of written answers."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Corruption = Callable[[str, str, random.Random], str]

_FIGURE = re.compile(
    r"(?<![\w.,:\-/])\d+(?:\.\d+)?(?![\w:\-/]|[.,]\d)|(?<![A-Za-z\d.,:\-/])\d+(?:\.\d+)?(?=[\u4e00-\u9fff ])"
)
_CODE = re.compile(r"(?<![A-Za-z0-9\-])[A-Z]+-?\d+(?![A-Za-z0-9])")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?: [A-Z][a-z]+)*")
_YEAR = re.compile(r"20\d\d")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_OTHER_CODES = ("H7", "X9", "Q4", "E-91")
_OTHER_NAMES = ("Spain", "Klarna", "Zigzag", "Norway")
_CHINESE_NAMES = {
    "微信": "抖音",
    "支付宝": "银联",
    "顺丰": "圆通",
    "京东": "拼多多",
    "新疆": "海南",
    "杭州": "深圳",
    "门锁": "窗帘",
    "网关": "音箱",
} | {
    "摄像机": "投影仪",
    "门铃": "空调",
    "插座": "灯泡",
    "温控器": "加湿器",
}
_UNITS = {
    "en": (
        ("minutes", "hours"),
        ("hours", "minutes"),
        ("seconds", "minutes"),
        ("days", "weeks"),
        ("months", "years"),
        ("years", "months"),
        ("GB", "TB"),
        ("£", "€"),
        ("€", "£"),
        ("%", "euros"),
        ("working days", "days"),
    ),
    "zh": (
        ("分钟", "小时"),
        ("小时", "分钟"),
        ("秒", "分钟"),
        ("个工作日", "天"),
        ("天", "周"),
        ("个月", "年"),
        ("年", "个月"),
        ("¥", "€"),
        ("%", "元"),
    ),
}
_CONDITIONS = {
    "en": (
        ("before", "after"),
        ("after", "before"),
        ("at least", "at most"),
        ("at most", "at least"),
        ("up to", "at least"),
        ("within", "after"),
        ("if", "unless"),
        ("If", "Unless"),
        ("when", "unless"),
        ("until", "after"),
        ("more than", "less than"),
        ("below", "above"),
        ("with", "without"),
        ("on", "off"),
        ("every", "some"),
        ("first", "last"),
    ),
    "zh": (
        ("之前", "之后"),
        ("以前", "以后"),
        ("之后", "之前"),
        ("后", "前"),
        ("前", "后"),
        ("至少", "最多"),
        ("最多", "至少"),
        ("以上", "以下"),
        ("以内", "以上"),
        ("超过", "低于"),
        ("低于", "超过"),
        ("如果", "除非"),
        ("打开", "关闭"),
        ("关闭", "打开"),
        ("全部", "部分"),
        ("每", "部分"),
    ),
}
_DENIALS = {
    "en": (
        (" cannot ", " can "),
        (" can ", " cannot "),
        (" does not ", " does "),
        (" do not ", " do "),
        (" is not ", " is "),
        (" are not ", " are "),
        (" not ", " "),
        (" never ", " always "),
        (" no ", " a "),
        (" without ", " with "),
        (" is ", " is not "),
        (" are ", " are not "),
        (" will ", " will not "),
        (" has ", " has no "),
        (" must ", " must not "),
    ),
    "zh": (
        ("不支持", "支持"),
        ("不能", "能"),
        ("不会", "会"),
        ("不需要", "需要"),
        ("不可以", "可以"),
        ("没有", "有"),
        ("无法", "可以"),
        ("不要", "要"),
        ("支持", "不支持"),
        ("可以", "不可以"),
        ("需要", "不需要"),
        ("会", "不会"),
        ("包含", "不包含"),
        ("请", "请不要"),
    ),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence as a model might write it, the passage that it cites, and whether it is right."""

    kind: str
    locale: str
    text: str
    cited: str
    right: bool


def wrong(sentence: str, cited: str, locale: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Each kind of corruption that can be done to ``sentence``, with what it becomes."""
    kinds: dict[str, Corruption] = {
        "number": _new_number,
        "number from the passage": _other_number,
        "unit": lambda text, _, luck: _swapped(text, _UNITS[locale], luck, behind=r"\d[\d.,]* ?|^|\W"),
        "date": _new_date,
        "negation": lambda text, _, luck: _denied(text, locale, luck),
        "entity": _new_entity,
        "entity from the passage": _other_entity,
        "condition": lambda text, _, luck: _swapped(text, _CONDITIONS[locale], luck, whole=locale == "en"),
        "link": lambda text, _, luck: (
            f"{text} {luck.choice(('https://evil.example/pay', 'fernhaven-refunds.com', '[here](http://a.top)'))}"
        ),
        "invention": lambda text, _, luck: _invented(text, locale, luck),
    }
    for kind, corrupt in kinds.items():
        changed = corrupt(sentence, cited, chance)
        if changed and changed != sentence and changed not in cited:
            yield kind, changed


def right(sentence: str, following: str, locale: str) -> Iterator[tuple[str, str]]:
    """Ways to say the same: as it stands, numbers written otherwise, a clause alone, two sentences in one."""
    yield "verbatim", sentence
    words = _numbers_rewritten(sentence, locale)
    if words != sentence:
        yield "numbers rewritten", words
    if following and not following.startswith("|"):
        joint = "，" if locale == "zh" else "; "
        yield "two in one", sentence.rstrip(".。") + joint + following


def _new_number(text: str, cited: str, chance: random.Random) -> str:
    figures = _FIGURE.findall(text)
    if not figures:
        return ""
    old = chance.choice(figures)
    new = next(str(n) for n in (int(float(old)) + chance.randint(2, 40) for _ in range(50)) if str(n) not in cited)
    return _replace_figure(text, old, new)


def _other_number(text: str, cited: str, chance: random.Random) -> str:
    figures = _FIGURE.findall(text)
    others = sorted(set(_FIGURE.findall(cited)) - set(figures))
    if not figures or not others:
        return ""
    return _replace_figure(text, chance.choice(figures), chance.choice(others))


def _replace_figure(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<![\w.,:\-/]){re.escape(old)}(?![\d:\-/]|[.,]\d)", new, text, count=1)


def _new_date(text: str, cited: str, chance: random.Random) -> str:
    for month in _MONTHS:
        if month in text:
            return text.replace(month, _MONTHS[(_MONTHS.index(month) + 3) % 12], 1)
    year = _YEAR.search(text)
    if year:
        return text.replace(year[0], str(int(year[0]) + 2), 1)
    month_zh = re.search(r"(\d{1,2}) ?月", text)
    return text.replace(month_zh[0], f"{int(month_zh[1]) % 12 + 1} 月", 1) if month_zh else ""


def _new_entity(text: str, cited: str, chance: random.Random) -> str:
    for old, new in _CHINESE_NAMES.items():
        if old in text and new not in cited:
            return text.replace(old, new)
    for pattern, others in ((_CODE, _OTHER_CODES), (_NAME, _OTHER_NAMES)):
        found = pattern.findall(text)
        if found:
            return text.replace(chance.choice(found), chance.choice(others), 1)
    return ""


def _other_entity(text: str, cited: str, chance: random.Random) -> str:
    here = set(_CODE.findall(text))
    there = sorted(set(_CODE.findall(cited)) - here)
    return text.replace(chance.choice(sorted(here)), chance.choice(there)) if here and there else ""


def _swapped(
    text: str, pairs: tuple[tuple[str, str], ...], chance: random.Random, *, behind: str = "", whole: bool = False
) -> str:
    fits = []
    for old, new in pairs:
        pattern = (
            rf"\b{re.escape(old)}\b"
            if whole
            else (rf"(?<=\d){re.escape(old)}|(?<=\d ){re.escape(old)}|[£€¥](?=\d)" if behind else re.escape(old))
        )
        found = re.search(pattern, text)
        if found and found[0] == old:
            fits.append((found, new))
    if not fits:
        return ""
    found, new = chance.choice(fits)
    return text[: found.start()] + new + text[found.end() :]


def _denied(text: str, locale: str, chance: random.Random) -> str:
    """A denial taken away, or one added where there was none: two in a row would be no language."""
    denied = re.search(
        r"\b(?:not|no|never|neither|nor|nobody|nothing|without|cannot|unless)\b|n't|不|没|无|未|别", text
    )
    taking = tuple(
        pair
        for pair in _DENIALS[locale]
        if len(pair[0]) > len(pair[1]) or pair[0] in (" no ", " never ", " without ", "无法")
    )
    return _swapped(text, taking if denied else tuple(set(_DENIALS[locale]) - set(taking)), chance)


def _invented(text: str, locale: str, chance: random.Random) -> str:
    if locale == "zh":
        extra = chance.choice(("，还会赠送一张购物卡", "，店员会陪同您到机场领取", "，另外可以享受优先体检服务"))
        return text.rstrip("。") + extra + "。"
    extra = chance.choice(
        (
            ", and a courier brings flowers",
            ", plus a complimentary hotel voucher",
            ", while our dentist takes care of breakfast",
        )
    )
    return text.rstrip(".") + extra + "."


_WORDS = {
    "2": "two",
    "3": "three",
    "4": "four",
    "5": "five",
    "6": "six",
    "7": "seven",
    "8": "eight",
    "10": "ten",
    "12": "twelve",
    "30": "thirty",
}
_HAN = {
    "2": "两",
    "3": "三",
    "4": "四",
    "5": "五",
    "6": "六",
    "7": "七",
    "8": "八",
    "10": "十",
    "12": "十二",
    "30": "三十",
}


def _numbers_rewritten(text: str, locale: str) -> str:
    if locale == "zh":
        spelt = re.sub(
            r"(?<![\w.,:\-–~～/−])(\d+) ?(?=个月|天|分钟|秒|小时|周|次|年(?!\d))", lambda m: _HAN.get(m[1], m[1]), text
        )
        return spelt.replace("¥", "￥").replace(" %", "%").replace("–", "到")
    spelt = re.sub(
        r"(?<![\w.,:\-–/−£€])(\d+) (?=days|minutes|seconds|hours|months|weeks|times|years)",
        lambda m: _WORDS.get(m[1], m[1]) + " ",
        text,
    )
    return spelt.replace(" %", "%").replace("–", " to ")
