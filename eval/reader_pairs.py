"""Pairs of a question and a passage that does or does not answer it, made anew for each epoch.

The passages that do not answer are those that mislead: of the same document or with the same words, with the answering
sentence cut out, or asked about with another name or number.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]  # it ships no types

from assistant.domain.sentences import sentences
from assistant.knowledge.reader import Readable
from eval.datasets import Question, load_labelled
from eval.reader_material import Material, Piece, Shares, held_out_documents, load_material, read_documents

_FAQ_ROUNDS = 2500
_FAQ_ALIKE = 0.7
_FAQ_DESCRIBED_BY = 40
_CROSS = Shares(near_miss=0.8, cut=0.3, swapped=0.0)
_LEAST_LEFT = 0.4
_ENTITY = {
    "zh": re.compile(r"\d+(?:\.\d+)?|[A-Za-z][A-Za-z\-]{2,}|《[^》]{2,12}》|「[^」]{2,12}」"),
    "en": re.compile(r"\d[\d,.]*\d|\d|(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)*"),
}


class Pair(NamedTuple):
    """A question, a passage, whether it answers, and the strings that would be the answer."""

    question: str
    passage: Readable
    right: bool
    answers: tuple[str, ...] = ()


class Mixture:
    """All that the reader is trained on."""

    def __init__(self, data: Path, count: Callable[[str], int]) -> None:
        """Read the collections; ``count`` tells how many tokens a text takes.

        Raises:
            NotFound: one of them is missing.
        """
        squad, parallel = read_documents(data, "squad2"), read_documents(data, "xquad")
        self._english = load_material("xen", data / "xquad", count, part="en", locale="en", only=parallel)
        self._chinese = load_material("xzh", data / "xquad", count, part="zh", locale="zh", only=parallel)
        self._one_language = [
            load_material("squad2", data / "squad2", count, locale="en", shares=Shares(0.5, 0.25, 0.2), only=squad),
            self._english,
            self._chinese,
            load_material("cmrc", data / "cmrc2018_dev", count, locale="zh", shares=Shares(0.6, 0.2, 0.3)),
            load_material("drcd", data / "drcd_dev", count, locale="zh", shares=Shares(0.5, 0.15, 0.25)),
        ]
        self._labelled = load_labelled(data / "banking77" / "train.jsonl", "intent")

    def pairs(self, epoch: int) -> list[Pair]:
        """The pairs of an epoch, the same whenever they are asked for."""
        return [
            *(pair for material in self._one_language for pair in pairs_of(material, epoch)),
            *cross_pairs(self._english, self._chinese, epoch),
            *cross_pairs(self._chinese, self._english, epoch),
            *faq_pairs(self._labelled, epoch),
        ]


def held_out_pairs(data: Path, count: Callable[[str], int]) -> dict[str, list[Pair]]:
    """Pairs of documents that the reader is not trained on, by the name of the set; ``count`` as for ``Mixture``.

    Raises:
        NotFound: a collection is missing.
    """
    parallel = held_out_documents(data, "xquad")
    squad = load_material(
        "squad2 held out", data / "squad2", count, locale="en", only=held_out_documents(data, "squad2")
    )
    english = load_material("xen held out", data / "xquad", count, part="en", locale="en", only=parallel)
    chinese = load_material("xzh held out", data / "xquad", count, part="zh", locale="zh", only=parallel)
    trial = load_material("cmrc held out", data / "cmrc2018", count, locale="zh")
    return {
        "squad2": list(_as_asked(squad)),
        "xquad zh→en": cross_pairs(chinese, english, 0),
        "xquad en→zh": cross_pairs(english, chinese, 0),
        "cmrc2018": pairs_of(trial, 0),
    }


def pairs_of(material: Material, epoch: int) -> list[Pair]:
    """The pairs that a collection's questions give in an epoch."""
    draw = random.Random(f"{material.name}{epoch}")
    return [pair for place in range(len(material.questions)) for pair in _asked(material, place, draw)]


def cross_pairs(asking: Material, reading: Material, epoch: int) -> list[Pair]:
    """The questions of one collection put to the same documents in another language."""
    draw = random.Random(f"x{asking.name}{epoch}")
    answers = {question.id: question.answers for question in reading.questions}
    made: list[Pair] = []
    for place, question in enumerate(asking.questions):
        told = answers.get(question.id, ())
        right = [piece for piece in reading.of(question.gold[0]) if holds(piece.passage.text, told)]
        if not right:
            continue
        passage = right[0].passage
        made.append(Pair(question.text, passage, True, told))
        others = [piece for piece in asking.resembling(place) if piece.document != question.gold[0]][:4]
        if others and draw.random() < _CROSS.near_miss:
            pieces = reading.of(draw.choice(others).document)
            made += [Pair(question.text, draw.choice(pieces).passage, False)] if pieces else []
        if draw.random() < _CROSS.cut:
            made += _cut(question.text, passage, told, reading.locale)
    return made


def faq_pairs(labelled: Mapping[str, Sequence[str]], epoch: int, rounds: int = _FAQ_ROUNDS) -> list[Pair]:
    """Messages that want the same, and messages that want something else, for the most part something alike."""
    draw = random.Random(f"faq{epoch}")
    labels = sorted(labelled)
    words = [" ".join(labelled[label][:_FAQ_DESCRIBED_BY]) for label in labels]
    weights = TfidfVectorizer(sublinear_tf=True).fit_transform(words)
    order = np.argsort(-(weights @ weights.T).toarray(), axis=1)[:, 1:8]
    alike = {label: [labels[place] for place in row] for label, row in zip(labels, order, strict=True)}
    made = []
    for _ in range(rounds):
        label = draw.choice(labels)
        message, same = draw.sample(labelled[label], 2)
        made.append(Pair(message, Readable("", "", same), True))
        other = draw.choice(alike[label]) if draw.random() < _FAQ_ALIKE else draw.choice(labels)
        if other != label:
            made.append(Pair(message, Readable("", "", draw.choice(labelled[other])), False))
    return made


def holds(text: str, answers: Collection[str]) -> bool:
    """Whether one of the answers stands in the text."""
    return any(answer and answer in text for answer in answers)


def without_answer(text: str, answers: Collection[str], locale: str) -> str | None:
    """The text without its sentences that hold an answer; None where the answer stays or too little is left."""
    kept = [sentence for sentence in sentences(text) if not holds(sentence, answers)]
    left = ("" if locale == "zh" else " ").join(kept)
    return None if holds(left, answers) or len(left) <= _LEAST_LEFT * len(text) else left


def swapped(question: str, text: str, answers: Collection[str], locale: str, draw: random.Random) -> str | None:
    """The question with one of its names or numbers changed for another of the text; None where there is none.

    A number may be changed for any, if the text has no other.
    """
    entities = _ENTITY[locale].findall(question)
    if not entities:
        return None
    old = draw.choice(entities)
    number = old[0].isdigit()
    alike = [each for each in _ENTITY[locale].findall(text) if each[0].isdigit() == number and not holds(each, answers)]
    others = [each for each in alike if each not in question]
    if number and not others:
        others = [each for each in [str(draw.randrange(10, 100))] if each not in question]
    return question.replace(old, draw.choice(others), 1) if others else None


def _as_asked(material: Material) -> Iterator[Pair]:
    """The collection's own questions with the pieces of their document, but for those whose answer stands elsewhere."""
    for question in material.questions:
        for _, passage in material.of(question.gold[0]):
            if not question.answerable or holds(passage.text, question.answers):
                yield Pair(question.text, passage, question.answerable)


def _asked(material: Material, place: int, draw: random.Random) -> Iterator[Pair]:
    question = material.questions[place]
    own = material.of(question.gold[0])
    if not question.answerable:
        yield from (Pair(question.text, piece.passage, False) for piece in own)
        return
    right = [piece for piece in own if holds(piece.passage.text, question.answers)]
    if not right:
        return
    passage = (right[0] if len(right) == 1 else draw.choice(right[:2])).passage
    yield Pair(question.text, passage, True, question.answers)
    missed = _near_miss(question, own, material.resembling(place), draw)
    if missed and draw.random() < material.shares.near_miss:
        yield Pair(question.text, missed.passage, False)
    if draw.random() < material.shares.cut:
        yield from _cut(question.text, passage, question.answers, material.locale)
    if draw.random() < material.shares.swapped:
        other = swapped(question.text, passage.text, question.answers, material.locale, draw)
        yield from [Pair(other, passage, False)] if other else []


def _near_miss(
    question: Question, own: Sequence[Piece], resembling: Sequence[Piece], draw: random.Random
) -> Piece | None:
    """A piece without an answer, of the same document or among those most alike."""
    near = [piece for piece in own if not holds(piece.passage.text, question.answers)]
    hard = [piece for piece in resembling if not holds(piece.passage.text, question.answers)]
    if near and draw.random() < 0.5:
        return draw.choice(near)
    return draw.choice(hard[:4]) if hard else None


def _cut(question: str, passage: Readable, answers: Collection[str], locale: str) -> list[Pair]:
    left = without_answer(passage.text, answers, locale)
    return [Pair(question, passage._replace(text=left), False)] if left else []
