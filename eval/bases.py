"""Collections as knowledge bases in memory, with the questions asked of them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.knowledge.keywords import KeywordDocument
from assistant.knowledge.memory_search import KnowledgeArrays
from assistant.knowledge.reader import AdapterReader, Readable, Reader
from assistant.knowledge.segment import tokens
from eval.datasets import Document, FaqEntry, Question, load_faq, load_labelled, load_passages, load_queries

Vectors = NDArray[np.float32]

# Whether questions about a document of this title, in this collection, are wanted.
Keep = Callable[[str, str], bool]

_SAVED_AFTER = 500


class Encoder(Protocol):
    """The part of an embedder that is needed here."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """One row per question."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """One row per passage."""


class CachedEncoder:
    """Vectors of texts, each embedded once and kept in one ``.npz`` file between runs."""

    def __init__(self, load: Callable[[], Encoder], file: Path) -> None:
        self._load = load
        self._file = file
        self._kept: dict[str, Vectors] = {}
        if file.is_file():
            with np.load(file, allow_pickle=False) as stored:
                self._kept = dict(zip(stored["keys"].tolist(), stored["vectors"].astype(np.float32), strict=True))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """One row per question."""
        return self._rows("q", texts, lambda missing: self._load().embed_queries(missing))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """One row per passage."""
        return self._rows("p", texts, lambda missing: self._load().embed_passages(missing))

    def _rows(self, kind: str, texts: Sequence[str], embed: Callable[[list[str]], Vectors]) -> Vectors:
        missing = [text for text in dict.fromkeys(texts) if _key(kind, text) not in self._kept]
        if missing:
            self._kept.update(zip((_key(kind, text) for text in missing), embed(missing), strict=True))
            self._file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(
                self._file, keys=np.array(list(self._kept)), vectors=np.array(list(self._kept.values()), np.float16)
            )
        return np.stack([self._kept[_key(kind, text)] for text in texts])


class CachedReader:
    """What a reader said of questions and passages, each pair read once and kept in one ``.npz`` file between runs."""

    def __init__(self, load: Callable[[], Reader], file: Path, *, depth: int = AdapterReader.depth) -> None:
        self._load = load
        self._file = file
        self._kept: dict[str, float] = {}
        self._new = 0
        self.name = "cached"
        self.depth = depth
        self.decides = True
        if file.is_file():
            with np.load(file, allow_pickle=False) as stored:
                self._kept = dict(zip(stored["keys"].tolist(), stored["logits"].tolist(), strict=True))

    def read(self, question: str, passages: Sequence[Readable], *, patient: bool = False) -> NDArray[np.float64]:
        """As ``Reader.read``."""
        keys = [_key(question, passage.written()) for passage in passages]
        missing = [place for place, key in enumerate(keys) if key not in self._kept]
        if missing:
            made = self._load().read(question, [passages[place] for place in missing], patient=patient)
            self._kept.update((keys[place], float(logit)) for place, logit in zip(missing, made, strict=True))
            self._new += len(missing)
            if self._new >= _SAVED_AFTER:
                self.save()
        return np.array([self._kept[key] for key in keys], dtype=float)

    def save(self) -> None:
        """Keep what was read."""
        self._new = 0
        self._file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(self._file, keys=np.array(list(self._kept)), logits=np.array(list(self._kept.values()), np.float32))


def _key(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}\x1e{text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Asking:
    """A question ready to be searched for, with the articles that answer it."""

    text: str
    tokens: tuple[str, ...]
    vector: Vectors
    gold: frozenset[str]
    answerable: bool
    decidable: bool = True


@dataclass(frozen=True, slots=True)
class Base:
    """A knowledge base and the questions asked of it. ``phrasings``: rows of vectors that are ways to ask."""

    name: str
    arrays: KnowledgeArrays
    questions: list[Asking] = field(default_factory=list)
    phrasings: tuple[tuple[int, str], ...] = ()


def passage_text(document: Document) -> str:
    """What is embedded of a passage: its title above its text."""
    return f"{document.title}\n{document.text.strip()}" if document.title else document.text.strip()


def base_of_passages(documents: Sequence[Document], encoder: Encoder) -> KnowledgeArrays:
    """One article per passage."""
    return KnowledgeArrays(
        [KeywordDocument(d.id, joined(d.text), "", joined(d.title), "", d.locale) for d in documents],
        [d.id for d in documents],
        encoder.embed_passages([passage_text(d) for d in documents]),
        np.arange(len(documents), dtype=np.int64),
        [Readable(d.title, "", d.text.strip()) for d in documents],
    )


def base_of_faq(entries: Sequence[FaqEntry], encoder: Encoder) -> tuple[KnowledgeArrays, tuple[tuple[int, str], ...]]:
    """One article per entry, found by its question and alternates alone, and these phrasings by their row."""
    texts = [text for entry in entries for text in (entry.question, *entry.alternates)]
    owners = [place for place, entry in enumerate(entries) for _ in range(1 + len(entry.alternates))]
    documents = [
        KeywordDocument(entry.id, "", "", joined(entry.question), " ".join(joined(text) for text in entry.alternates))
        for entry in entries
    ]
    vectors = encoder.embed_passages(texts)
    arrays = KnowledgeArrays(
        documents,
        [entry.id for entry in entries],
        vectors,
        np.array(owners, dtype=np.int64),
        [Readable(entry.question, "", entry.answer) for entry in entries],
    )
    return arrays, tuple(enumerate(texts))


def joined(text: str) -> str:
    """The tokens of a text as SQL keeps them."""
    return " ".join(tokens(text)) if text.strip() else ""


def asked(questions: Iterable[Question], encoder: Encoder, turns: int = 0) -> list[Asking]:
    """The questions with their vectors; ``turns`` earlier customer messages are read before each."""
    every = list(questions)
    if not every:
        return []
    texts = [in_context(question, turns) for question in every]
    vectors = encoder.embed_queries(texts)
    return [
        Asking(
            text,
            tuple(tokens(text)),
            vector,
            frozenset(question.gold),
            question.answerable,
            question.answerability != "UNDERSPECIFIED",
        )
        for question, text, vector in zip(every, texts, vectors, strict=True)
    ]


def in_context(question: Question, turns: int) -> str:
    """The question after the customer's last ``turns`` messages, one a line."""
    earlier = [text for role, text in question.history if role == "customer"]
    return "\n".join([*(earlier[-turns:] if turns else []), question.text])


def passage_bases(data: Path, encoder: Encoder, keep: Keep = lambda _collection, _title: True) -> list[Base]:
    """The collections of passages with real questions: those about documents whose titles are to be kept."""
    squad = base_of_passages(load_passages(data / "squad2"), encoder)
    turns = base_of_passages(load_passages(data / "mtrag_un"), encoder)
    multi = load_queries(data / "mtrag_un")
    cmrc = base_of_passages(load_passages(data / "cmrc2018"), encoder)
    return [
        Base("squad2", squad, asked(_about(data / "squad2", keep), encoder)),
        Base("mtrag_un", turns, asked(multi, encoder)),
        Base("mtrag_un, 1 turn before", turns, asked(multi, encoder, 1)),
        Base("mtrag_un, 2 turns before", turns, asked(multi, encoder, 2)),
        Base("cmrc2018", cmrc, asked(load_queries(data / "cmrc2018"), encoder)),
        *_parallel(data / "xquad", encoder, keep),
    ]


def _about(folder: Path, keep: Keep, part: str = "", titles_of: str = "") -> list[Question]:
    titles = {document.id: document.title for document in load_passages(folder, titles_of or part)}
    return [question for question in load_queries(folder, part) if keep(folder.name, titles[question.gold[0]])]


def faq_bases(data: Path, encoder: Encoder) -> list[Base]:
    """The FAQ with real traffic, and FAQs made of labelled messages: a few as phrasings, others as questions."""
    arrays, phrasings = base_of_faq(load_faq(data / "hint3_sofmattress"), encoder)
    hint3 = Base("hint3", arrays, asked(load_queries(data / "hint3_sofmattress"), encoder), phrasings)
    banking = load_labelled(data / "banking77" / "train.jsonl", "intent")
    clinc = load_labelled(data / "clinc150" / "train.jsonl", "intent")
    outside = clinc.pop("oos", []) + load_labelled(data / "clinc150" / "val.jsonl", "intent").get("oos", [])
    return [
        hint3,
        _labelled("banking77", banking, [], 6, 10, encoder),
        _labelled("clinc150", clinc, outside[:200], 5, 5, encoder),
    ]


def _labelled(
    name: str, messages: Mapping[str, Sequence[str]], outside: Sequence[str], known: int, new: int, encoder: Encoder
) -> Base:
    entries, questions = [], []
    for label in sorted(messages):
        mixed = random.Random(label).sample(list(messages[label]), min(len(messages[label]), known + new))
        entries.append(FaqEntry(label, mixed[0], tuple(mixed[1:known]), ""))
        questions += [Question(text, text, (label,)) for text in mixed[known:]]
    questions += [Question(text, text, (), answerable=False) for text in outside]
    arrays, phrasings = base_of_faq(entries, encoder)
    return Base(name, arrays, asked(questions, encoder), phrasings)


def _parallel(folder: Path, encoder: Encoder, keep: Keep) -> list[Base]:
    """The same passages in two languages: asked in the other one, and both in one knowledge base."""
    parts = {part: base_of_passages(load_passages(folder, part), encoder) for part in ("en", "zh")}
    questions = {part: asked(_about(folder, keep, part, "en"), encoder) for part in ("en", "zh")}
    both = KnowledgeArrays(
        [*parts["en"].documents, *parts["zh"].documents],
        [*parts["en"].articles, *parts["zh"].articles],
        np.vstack((parts["en"].vectors, parts["zh"].vectors)),
        np.arange(len(parts["en"].articles) + len(parts["zh"].articles), dtype=np.int64),
        [*parts["en"].readable, *parts["zh"].readable],
    )
    return [
        Base("xquad zh→en", parts["en"], questions["zh"]),
        Base("xquad en→zh", parts["zh"], questions["en"]),
        Base("xquad en→en", parts["en"], questions["en"]),
        Base("xquad zh→zh", parts["zh"], questions["zh"]),
        Base("xquad zh→both", both, questions["zh"]),
        Base("xquad en→both", both, questions["en"]),
    ]
