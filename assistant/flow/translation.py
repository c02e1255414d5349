"""Check what a chat model made of a quote in another language, as far as that can be done without a model.

What is written alike in every language must stand in both, neither more nor less: quantities, dates, times, links,
addresses, codes, and names that are no plain words. Sentences that deny must deny in both. Whether the other words mean
the same cannot be told: a translation is always labelled, and the original stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.domain.locales import is_chinese
from assistant.domain.sentences import sentences
from assistant.flow.check import is_held, moment_is_held, told_of, unsafe
from assistant.flow.claims import Claims, claims_of, plain
from assistant.flow.numerals import CHINESE_CHARACTERS, ENGLISH
from assistant.flow.support import Stretch, is_chinese_text, stretch

_TABLE = re.compile(r"^\s*\|", re.MULTILINE)
# What languages write in their own ways even in a faithful translation: numbers in words, places in an order, decades,
# centuries, months alone.
_UNSTEADY = re.compile(
    r"\d[\d,.]* ?(?:thousand|million|billion|trillion|[千百万萬亿億])"
    rf"|\b(?:{'|'.join(sorted(ENGLISH, key=len, reverse=True))}|twice|half)\b|\b\d{{4}}s\b|\d{{2,4}} ?年代"
    r"|(?<!\d年)(?<!\d年 )(?<!\d 年 )(?<![\d.])\d{1,2} ?月(?! ?\d)|\d{1,3}(?:st|nd|rd|th)\b|\d{1,2} ?世纪|第 ?\d+"
    rf"|(?<![\d{CHINESE_CHARACTERS}])[{CHINESE_CHARACTERS}]+|半",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]")
_LATIN_NAME = re.compile(r"[a-z]")
# What has a dot inside is read as an address by many programs, whatever it ends in.
_DOTTED = re.compile(r"(?<![\w.])[a-z0-9][\w-]*(?:\.[a-z][\w-]+)+", re.ASCII)
_NAME_PARTS = re.compile(r"[-.'’]")
# What plainly denies, and what may stand for it in the other language: "unlimited" is 不限, "only" is 不…以外.
_DENIAL = re.compile(
    r"\b(?:not|never|cannot|no|nobody|none|nothing|neither)\b|n't\b|不(?:能|要|得|可|会|是|需|用|支持|提供|包)|没有?|切勿|无法|从不|并非"
)
_TRACE = re.compile(
    r"\b(?:un|in|im|ir|non|dis|mis)\w{3}|less\b|\b(?:without|except|only|fail|lack|avoid|prevent|instead|rather|unless|until|other|"
    r"ban|forbid|forbidden|refuse|exclude|stop|free|hardly|rarely|few|little|out of|far|too|nor|no|end|lose|lost|miss)"
    r"|[不没無无非未别勿莫否禁免除缺仅只拒防避难少失停才外]"
)
# A Chinese text says in one character what takes English two to four letters. These bounds only catch what is broken
# off, or spun on: the passages of xquad and their translations lie between 2.1 and 4.1 letters a character.
_FEWEST, _MOST = 1.0, 8.0


def check_translation(original: str, translation: str, language: str) -> list[str]:
    """What is wrong with a translation of ``original`` into ``language``; empty if nothing that can be told."""
    if is_chinese_text(translation) != is_chinese(language):
        return ["language"]
    found = [*unsafe(_TABLE.sub("", translation)), *_length(original, translation)]
    found += [f"{fact} left out" for fact in _lacking(original, translation)]
    found += [f"{fact} added" for fact in _lacking(translation, original)]
    if _denials_differ(original, translation):
        found.append("negation")
    return list(dict.fromkeys(found))


def _length(original: str, translation: str) -> Iterator[str]:
    letters, others = len(_LETTERS.findall(original)), len(_LETTERS.findall(translation))
    chinese, latin = (letters, others) if is_chinese_text(original) else (others, letters)
    if not _FEWEST * chinese <= latin <= _MOST * chinese:
        yield "length"


def _lacking(one: str, other: str) -> Iterator[str]:
    """Facts of the one that the other lacks."""
    said, held = claims_of(_UNSTEADY.sub(" ; ", one)), claims_of(other, source=True)
    yield from (f"number {told_of(fact)}" for fact in said.quantities if not is_held(fact, held.quantities))
    yield from (f"time {moment}" for moment in said.moments if not _moment_is_held(moment, held))
    yield from (f"link {link}" for link in said.links - held.links)
    yield from (f"link {word}" for word in _DOTTED.findall(one.lower()) if word not in other.lower())
    yield from (f"e-mail {email}" for email in said.emails - held.emails)
    beside = plain(other).lower()
    yield from (f"code {code}" for code in said.codes - held.codes if code not in beside.replace("-", ""))
    for name in said.names:
        if _must_stay(name, one) and name not in beside:
            yield f"name {name}"


def _moment_is_held(moment: str, held: Claims) -> bool:
    """Whether a date or time stands there; a year alone may be a bare number, as in English."""
    if moment_is_held(moment, held.moments):
        return True
    year = moment.removesuffix("-*-*")
    return year.isdecimal() and any(quantity.value == int(year) for quantity in held.quantities)


def _must_stay(name: str, text: str) -> bool:
    """Whether a name is kept as it is in every language: Latin letters in a Chinese text, or one with a sign in it."""
    if not _LATIN_NAME.search(name):
        return False
    return is_chinese_text(text) or not all(part.isalpha() for part in _NAME_PARTS.split(name) if part)


def _denials_differ(original: str, translation: str) -> bool:
    """Whether a sentence that plainly denies became one without any trace of it, as far as they go together."""
    one, other = ([stretch(sentence) for sentence in sentences(text)] for text in (original, translation))
    if len(one) != len(other):
        one, other = [stretch(original)], [stretch(translation)]
    return any(
        (_denies(first) and not _may_deny(second)) or (_denies(second) and not _may_deny(first))
        for first, second in zip(one, other, strict=True)
    )


def _denies(part: Stretch) -> bool:
    return part.negative and bool(_DENIAL.search(part.folded))


def _may_deny(part: Stretch) -> bool:
    return part.negative or bool(_TRACE.search(part.folded))
