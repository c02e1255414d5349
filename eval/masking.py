"""How well personal data is masked before a text leaves the machine: ``python -m eval.masking``.

The sentences beside this module are labelled by hand: ``⟦PHONE:07700 900 258⟧`` marks what must be masked, everything
else must stay, the order numbers, prices and serial numbers of the near misses above all.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.flow.material import spellings
from assistant.llm.personal import Finding
from assistant.llm.redaction import Redactor

SENTENCES = Path(__file__).with_name("masking.jsonl")
KINDS = ("EMAIL", "PHONE", "CARD", "IBAN", "CN_ID", "OTHER_ID", "NAME")
_LABEL = re.compile(r"⟦(?P<kind>[A-Z_]+):(?P<value>[^⟧]+)⟧")
_CHINESE_ID = re.compile(r"\d{17}[\dXx]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, the names of the customer who wrote it, and where personal data stands in it."""

    text: str
    language: str
    names: tuple[str, ...]
    labels: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """Of one kind: how many were labelled, and masked whole; how many stretches were masked as it, and rightly."""

    kind: str
    labelled: int
    found: int
    masked: int
    rightly: int

    @property
    def recall(self) -> float:
        """The share of what is labelled that was masked whole, as whatever kind."""
        return self.found / self.labelled if self.labelled else 1.0

    @property
    def precision(self) -> float:
        """The share of what was masked that is personal data of this kind, and nothing else with it."""
        return self.rightly / self.masked if self.masked else 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """The figures, and each mistake in a line."""

    figures: tuple[Figure, ...]
    mistakes: tuple[str, ...]


def sentences(path: Path = SENTENCES) -> list[Sentence]:
    """The labelled sentences."""
    return [_read(json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def _read(row: dict[str, str | list[str]]) -> Sentence:
    marked, text, labels, begin = str(row["text"]), "", [], 0
    for match in _LABEL.finditer(marked):
        text += marked[begin : match.start()]
        labels.append(Finding(len(text), len(text) + len(match["value"]), match["kind"]))
        text += match["value"]
        begin = match.end()
    return Sentence(text + marked[begin:], str(row["language"]), tuple(row.get("names", ())), tuple(labels))


def masked(sentence: Sentence) -> list[Finding]:
    """What the redactor masks in a sentence, by the kinds that are measured."""
    text = sentence.text
    return [
        Finding(one.start, one.end, _measured(one.kind, text[one.start : one.end]))
        for one in Redactor(spellings(sentence.names)).findings(text)
    ]


def _measured(kind: str, value: str) -> str:
    if kind != "ID":
        return kind
    return "CN_ID" if _CHINESE_ID.fullmatch(value) else "OTHER_ID"


def measure(some: Sequence[Sentence]) -> Report:
    """Recall and precision by kind."""
    every = [(sentence, masked(sentence)) for sentence in some]
    labelled = [(one, found) for sentence, found in every for one in sentence.labels]
    stretches = [(one, sentence.labels) for sentence, found in every for one in found]
    figures = tuple(
        Figure(
            kind,
            labelled=sum(one.kind == kind for one, _ in labelled),
            found=sum(one.kind == kind and _is_covered(one, found) for one, found in labelled),
            masked=sum(one.kind == kind for one, _ in stretches),
            rightly=sum(one.kind == kind and one in labels for one, labels in stretches),
        )
        for kind in dict.fromkeys([*KINDS, *(one.kind for one, _ in stretches)])
    )
    return Report(figures, tuple(_mistakes(every)))


def _is_covered(label: Finding, found: Sequence[Finding]) -> bool:
    return any(one.start <= label.start and one.end >= label.end for one in found)


def _mistakes(every: Sequence[tuple[Sentence, list[Finding]]]) -> Iterator[str]:
    for sentence, found in every:
        text = sentence.text
        for label in sentence.labels:
            if not _is_covered(label, found):
                yield f"left    {label.kind:9}{text[label.start : label.end]}  in: {text}"
        for one in found:
            if one not in sentence.labels:
                yield f"masked  {one.kind:9}{text[one.start : one.end]}  in: {text}"


def main() -> int:
    """Print the table and the mistakes."""
    some = sentences()
    report = measure(some)
    lines = [f"{len(some)} sentences", "", "| kind | labelled | recall | masked | precision |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.kind} | {one.labelled} | {one.recall:.3f} | {one.masked} | {one.precision:.3f} |"
        for one in report.figures
    ]
    sys.stdout.write("\n".join([*lines, "", *report.mistakes]) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
