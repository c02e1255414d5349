"""Words of danger to somebody or something, told from those that only sound like it.

Missing a danger is worse than suspecting one, so its words stand for it wherever they are found. What many a harmless
question says with them (a machine that swallowed a card, an exploded drawing, the alarm that warns of a gas) is taken
out before.
"""

from __future__ import annotations

import re

_ALARM = r"(?:alarm|detector|sensor|monitor|meter|reader)s?"
_SOUNDS = r"\b(?:(?:going|goes|went|gone) off|beep|sound|ringing|trigger|shows|ppm)"
_PLUGGED_IN = r"(?:plugs?|sockets?|outlet|cables?|wires?|cords?|charger|adapt[eo]r|lamp|case|device|switch)"
_TAKES_CARDS = r"(?:machine|atm|terminal|bank)"

_ENGLISH = (
    r"caught fire|on fire|catch(?:es|ing)? fire|fire hazard",
    r"smok(?:e|ing) (?:is |was )?(?:coming|came|from|out)|(?:is|was|started|starts|it's) smoking",
    r"smoke[sd] (?:from|coming)|smells? (?:of|like) burn\w*",
    r"burn(?:t|ed|ing|s)? (?:smell|my|me|mark|through)|burn(?:t|ed) (?:his|her|our|the|a)\b",
    r"electric(?:al)? shock|shock(?:ed)?(?: me| from|$)|shocks? (?:when|whenever|every|each)\b|electrocut\w+",
    rf"shocked by (?:\w+ )?{_PLUGGED_IN}\b",
    r"explo(?:de|ded|ding|sion)|melt(?:ed|ing|s)\b|sparks?\b|sparking|overheat(?:s|ed|ing)?|injur(?:y|ed|ies)",
    r"carbon monoxide|gas leak|gas smell|smell(?:s|ed|ing)? (?:of )?gas",
    rf"(?:co|smoke|gas|fire) {_ALARM} [^.?!]*?{_SOUNDS}",
    r"(?:swollen|bulging|puffed up|leaking) (?:batter|cell)\w*",
    r"(?:batter\w*|cells?)(?: \w+){0,4} (?:swollen|bulging|puffed up)",
    r"bleeding|swallowed|suicid\w+|kill myself",
)
_CHINESE = (
    r"着火|起火|冒烟|烧焦|焦味|糊味|烧糊|触电|漏电|电到|被电[了得伤击]|爆炸|炸了|融化|熔化|冒火花|打火花|过热|发烫得?厉害",
    r"电池[^，。！？]{0,4}鼓(?:起|包|胀|了)|鼓包|煤气|一氧化碳|(?:燃气|天然气)(?:味|泄[漏露]|漏)|漏(?:燃气|天然气|气了)",
    r"(?:燃气|烟雾|烟感)[^，。！？]{0,3}报警(?:了|器?[^，。！？]{0,4}[响叫])",
    r"误吞|(?:电池|磁铁|磁珠|零件|螺丝)[^，。！？]{0,4}吞|吞[^，。！？卡]{0,4}(?:电池|磁铁|磁珠|零件|螺丝)",
    r"烫伤|烧伤|受伤|自杀|不想活",
)
_HARMLESS_ENGLISH = (
    r"burn(?:t|ed|ing|s)? (?:my|a|the) (?:\w+ )?(?:cds?|dvds?|dis[ck]s?|image|iso|files?|photos?|videos?|music)\b",
    r"(?:price|oil|culture) shock|bleeding edge|melting (?:pot|point)|what happens (?:after|once|when) the \w+ melts",
    r"explo(?:ded|sion) (?:view|diagram|drawing|pie|chart|proof)|(?:adobe|apache) spark|spark plugs?",
    r"(?:deliver\w*|shipp?\w*|weather|conditions|raining|sunny|cloudy|shop|store) (?:\w+ )?(?:in|to) sparks\b",
    rf"(?:carbon monoxide|gas leak) {_ALARM}(?![^.?!]*(?:{_SOUNDS}))",
    rf"{_TAKES_CARDS}(?: has| had| just)* swallowed|swallowed card",
    rf"card (?:\w+ ){{0,2}}swallowed(?! by (?!(?:\w+ )?{_TAKES_CARDS}))",
)
_HARMLESS_CHINESE = (
    # Charged to 80 %, refunded to an account.
    r"[充断来停通供放回耗用省退]电到|漏电(?:保护|断路|检测|开关)|过热(?:保护|报警|提醒|检测)|爆炸(?:图|视图|案)",
    r"(?:煤气|燃气|天然气|一氧化碳)(?:泄[漏露])?(?:报警(?!了)|探测|检测|传感|警报|感应)[器仪]?(?![^，。！？]{0,6}(?:[响叫]|报警))",
)


def _any_of(english: tuple[str, ...], chinese: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(english)})|{'|'.join(chinese)}")


_DANGER = _any_of(_ENGLISH, _CHINESE)
_HARMLESS = _any_of(_HARMLESS_ENGLISH, _HARMLESS_CHINESE)


def speaks_of_danger(folded: str) -> bool:
    """Whether a message speaks of danger to somebody or something; expects folded, Simplified text."""
    return bool(_DANGER.search(_HARMLESS.sub(" ", folded)))
