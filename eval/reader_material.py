"""What the bundled reader learns from: passages in pieces with their questions, and which documents it never sees.

Banking77, CMRC 2018's and DRCD's development parts are read whole, of SQuAD all titles but two, of XQuAD the titles
that a hash picks. XQuAD was made from titles of SQuAD: what is of a title that was read there is not held out, whatever
its hash says. All other collections are held out whole.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]  # it ships no types

from assistant.domain.sentences import sentences
from assistant.knowledge.reader import Readable
from eval.datasets import Document, Question, load_passages, load_queries

PIECE_TOKENS = 140

READ_WHOLE = frozenset({"banking77", "cmrc2018_dev", "drcd_dev"})
_SQUAD_TITLES_HELD_OUT = 2
_XQUAD_TENTHS_READ = 6
_ALIKE = 8
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def held_out_titles(data: Path) -> frozenset[str]:
    """The titles of SQuAD that the reader was never trained on.

    Raises:
        NotFound: the collection is missing.
    """
    return frozenset(random.Random(0).sample(sorted(_squad_titles(data)), _SQUAD_TITLES_HELD_OUT))


def is_read(data: Path, collection: str, title: str) -> bool:
    """Whether the reader is trained on the documents of this title that are in the folder ``collection``."""
    if collection == "squad2":
        return title not in held_out_titles(data)
    if collection == "xquad":
        tenth = int(hashlib.sha256(f"x{title}".encode()).hexdigest(), 16) % 10
        return title not in held_out_titles(data) and tenth < _XQUAD_TENTHS_READ
    return collection in READ_WHOLE


def is_held_out(data: Path, collection: str, title: str) -> bool:
    """Whether the reader never saw the documents of this title that are in the folder ``collection``.

    The Chinese part of XQuAD has no titles: ask with that of the English document of the same id, or ask
    ``held_out_documents``.

    Raises:
        NotFound: SQuAD or XQuAD is asked about, and SQuAD is missing.
    """
    if collection == "xquad" and title in _squad_titles(data) - held_out_titles(data):
        return False
    return not is_read(data, collection, title)


def read_documents(data: Path, collection: str) -> frozenset[str]:
    """The ids of the passages that the reader is trained on, of XQuAD the same in both languages."""
    return frozenset(each.id for each in _titled(data, collection) if is_read(data, collection, each.title))


def held_out_documents(data: Path, collection: str) -> frozenset[str]:
    """The ids of the passages that the reader never saw, of XQuAD the same in both languages."""
    return frozenset(each.id for each in _titled(data, collection) if is_held_out(data, collection, each.title))


def _titled(data: Path, collection: str) -> list[Document]:
    return load_passages(data / collection, "en" if collection == "xquad" else "")


@cache
def _squad_titles(data: Path) -> frozenset[str]:
    return frozenset(document.title for document in load_passages(data / "squad2"))


class Piece(NamedTuple):
    """Some whole sentences of a document, as they are read."""

    document: str
    passage: Readable


@dataclass(frozen=True, slots=True)
class Shares:
    """How many of the questions also give a pair with a near-miss, a passage cut short, and an entity swapped."""

    near_miss: float = 0.7
    cut: float = 0.35
    swapped: float = 0.35


@dataclass(frozen=True, slots=True)
class Material:
    """A collection in pieces, its questions, and for each question the places of the pieces whose words are most alike.

    ``name`` seeds what is drawn from it.
    """

    name: str
    locale: str
    questions: Sequence[Question]
    pieces: Sequence[Piece]
    alike: Sequence[Sequence[int]]
    shares: Shares
    _of: dict[str, list[Piece]] = field(default_factory=lambda: defaultdict(list), init=False, repr=False)

    def __post_init__(self) -> None:
        for piece in self.pieces:
            self._of[piece.document].append(piece)

    def of(self, document: str) -> list[Piece]:
        """The pieces of a document, in their order."""
        return self._of.get(document, [])

    def resembling(self, place: int) -> list[Piece]:
        """The pieces most alike to the question at this place, the best first."""
        return [self.pieces[other] for other in self.alike[place]]


def load_material(
    name: str,
    folder: Path,
    count: Callable[[str], int],
    *,
    part: str = "",
    locale: str,
    shares: Shares | None = None,
    only: Collection[str] | None = None,
) -> Material:
    """The documents of a collection's part, or ``only`` those with these ids, with the questions about them.

    ``count`` tells how many tokens a text takes.

    Raises:
        NotFound: the collection is missing.
    """
    documents = [each for each in load_passages(folder, part) if only is None or each.id in only]
    known = {document.id for document in documents}
    questions = [each for each in load_queries(folder, part) if each.gold and each.gold[0] in known]
    pieces = [piece for document in documents for piece in in_pieces(document, count)]
    alike = _alike([question.text for question in questions], pieces, locale)
    return Material(name, locale, questions, pieces, alike, shares or Shares())


def in_pieces(document: Document, count: Callable[[str], int]) -> Iterator[Piece]:
    """The document in whole sentences, as many to a piece as ``PIECE_TOKENS`` allow, at least one."""
    taken: list[str] = []
    room = PIECE_TOKENS
    for sentence in sentences(document.text):
        length = count(sentence)
        if taken and length > room:
            yield _piece(document, taken)
            taken, room = [], PIECE_TOKENS
        taken.append(sentence)
        room -= length
    if taken:
        yield _piece(document, taken)


def _piece(document: Document, taken: Sequence[str]) -> Piece:
    between = "" if _CHINESE.search(taken[0]) else " "
    return Piece(document.id, Readable(document.title, "", between.join(taken)))


def _alike(questions: Sequence[str], pieces: Sequence[Piece], locale: str) -> list[list[int]]:
    """By words in English, by characters and pairs of them in Chinese."""
    chosen: dict[str, Any] = {"analyzer": "char", "ngram_range": (1, 2)} if locale == "zh" else {}
    weighing = TfidfVectorizer(sublinear_tf=True, **chosen)
    read = weighing.fit_transform([f"{passage.title} {passage.text}" for _, passage in pieces])
    likeness = (weighing.transform(questions) @ read.T).tocsr()
    rows = (likeness[place] for place in range(len(questions)))
    return [[int(place) for place in row.indices[np.argsort(-row.data)][:_ALIKE]] for row in rows]
