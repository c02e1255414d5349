"""What a message points to without anybody having named it: “this device” at the start of a conversation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from assistant.flow.claims import codes_in
from assistant.flow.parts import CLAUSE_END
from assistant.knowledge.scripts import to_simplified
from assistant.knowledge.segment import content_words, pieces, tokens

# “That” points after a preposition; elsewhere it may as well join two clauses.
_POINTED_EN = re.compile(
    r"\b(?:this|these|those|such an?|(?:of|for|in|on|with|to|from|about|at|by|into) that) "
    r"(?P<noun>[a-z][\w'-]*(?: [a-z][\w'-]*)?)"
)
_POINTED_ZH = re.compile(
    # 那 without a measure word goes on (“then”) instead of pointing.
    r"(?:(?:这|(?<![应活])该|(?<![因如彼])此)(?:一|两|几)?"
    r"(?:个|款|种|台|些|把|只|张|部|双|件|项|份|条|位|本|套|块|类|笔|座|家|所)?|"
    r"那(?:一|两|几)?(?:个|款|种|台|些|把|只|张|部|双|件|项|份|条|位|本|套|块|类|笔|座|家|所))(?P<noun>[\u3400-\u9fff]{2,8})"
)
# Time and place of the talk itself, and its parties: nobody needs to name them.
_PLACES = (
    "year month week morning time way afternoon evening moment day days weekend point app website site chat company "
    "shop store page service assistant bot conversation case kind type sort all question problem issue 时候 时间 样子 "
    "里面 边 年 月 周 天 次 公司 商店 店铺 网站 平台 页面 客服 机器人 情况 问题 软件 程序 活动 地方 方面"
)
_HERE = frozenset(_PLACES.split())
_ACTS = (
    r"is|are|was|were|be|been|do|does|did|can|could|will|would|has|have|had|must|should|may|might|not|ever|still|just|"
    r"on|in|at|of|for|to|from|with|by|and|or|but|out|up|off|happens?|happened|means?|works?|helps?|costs?|\w+n't"
)
_NO_NOUN = (
    rf"(?:{_ACTS}|so|very|too|also|about|as|if|than|then|i|you|we|they|he|she|it|a|an|the|my|your|our|their|ones?|"
    r"really|actually)\b"
)
_NO_NOUN_EN = re.compile(_NO_NOUN)
_NO_NOUN_ZH = re.compile(
    r"怎|如何|为什么|为何|是|在|能|可|要|会|有|没|多|么|就|也|还|都|不|被|给|到|用|让|把|应该|需要|什么"
)
_PRONOUN_EN = re.compile(
    rf"\b(?:it|its|they|them|(?:this|that|these|those) ones?)\b|\b(?:this|that|these|those)\b(?=\W*$|\W+(?:{_ACTS})\b)"
)
_PRONOUN_ZH = re.compile(rf"[它牠]|[这那](?:个|些|东西|玩意儿?)?(?=\W*$|{_NO_NOUN_ZH.pattern})")
# It stands for nothing: is it possible to …, how long does it take to …
_EXPLETIVE = re.compile(
    r"\b(?:is|was|will|would)(?: it|n't it| it be)? (?:possible|ok|okay|alright|all right|safe|normal|true|allowed|"
    r"legal|necessary|worth|better|best|too late|free|hard|easy|difficult)\b|"
    r"\bit (?:takes?|costs?|seems?|says?|said)\b|"
    r"\b(?:does|do|will|did) it (?:take|cost|matter|say)\b|\bthat(?:'s| is) (?:it|all)\b"
)
_FEW_WORDS = 2
_LINK = re.compile(r"\w://|@")


def points_at_nothing(text: str, before: Iterable[str]) -> bool:
    """Whether a message points to something that neither it nor what was said ``before`` names.

    Either with a noun ("this device", 这款设备) of which nobody has spoken, or, as a first message, with a pronoun that
    nearly all else in it is about ("how do I reset it", 它怎么重置).
    """
    plain = to_simplified(unicodedata.normalize("NFKC", text)).lower().replace("’", "'").strip()
    earlier = list(before)
    # What comes after a clause that says something points back to that clause.
    clause = next((part for part in CLAUSE_END.split(plain) if len(part) >= 4), plain)
    if codes_in(plain) or _LINK.search(plain):
        return False
    if _unnamed_noun(clause, earlier):
        return True
    return not earlier and clause.strip() == CLAUSE_END.sub("", plain).strip() and _mere_pronoun(clause)


def _unnamed_noun(clause: str, earlier: Sequence[str]) -> bool:
    english = (found["noun"] for found in _POINTED_EN.finditer(clause) if not _NO_NOUN_EN.match(found["noun"]))
    chinese = (found["noun"] for found in _POINTED_ZH.finditer(clause) if not _NO_NOUN_ZH.match(found["noun"]))
    nouns = [_words_of(noun) for noun in (*english, *(pieces(noun)[0] for noun in chinese))]
    # Most messages point to nothing, and what was said before is long.
    named = _HERE.union(*map(tokens, earlier)) if nouns else _HERE
    return any(words and not words & named for words in nouns)


def _words_of(noun: str) -> frozenset[str]:
    return frozenset(tokens(noun)) | frozenset(noun.split())


def _mere_pronoun(clause: str) -> bool:
    without = _EXPLETIVE.sub(" ", clause)
    pointing = _PRONOUN_ZH if re.search(r"[\u3400-\u9fff]", clause) else _PRONOUN_EN
    return bool(pointing.search(without)) and len(frozenset(content_words(pointing.sub(" ", without)))) <= _FEW_WORDS
