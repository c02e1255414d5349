"""Question collections in the shapes of the public contract, read from any folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class Document:
    """A passage of a collection."""

    id: str
    title: str
    text: str
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the ids that answer it; ``gold`` is empty where the collection holds no answer.

    ``answerability`` is the collection's own word (``ANSWERABLE``, ``PARTIAL`` …) or empty. ``history`` is oldest
    first, as pairs of role and text.
    """

    id: str
    text: str
    gold: tuple[str, ...]
    answers: tuple[str, ...] = ()
    history: tuple[tuple[str, str], ...] = ()
    answerability: str = ""
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class FaqEntry:
    """A FAQ entry and the other ways in which its question is asked."""

    id: str
    question: str
    alternates: tuple[str, ...]
    answer: str
    locale: str = ""


def load_passages(folder: Path, part: str = "") -> list[Document]:
    """The passages of ``passages.jsonl``, or of ``passages.<part>.jsonl``."""
    rows = _rows(folder / _name("passages", part))
    return [Document(str(row["id"]), row.get("title", ""), row["text"], row.get("locale", "")) for row in rows]


def load_queries(folder: Path, part: str = "", stem: str = "queries") -> list[Question]:
    """The questions of ``queries.jsonl``, or of ``queries.<part>.jsonl``."""
    return [_question(row) for row in _rows(folder / _name(stem, part))]


def load_faq(folder: Path) -> list[FaqEntry]:
    """The entries of ``faq.jsonl``."""
    return [
        FaqEntry(
            str(row["id"]), row["question"], tuple(row.get("alternates", ())), row["answer"], row.get("locale", "")
        )
        for row in _rows(folder / "faq.jsonl")
    ]


def load_labelled(file: Path, label: str, text: str = "text") -> dict[str, list[str]]:
    """Distinct messages by their label, in the order of the file."""
    found: dict[str, dict[str, None]] = {}
    for row in _rows(file):
        found.setdefault(row[label], {})[row[text]] = None
    return {name: list(messages) for name, messages in found.items()}


def _name(stem: str, part: str) -> str:
    return f"{stem}.{part}.jsonl" if part else f"{stem}.jsonl"


def _question(row: Mapping[str, Any]) -> Question:
    gold = row.get("gold")
    ids = tuple(gold) if isinstance(gold, list) else (gold,) if gold else ()
    answerability = row.get("answerability", "")
    answerable = answerability in {"ANSWERABLE", "PARTIAL"} if answerability else bool(row.get("answerable", ids))
    return Question(
        id=str(row.get("id", "")),
        text=row["text"],
        gold=ids,
        answers=tuple(row.get("answers", ())),
        history=tuple((turn["role"], turn["text"]) for turn in row.get("history", ())),
        answerability=answerability,
        answerable=answerable,
    )


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    if not file.is_file():
        raise NotFound(f"The collection {file} is missing: name the folder that holds it with --data.")
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                raise Invalid(f"Line {number} of {file} is not JSON: {error}.") from error
