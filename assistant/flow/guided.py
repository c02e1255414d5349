"""Which of the editors' rules hold for an answer, and whether a written sentence breaks one. No model is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from assistant.domain.answers import Hit
from assistant.domain.guidance import Rule, RuleKind
from assistant.flow.check import repeated
from assistant.flow.claims import plain
from assistant.knowledge.scripts import levelled

_HAN = "\u3400-\u9fff"
_LATIN = r"[^\W_\u3400-\u9fff]"
_APART = re.compile(r"[^\w\ue000]+|_+")
_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}]) | (?=[{_HAN}])")
# "*" or "…" in a phrase stands for a few words; a character that no text holds keeps its place.
_GAP = re.compile(r"\*+|…+|\.{2,}|。{2,}")
_GAP_HELD = re.compile(r" ?\ue000 ?")
_FEW_WORDS = rf" ?(?:{_LATIN}++ ?|[{_HAN}]{{1,3}} ?){{0,5}}?"
# What a word of a topic may end in and still be the same word.
_ENDING = r"(?:e?s|ed|ing)?"


def applying(rules: Sequence[Rule], language: str, question: str, hits: Sequence[Hit]) -> tuple[Rule, ...]:
    """The rules that hold for an answer in ``language`` to ``question`` from ``hits``, in the order of a prompt."""
    order = list(RuleKind)
    holding = [rule for rule in rules if rule.speaks(language) and _is_about(rule, question, hits)]
    return tuple(sorted(holding, key=lambda rule: order.index(rule.kind)))


def _is_about(rule: Rule, question: str, hits: Sequence[Hit]) -> bool:
    if rule.kind is not RuleKind.TOPIC:
        return True
    category = rule.category.casefold()
    if category and any(hit.passage.category.casefold() == category for hit in hits):
        return True
    asked = folded(question)
    return any(_pattern(word, _ENDING).search(asked) for word in rule.words)


def broken(sentence: str, rules: Sequence[Rule], cited: Sequence[str]) -> tuple[str, ...]:
    """Why ``sentence`` must not be shown: the forbidden phrases that it holds, and whether it repeats a rule.

    Phrases are found whatever their case, width, script and punctuation. What a cited passage says may be repeated.
    """
    said = folded(sentence)
    reasons = [f"forbidden promise “{phrase}”" for phrase in _forbidden(rules) if _pattern(phrase).search(said)]
    if any(repeated(sentence, rule.text, cited) for rule in rules):
        reasons.append("guidance")
    return tuple(reasons)


def _forbidden(rules: Sequence[Rule]) -> Iterator[str]:
    for rule in rules:
        if rule.kind is RuleKind.PROMISE:
            yield from rule.phrases


def folded(text: str) -> str:
    """``text`` without what does not change its words: case, width, script, emphasis, citations and punctuation."""
    whole = levelled(plain(text))
    return _BESIDE_HAN.sub("", _APART.sub(" ", whole)).strip()


@lru_cache(maxsize=1024)
def _pattern(phrase: str, ending: str = "") -> re.Pattern[str]:
    """A phrase as it is looked for in folded text: whole words where they are written with letters."""
    whole = folded(_GAP.sub(" \ue000 ", phrase))
    found = _FEW_WORDS.join(map(re.escape, _GAP_HELD.split(whole)))
    before = rf"(?<!{_LATIN})" if re.match(_LATIN, whole) else ""
    after = rf"{ending}(?!{_LATIN})" if re.search(rf"{_LATIN}$", whole) else ""
    return re.compile(f"{before}{found}{after}")
