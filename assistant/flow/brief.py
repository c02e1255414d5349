"""Summarise a conversation for the person who takes it over; every line points to the messages it came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from assistant.domain.answers import Outcome, Utterance
from assistant.domain.tickets import Brief, BriefLine, Consulted, TicketPriority
from assistant.flow.intents import recognise, reference_in
from assistant.flow.request import SMALL_TALK, Intent, TurnRequest
from assistant.flow.understand import leans_on_history
from assistant.flow.voice import sentences_in, spoken
from assistant.knowledge.scripts import to_simplified
from assistant.knowledge.segment import content_words

_SUBJECT_LENGTH = 90
_NOTHING = Consulted()
# What a wish for a person is said with; two other words make it a request of its own.
_WISH = (
    "I want need would like to talk speak chat with a real live human person people agent someone somebody staff "
    "representative operator manager team customer service support connect transfer me hand over get reach contact help "
    "please now call about 我要 我想 想 找 转 转接 接 人工 真人 客服 人工客服 专员 经理 联系 服务 投诉 请 帮我 麻烦 快 一下 一个 给我 聊 说 谈"
)
_CODE = re.compile(r"\b[A-Z]{1,3}-?\d{1,3}\b")
_DATE = re.compile(
    r"\b\d{4}-\d{1,2}-\d{1,2}\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|"
    r"\b(?:\d{1,2}(?:st|nd|rd|th)? )?(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
    r"(?: \d{1,2}(?:st|nd|rd|th)?)?(?:,? \d{4})?\b|\d{1,4}年\d{1,2}月(?:\d{1,2}[日号])?|\d{1,2}月\d{1,2}[日号]|昨天|前天|上周[一二三四五六日天]?|yesterday|last (?:week|month|monday|tuesday|wednesday|thursday|friday|saturday|sunday)",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"[£€¥$]\s?\d[\d,.]*|\b\d[\d,.]*\s?(?:euros?|pounds?|dollars?|yuan|rmb|gbp|eur|usd)\b|\d[\d,.]*\s?(?:元|块钱?|英镑|欧元)",
    re.IGNORECASE,
)
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+|(?<!\d)1[3-9]\d{9}(?!\d)|\+\d[\d ()-]{7,}\d")
_TRIED = re.compile(
    r"\b(?:i(?:'ve| have)? (?:already )?(?:tried|did|reset|restarted|rebooted|unplugged|reinstalled|replaced|changed|checked|contacted|called|emailed|followed)|already (?:tried|did))\b|"
    r"试过|已经(?:重启|重置|更换|换了|检查|联系|按)|重启(?:过|了)|重置(?:过|了)|换过",
    re.IGNORECASE,
)

_LABELS = sentences_in("brief_lines.json")

_PRIORITIES = {
    Intent.SAFETY: TicketPriority.URGENT,
    Intent.LEGAL: TicketPriority.HIGH,
    Intent.ANGER: TicketPriority.HIGH,
}


def _label(name: str, language: str, **facts: str) -> str:
    return spoken(_LABELS, name, language, **facts)


def _customers(messages: Iterable[Utterance]) -> list[Utterance]:
    return [message for message in messages if message.role == "customer"]


@cache
def _wish_words() -> frozenset[str]:
    return frozenset(content_words(_WISH))


def _says_something(message: Utterance) -> bool:
    """Whether a message tells what the customer wants, beyond small talk and the mere wish for a person."""
    intent = recognise(to_simplified(message.text))
    if intent is Intent.PERSON:
        return len(set(content_words(message.text)) - _wish_words()) >= 2
    return intent not in SMALL_TALK


def _wants(messages: Sequence[Utterance], language: str) -> BriefLine:
    telling = [message for message in _customers(messages) if _says_something(message)]
    if not telling:
        last = _customers(messages)[-1:]
        return BriefLine(_label("unstated", language), tuple(message.id for message in last))
    # The last question that stands by itself, with what was added to it since.
    start = max((place for place, message in enumerate(telling) if not leans_on_history(message.text)), default=0)
    parts = telling[start : start + 3]
    return BriefLine(" · ".join(_shortened(part.text, 200) for part in parts), tuple(part.id for part in parts))


def _shortened(text: str, length: int) -> str:
    plain = re.sub(r"\s+", " ", text).strip()
    return plain if len(plain) <= length else plain[: length - 1].rstrip() + "…"


def _facts(messages: Sequence[Utterance], language: str) -> tuple[BriefLine, ...]:
    found: dict[tuple[str, str], list[str]] = {}
    for message in _customers(messages):
        text = unicodedata.normalize("NFKC", message.text)
        contacts = _CONTACT.findall(text)
        without = _CONTACT.sub(" ", text)
        reference = reference_in(without)
        values = [("contact", value) for value in contacts]
        values += [("reference", reference)] if reference else []
        values += [("code", code) for code in _CODE.findall(without) if code not in reference]
        values += [("date", date) for date in _DATE.findall(without) if not reference or date not in reference]
        values += [("amount", amount) for amount in _AMOUNT.findall(without)]
        for value in values:
            found.setdefault(value, []).append(message.id)
    return tuple(
        BriefLine(_label(kind, language, value=value), tuple(dict.fromkeys(ids)))
        for (kind, value), ids in found.items()
    )


def _tried(messages: Sequence[Utterance], shown: Sequence[tuple[str, str]], language: str) -> tuple[BriefLine, ...]:
    lines = [BriefLine(_label("shown", language, value=title), (message_id,)) for title, message_id in shown]
    for message in _customers(messages):
        if _TRIED.search(to_simplified(message.text)):
            lines.append(BriefLine(_label("tried", language, value=_shortened(message.text, 160)), (message.id,)))
    return tuple(dict.fromkeys(lines))


def _next(
    reason: str,
    facts: Sequence[BriefLine],
    messages: Sequence[Utterance],
    consulted: Consulted,
    language: str,
) -> BriefLine:
    last = (_customers(messages)[-1].id,)
    if reason in (Intent.SAFETY, Intent.LEGAL):
        return BriefLine(_label(f"next_{reason}", language), last)
    if consulted.drafts:
        title, message_id = consulted.drafts[-1]
        return BriefLine(_label("next_draft", language, value=title), (message_id,))
    for message in reversed(_customers(messages)):
        reference = reference_in(_CONTACT.sub(" ", message.text))
        if reference:
            return BriefLine(_label("next_reference", language, value=reference), (message.id,))
    if consulted.shown:
        title, message_id = consulted.shown[-1]
        return BriefLine(_label("next_shown", language, value=title), (message_id,))
    if consulted.nearest:
        return BriefLine(_label("next_article", language, value=consulted.nearest), last)
    unstated = not any(_says_something(message) for message in _customers(messages))
    return BriefLine(_label("next_ask" if unstated else "next_answer", language), last)


def _mood(messages: Sequence[Utterance]) -> str:
    intents = {recognise(to_simplified(message.text)) for message in _customers(messages)}
    if Intent.ANGER in intents:
        return "angry"
    if Intent.SAFETY in intents or Intent.LEGAL in intents:
        return "worried"
    if Intent.STILL_UNSOLVED in intents:
        return "frustrated"
    return "satisfied" if Intent.THANKS in intents else "neutral"


def subject(messages: Sequence[Utterance], language: str) -> str:
    """A ticket's subject: the customer's own words, shortened."""
    return _shortened(_wants(messages, language).text, _SUBJECT_LENGTH)


def conversation_of(request: TurnRequest) -> tuple[Utterance, ...]:
    """The history and the new message as one sequence; the new one has the id of the last stored message."""
    return (
        *request.history,
        Utterance("customer", request.text, request.message_ids[-1] if request.message_ids else ""),
    )


def write_brief(
    messages: Sequence[Utterance],
    language: str,
    reason: str,
    consulted: Consulted = _NOTHING,
    topic: str = "",
) -> Brief:
    """The brief of a conversation that is handed over for ``reason``.

    ``messages`` holds at least one of the customer's; ``topic`` names what always goes to a person.
    """
    facts = _facts(messages, language)
    why = f"why_{reason}" if f"why_{reason}" in _LABELS else "why_not_found"
    customers = _customers(messages)
    told = [
        message.id
        for message in messages
        if message.role == "assistant" and message.outcome is Outcome.HANDOVER_OFFERED
    ]
    return Brief(
        wants=_wants(messages, language),
        why=BriefLine(_label(why, language, value=topic), tuple(dict.fromkeys([*told[-1:], customers[-1].id]))),
        next=_next(reason, facts, messages, consulted, language),
        mood=_mood(messages),
        language=language,
        group=consulted.category,
        priority=_priority(reason, customers),
        facts=facts,
        tried=_tried(messages, consulted.shown, language),
    )


def _priority(reason: str, customers: Sequence[Utterance]) -> TicketPriority:
    intents = [recognise(to_simplified(message.text)) for message in customers]
    ranked = [
        _PRIORITIES[intent]
        for intent in (Intent.SAFETY, Intent.LEGAL, Intent.ANGER)
        if intent in intents or reason == intent
    ]
    return ranked[0] if ranked else TicketPriority.NORMAL
