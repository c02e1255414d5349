"""What an evaluation asks: cases with what is expected of each, from sets in the contract's shapes or the starter's."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

from assistant.domain.answers import Outcome, Utterance
from assistant.domain.locales import is_locale, normalize
from assistant.errors import Invalid, NotFound
from assistant.knowledge.scripts import has_chinese
from eval.datasets import Question, load_queries
from ingest.identity import place

STARTER_CASES = Path(__file__).parent / "starter" / "cases.jsonl"
STARTER_TYPOS = Path(__file__).parent / "starter" / "typos.jsonl"
STARTER_MODELS = Path(__file__).parent / "starter" / "models.jsonl"
STARTER_STORIES = Path(__file__).parent / "starter" / "stories.jsonl"
_OF_STARTER = {"starter": STARTER_CASES, "models": STARTER_MODELS, "stories": STARTER_STORIES}
STARTER_ARTICLES = Path(__file__).parents[1] / "kb_docs"

# After one pair of other questions, few are read together with it; of four pairs, enough to tell from chance.
_SWITCHES = 4

# Questions that name the files of pages which answer them, not the articles' ids.
_TERMS = "terms"

# Only these are about answering at all; the rest is about manners and safety.
ANSWERABLE_KINDS = frozenset({"answerable", "partial", "follow_up", "misspelled", "spelled right"})
UNANSWERABLE_KINDS = frozenset({"unanswerable", "near_miss", "out_of_scope"})


@dataclass(frozen=True, slots=True)
class Case:
    """A question and what is expected of the answer.

    ``gold`` are the articles that answer it, ``answers`` strings of which one must be quoted. ``outcomes`` are the ones
    allowed (none given: any), ``absent`` is what the reply must not say.
    """

    id: str
    text: str
    kind: str
    locale: str = ""
    gold: frozenset[str] = frozenset()
    answers: tuple[str, ...] = ()
    history: tuple[Utterance, ...] = ()
    outcomes: frozenset[str] = frozenset()
    absent: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the knowledge base holds the answer."""
        return self.kind in ANSWERABLE_KINDS

    @property
    def decidable(self) -> bool:
        """Whether it counts where deciding between answering and not answering is measured."""
        return self.kind in ANSWERABLE_KINDS | UNANSWERABLE_KINDS


@dataclass(frozen=True, slots=True)
class Part:
    """Something to ingest: a path and the locale of articles that name none."""

    path: Path
    locale: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """A knowledge base and the questions asked of it."""

    name: str
    parts: tuple[Part, ...]
    cases: tuple[Case, ...] = field(repr=False)

    def sample(self, most: int) -> Suite:
        """The suite with at most ``most`` of its cases, the same ones each time; all of them for 0."""
        if not 0 < most < len(self.cases):
            return self
        drawn = sorted(random.Random(0).sample(range(len(self.cases)), most))
        return Suite(self.name, self.parts, tuple(self.cases[place] for place in drawn))


def suite(name: str, data: Path) -> Suite:
    """The suite of this name.

    It is ``starter``, ``typos``, ``models``, ``stories``, ``switched``, a folder under ``data``, or the path of one.

    A set in several languages (``passages.en.jsonl``, ``queries.zh.jsonl`` …) is one knowledge base in all of them;
    ``SET:zh-en`` asks its Chinese questions of its English passages alone. Its articles may also be zips of pages
    (``en.zip``), and its questions terms (``terms.en.jsonl``) whose pages are named as the files in them are.

    Raises:
        NotFound: there is no such set; the message says where it was looked for.
    """
    if name in _OF_STARTER:
        return Suite(name, (Part(STARTER_ARTICLES),), tuple(load_cases(_OF_STARTER[name])))
    if name == "typos":
        return Suite("typos", (Part(STARTER_ARTICLES),), tuple(_misspelled(STARTER_TYPOS)))
    if name == "switched":
        return Suite("switched", (Part(STARTER_ARTICLES),), tuple(_switched(starter_questions())))
    folder_name, _, languages = name.partition(":")
    folder = next((path for path in (data / folder_name, Path(folder_name)) if path.is_dir()), None)
    if folder is None:
        raise NotFound(
            f"There is no set {folder_name} in {data}, nor such a folder. Name the sets' folder with --data."
        )
    asked, _, held = languages.partition("-")
    if list(folder.glob("*.zip")):
        held = held or asked
    return Suite(name.replace("/", "_").strip("._"), tuple(_parts(folder, held)), tuple(_cases(folder, asked)))


def load_cases(file: Path) -> list[Case]:
    """The cases of a file in the starter suite's shape."""
    return [_case(json.loads(line)) for line in file.read_text("utf-8").splitlines() if line.strip()]


def starter_questions(chinese: bool | None = None) -> list[Case]:
    """The starter suite's questions that stand by themselves: all, those in Chinese, or those that are not."""
    single = (case for case in load_cases(STARTER_CASES) if case.decidable and not case.history)
    return [case for case in single if chinese is None or has_chinese(case.text) == chinese]


def _misspelled(file: Path) -> Iterator[Case]:
    """Each question twice: as somebody mistyped it, and as it was meant."""
    for row in map(json.loads, file.read_text("utf-8").splitlines()):
        for kind, text in (("misspelled", row["text"]), ("spelled right", row["meant"])):
            yield Case(f"{row['id']}-{kind}", text, kind, row["locale"], frozenset(row["articles"]))


def _switched(asked: Sequence[Case]) -> Iterator[Case]:
    """Each question asked by itself, now after two answered ones about anything else in its language, some times."""
    draw = random.Random(0)
    for case in asked:
        others = [
            other
            for other in asked
            if other.answerable and has_chinese(other.text) == has_chinese(case.text) and not other.gold & case.gold
        ]
        for time in range(1, _SWITCHES + 1):
            said = (
                (Utterance("customer", other.text), Utterance("assistant", "OK.", outcome=Outcome.ANSWERED))
                for other in draw.sample(others, 2)
            )
            yield replace(case, id=f"{case.id}-after-others-{time}", history=tuple(chain.from_iterable(said)))


def _case(row: dict[str, Any]) -> Case:
    return Case(
        id=row["id"],
        text=row["text"],
        kind=row["kind"],
        locale=row.get("locale", ""),
        gold=frozenset(row.get("articles", ())),
        answers=tuple(row.get("contains", ())),
        history=tuple(_said(turn) for turn in row.get("history", ())),
        outcomes=frozenset(row.get("outcomes", ())),
        absent=tuple(row.get("absent", ())),
    )


def _said(turn: dict[str, Any]) -> Utterance:
    outcome = turn.get("outcome")
    return Utterance(turn["role"], turn["text"], outcome=Outcome(outcome) if outcome else None)


def _parts(folder: Path, language: str) -> list[Part]:
    """The files that make the knowledge base: ``faq.jsonl``, ``passages(.LANGUAGE).jsonl`` or ``LANGUAGE.zip``."""
    files = [path for path in (folder / "faq.jsonl", folder / "passages.jsonl") if path.is_file()]
    files += sorted([*folder.glob("passages.*.jsonl"), *folder.glob("*.zip")])
    chosen = [path for path in files if not language or _language(path) in ("", language)]
    if not chosen:
        raise NotFound(
            f"{folder} holds neither faq.jsonl nor passages.jsonl nor a zip of pages: "
            "its shape is described in the contract."
        )
    return [Part(path, normalize(_language(path)) if is_locale(_language(path)) else "") for path in chosen]


def _cases(folder: Path, language: str) -> list[Case]:
    named = [
        folder / "queries.jsonl",
        *sorted(folder.glob("queries.*.jsonl")),
        *sorted(folder.glob(f"{_TERMS}.*.jsonl")),
    ]
    files = [path for path in named if path.is_file()]
    chosen = [path for path in files if not language or _language(path) in ("", language)]
    if not chosen:
        raise NotFound(f"{folder} holds no queries.jsonl{f' in {language}' if language else ''}.")
    found: list[Case] = []
    for path in chosen:
        stem = path.name.split(".")[0]
        questions = load_queries(folder, _language(path), stem)
        found += [_asked(question, number, _language(path), stem) for number, question in enumerate(questions)]
    if not found:
        raise Invalid(f"{folder} asks nothing: its queries are empty.")
    return found


def _language(path: Path) -> str:
    """The part between the dots, ``zh`` of ``queries.zh.jsonl``, or before the one dot of ``zh.zip``."""
    parts = path.name.split(".")
    middle = parts[:1] if path.suffix == ".zip" else parts[1:-1]
    return middle[0] if middle else ""


def _asked(question: Question, number: int, language: str, stem: str) -> Case:
    gold = (place(each).id for each in question.gold) if stem == _TERMS else question.gold
    return Case(
        id=question.id or str(number),
        text=question.text,
        kind=_kind(question),
        locale=normalize(language) if is_locale(language) else "",
        gold=frozenset(gold),
        answers=question.answers,
        history=tuple(Utterance(_role(role), text) for role, text in question.history),
    )


def _kind(question: Question) -> str:
    if question.answerability:
        return question.answerability.lower()
    return "answerable" if question.answerable else "unanswerable"


def _role(role: str) -> Any:
    return role if role in ("customer", "assistant", "agent") else "customer"


def kinds_of(cases: Sequence[Case]) -> list[str]:
    """The kinds of the cases in the order of their first."""
    return list(dict.fromkeys(case.kind for case in cases))
