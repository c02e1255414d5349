"""Personal data masked before a text leaves the machine, and put back in what returns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.llm.personal import Finding, personal

_PLACEHOLDER = re.compile(r"[<«〈《]?(?<![A-Za-z0-9_])(EMAIL|PHONE|CARD|IBAN|ID|ADDRESS|NAME)_(\d{1,3})(?!\d)[>»〉》]?")
_LETTERS = r"^\W_\u3400-\u9fff"
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with placeholders, and what each stands for."""

    text: str
    mapping: Mapping[str, str]


class Redactor:
    """Masks the texts of one call. The same value has the same placeholder in all of them.

    ``names`` are the customer's own, as known to the company; other names stay, since no list can tell them from words.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = _name_pattern(names)
        self._placeholders: dict[str, str] = {}
        self._counts: Counter[str] = Counter()
        self._taken: set[str] = set()

    @property
    def mapping(self) -> Mapping[str, str]:
        """What each placeholder stands for."""
        return {placeholder: value for value, placeholder in self._placeholders.items()}

    def redact(self, text: str) -> str:
        """``text`` with a placeholder such as ``EMAIL_1`` for everything personal."""
        self._taken |= {f"{kind}_{number}" for kind, number in _PLACEHOLDER.findall(text)}
        pieces: list[str] = []
        at = 0
        for finding in self.findings(text):
            pieces += [text[at : finding.start], self._placeholder(finding.kind, text[finding.start : finding.end])]
            at = finding.end
        return "".join([*pieces, text[at:]])

    def findings(self, text: str) -> list[Finding]:
        """Every stretch of ``text`` that is masked, in order."""
        findings = personal(text)
        if self._names is None:
            return findings
        return _without_overlap(findings, [Finding(*m.span(), "NAME") for m in self._names_in(text)])

    def _names_in(self, text: str) -> Iterator[re.Match[str]]:
        """Where names stand. A green lamp is no Mrs Green, but who writes all in lower case means her."""
        has_capitals = text != text.lower()
        for match in self._names.finditer(text) if self._names is not None else ():
            if not (has_capitals and match[0].isalpha() and match[0].islower()):
                yield match

    def restore(self, text: str) -> str:
        """``text`` with every placeholder of this redactor, brackets included, replaced by what it stands for."""
        return restore(text, self.mapping)

    def _placeholder(self, kind: str, value: str) -> str:
        if value not in self._placeholders:
            self._counts[kind] += 1
            while f"{kind}_{self._counts[kind]}" in self._taken:  # the customer wrote this very word
                self._counts[kind] += 1
            self._placeholders[value] = f"{kind}_{self._counts[kind]}"
        return self._placeholders[value]


def redact(text: str, names: Sequence[str] = ()) -> Redacted:
    """One text with its personal data masked."""
    redactor = Redactor(names)
    return Redacted(redactor.redact(text), redactor.mapping)


def restore(text: str, mapping: Mapping[str, str]) -> str:
    """``text`` with each placeholder replaced by what it stands for; unknown ones stay as they are."""
    return _PLACEHOLDER.sub(lambda match: mapping.get(f"{match[1]}_{match[2]}", match[0]), text)


def _name_pattern(names: Sequence[str]) -> re.Pattern[str] | None:
    """A pattern for the whole names and runs of their parts. Single letters and lone Han characters are too common."""
    words = {name.strip() for name in names}
    words |= {part for name in names for part in re.split(r"[\s·,]+", name)}
    telling = sorted((word for word in words if len(word) >= 2), key=len, reverse=True)
    if not telling:
        return None
    any_part = "|".join(_bounded(word) for word in telling)
    return re.compile(rf"(?:{any_part})(?:[ ·]+(?:{any_part}))*", re.IGNORECASE)


def _bounded(word: str) -> str:
    return re.escape(word) if _HAN.search(word) else rf"(?<![{_LETTERS}]){re.escape(word)}(?![{_LETTERS}])"


def _without_overlap(findings: list[Finding], names: list[Finding]) -> list[Finding]:
    free = [name for name in names if all(name.end <= one.start or name.start >= one.end for one in findings)]
    return sorted([*findings, *free], key=lambda one: one.start)
