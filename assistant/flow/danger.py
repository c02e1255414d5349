"""Words of danger to somebody or something, told from those that only sound like it.

Missing a danger is worse than suspecting one, so most words stand for it wherever they are found. Those that many a
harmless question has, too (a machine that swallowed a card, an exploded drawing, the alarm that warns of a gas), stand
for it only with what makes them dangerous beside them.
"""

from __future__ import annotations

import re

_THINGS = (
    r"(?:plugs?|cables?|cords?|wires?|wiring|charger|adapt[eo]r|sockets?|outlet|batter(?:y|ies)|case|casing|housing|"
    r"plastic|cover|device|product|unit|appliance|lamp|bulb|light|display|screen|camera|doorbell|lock|thermostat|"
    r"heater|sensor|speaker|remote|button|hub|switch|strip|connector|it|they)"
)
_BURNT = (
    r"(?:hands?|fingers?|arms?|legs?|foot|feet|face|skin|son|daughter|child|kid|baby|carpet|table|wall|floor|desk|bed)"
)
_BEINGS = (
    r"(?:i|he|she|we|they|who|somebody|someone|child|kid|baby|infant|toddler|boy|girl|(?:grand)?son|(?:grand)?daughter|"
    r"brother|sister|nephew|niece|mum|mom|mother|dad|father|husband|wife|friend|dog|puppy|cat|kitten|pet)"
)
_MAY_HAVE = r"(?:'s| has| have| had| may| might| could| just| accidentally)*"
_SMALL = r"(?:batter(?:y|ies)|cells?|magnets?)"
_ALARM = r"(?:alarm|detector|sensor|monitor|meter|reader|warning)"

_ENGLISH = (
    r"caught fire|on fire|catch(?:es|ing)? fire|fire hazard",
    r"smok(?:e|ing) (?:is |was )?(?:coming|came|from|out)|(?:is|was|started|starts|it's) smoking|smokes from",
    r"burn(?:t|ed|ing|s)? (?:smell|me|mark|through)",
    rf"burn(?:s|ing)? (?:my|his|her|our|the|a) (?:\w+ )?{_BURNT}\b",
    r"burn(?:t|ed) (?:my|his|her|our|the|a) (?!(?:\w+ )?(?:cds?|dvds?|dis[ck]s?|image|iso)\b)",
    r"smells? (?:of|like) burn\w*",
    r"electric(?:al)? shock|shock(?:ed|s)? (?:me|him|her|us|my|from)\b|electrocut\w+",
    r"(?:got|get|gets|getting|felt|feel) (?:a |an )?(?:\w+ )?shock(?:ed|s)?\b|shocks? (?:when|whenever|every|each)\b",
    r"(?:gave|gives|giving|given) (?:me|him|her|us|my \w+) (?:a |an )?(?:\w+ )?shocks?",
    rf"shocked by (?:\w+ )?{_THINGS}\b",
    r"explo(?:ded?|des|ding|sions?)\b(?! (?:view|diagram|drawing|pie|chart|proof))",
    r"(?:is|are|was|were|has|have|had|got|gets|started|starts|began|it's) (?:\w+ )?melting",
    rf"(?<!\ba )(?<!\bthe )melted\b|{_THINGS} (?:just |also )?melt(?:s|ed|ing)?\b|melt(?:ed|ing) {_THINGS}\b",
    r"sparks? (?:from|fly|flew|flying|came|come|comes|coming|out of|when|inside|and)|and sparks?|sparking",
    rf"{_THINGS} sparks?\b",
    r"(?:saw|see|seen|there (?:is|are|was|were)|makes?|made|making|gives? off|gave off|throws?|threw|shoots?|shot) "
    r"(?:a |some )?(?:\w+ )?sparks?\b(?! plug)",
    r"overheat(?:s|ed|ing)?|injur(?:y|ed|ies)|bleeding\b(?! edge)",
    rf"(?:carbon monoxide|co|smoke|gas|fire) {_ALARM}s?(?: \w+)? (?:going|goes|went|gone) off",
    rf"(?:carbon monoxide|co|gas) {_ALARM}s? (?:\w+ ){{0,2}}(?:is|keeps?|kept|started|starts|won't stop) "
    r"(?:\w+ )?(?:beeping|sounding|ringing)",
    rf"carbon monoxide\b(?! {_ALARM})|gas leak(?:s|ing)?\b(?! (?:{_ALARM}|detection))|gas smell",
    r"smell(?:s|ed|ing)? (?:of )?gas",
    r"(?:swollen|bulging|puffed up|leaking) (?:batter|cell)\w*",
    r"(?:batter\w*|cells?)(?: \w+){0,4} (?:swollen|bulging|puffed up)",
    rf"{_BEINGS}{_MAY_HAVE} (?:have )?swallow(?:ed|s)?|swallow(?:ed|ing|s)? (?:\w+ ){{1,3}}{_SMALL}\b",
    rf"{_SMALL}(?: \w+){{0,3}} swallowed",
    r"suicid\w+|kill myself",
)
_CHINESE = (
    r"着火|起火|冒烟|烧焦|焦味|糊味|烧糊|炸了|冒火花|打火花",
    r"爆炸(?!图|性|式|视图|案)|融化|熔化|过热(?!保护|报警|提醒|检测)|发烫得?厉害",
    # Not 充电到一半, 退电到账.
    r"触电|漏电(?!保护|断路|检测|开关)|(?<![充断来停通供放回耗用省退])电到(?:了|我|人|手|他|她|孩子|小孩|一下)|"
    r"被电(?:到|了|得)",
    r"电池[^，。！？]{0,4}鼓(?:起|包|胀|了)|鼓包",
    r"(?:煤气|燃气|天然气)味|漏(?:煤气|燃气|天然气|气了)",
    r"(?:煤气|燃气|天然气|一氧化碳)(?:泄[漏露]|中毒|超标|漏了?)(?!报警|探测|检测|传感|警报|感应)",
    r"(?:煤气|燃气|一氧化碳|烟雾|烟感)[^，。！？]{0,3}报警器?[^，。！？]{0,4}[响叫]",
    r"(?:煤气|燃气|一氧化碳)[^，。！？]{0,4}报警了",
    # Not 吞卡.
    r"误吞|(?:电池|磁铁|磁珠|零件|螺丝)[^，。！？]{0,4}吞|吞[^，。！？卡]{0,4}(?:电池|磁铁|磁珠|零件|螺丝)",
    r"烫伤|烧伤|受伤|自杀|不想活",
)
_PATTERN = re.compile(rf"\b(?:{'|'.join(_ENGLISH)})|{'|'.join(_CHINESE)}")


def speaks_of_danger(folded: str) -> bool:
    """Whether a message speaks of danger to somebody or something; expects folded, Simplified text."""
    return bool(_PATTERN.search(folded))
