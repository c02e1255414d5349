"""Rules as editors send them, made sure of."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from assistant.domain import locales
from assistant.domain.guidance import LONGEST_TEXT, Rule, RuleKind
from assistant.errors import Invalid
from assistant.flow.guided import folded
from assistant.wording import Worded

MOST_RULES = 50
MOST_PHRASES = 30
_LONGEST_PHRASE = 100
_SHORTEST_PHRASE = 2


def checked(sent: Mapping[str, Any]) -> Rule:
    """The rule that an editor sent: blanks trimmed, doubles dropped, what another kind would need left out.

    Raises:
        Invalid: the text is empty or too long, a phrase or word is, a topic rule applies to nothing.
    """
    kind = _kind(sent.get("kind", ""))
    text = " ".join(str(sent.get("text", "")).split())
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise Invalid(Worded("A rule has 1 to %(n)s characters.", n=LONGEST_TEXT), {"field": "text"})
    category = " ".join(str(sent.get("category", "")).split())[:LONGEST_TEXT] if kind is RuleKind.TOPIC else ""
    words = _phrases(sent.get("words", ()), "words") if kind is RuleKind.TOPIC else ()
    if kind is RuleKind.TOPIC and not (category or words):
        raise Invalid("Say which category the rule is about, or which words a question has.", {"field": "words"})
    return Rule(
        id=str(sent.get("id") or secrets.token_hex(4)),
        kind=kind,
        text=text,
        locales=tuple(dict.fromkeys(locales.checked(locale) for locale in sent.get("locales", ()))),
        category=category,
        words=words,
        phrases=_phrases(sent.get("phrases", ()), "phrases") if kind is RuleKind.PROMISE else (),
    )


def checked_all(sent: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """All rules of a revision.

    Raises:
        Invalid: there are too many, two have one id, or one of them cannot be used.
    """
    if len(sent) > MOST_RULES:
        raise Invalid(Worded("There can be at most %(n)s rules.", n=MOST_RULES), {"field": "rules"})
    rules = tuple(map(checked, sent))
    if len({rule.id for rule in rules}) < len(rules):
        raise Invalid("Two rules have the same id.", {"field": "rules"})
    return rules


def _kind(text: object) -> RuleKind:
    try:
        return RuleKind(str(text))
    except ValueError as error:
        raise Invalid(Worded("A rule is one of %(kinds)s.", kinds=", ".join(RuleKind)), {"field": "kind"}) from error


def _phrases(sent: Iterable[object], field: str) -> tuple[str, ...]:
    found = dict.fromkeys(" ".join(str(phrase).split()) for phrase in sent)
    phrases = tuple(phrase for phrase in found if phrase)
    if len(phrases) > MOST_PHRASES:
        raise Invalid(Worded("There can be at most %(n)s.", n=MOST_PHRASES), {"field": field})
    for phrase in phrases:
        if len(phrase) > _LONGEST_PHRASE or sum(map(str.isalnum, folded(phrase))) < _SHORTEST_PHRASE:
            said = Worded("“%(phrase)s” must have 2 to %(n)s letters or digits.", phrase=phrase, n=_LONGEST_PHRASE)
            raise Invalid(said, {"field": field})
    return phrases
