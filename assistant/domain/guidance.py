"""Guidance: what editors tell a writing model in plain language about tone, address, promises and topics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assistant.domain.locales import is_chinese

LONGEST_TEXT = 300


class RuleKind(StrEnum):
    """What a rule is about, in the order in which rules stand in a prompt: what must not happen comes first."""

    PROMISE = "promise"
    ADDRESS = "address"
    TONE = "tone"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule in an editor's own words.

    Without ``locales`` it holds for all languages. A topic rule holds for articles of its ``category`` and for
    questions with one of its ``words``. No written sentence may hold one of the ``phrases`` of a forbidden promise,
    whatever a model makes of its text.
    """

    id: str
    kind: RuleKind
    text: str
    locales: tuple[str, ...] = ()
    category: str = ""
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The rule as JSON holds it."""
        lists = {name: list(getattr(self, name)) for name in ("locales", "words", "phrases")}
        return {"id": self.id, "kind": str(self.kind), "text": self.text, "category": self.category, **lists}

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> Rule:
        """The rule that JSON holds."""
        lists = {name: tuple(held.get(name, ())) for name in ("locales", "words", "phrases")}
        return cls(held["id"], RuleKind(held["kind"]), held["text"], category=held.get("category", ""), **lists)

    def speaks(self, language: str) -> bool:
        """Whether the rule holds for answers in ``language``; one for Chinese holds for both scripts."""
        return not self.locales or any(_same_language(locale, language) for locale in self.locales)


def _same_language(one: str, other: str) -> bool:
    return one == other or (is_chinese(one) and is_chinese(other))


# Where no published rule says how customers are addressed, the installation's setting does.
_ADDRESS = {
    "formal": (
        ("en", "Speak to the customer politely and formally, never with slang."),
        ("zh-Hans", "用“您”称呼客户。"),
    ),
    "informal": (
        ("en", "Speak to the customer in a relaxed, informal way, as to someone you know."),
        ("zh-Hans", "用“你”称呼客户，语气轻松自然。"),
    ),
}


def set_rules(address: str, tone: str) -> tuple[Rule, ...]:
    """The rules that an installation's settings stand for: a form of address, and lines on tone."""
    forms = [Rule(f"address-{locale}", RuleKind.ADDRESS, text, (locale,)) for locale, text in _ADDRESS[address]]
    lines = [" ".join(line.split()) for line in tone.splitlines() if line.strip()]
    return (*forms, *(Rule(f"tone-{n}", RuleKind.TONE, line) for n, line in enumerate(lines, 1)))


def in_force(published: Iterable[Rule], address: str, tone: str) -> tuple[Rule, ...]:
    """The published rules, with those that the settings stand for, unless a published rule says how to address."""
    own = tuple(published)
    addressed = [rule for rule in own if rule.kind is RuleKind.ADDRESS]
    return (*own, *(rule for rule in set_rules(address, tone) if not _is_said(rule, addressed)))


def _is_said(rule: Rule, addressed: Iterable[Rule]) -> bool:
    return rule.kind is RuleKind.ADDRESS and any(own.speaks(locale) for own in addressed for locale in rule.locales)
