"""Figures behind ADR 0002: keyword engines side by side on the same tokens of a large knowledge base.

    python -m eval.keyword_engines --data ../shared/data --passages 100000

The passages are real ones from the development data, shuffled together to the number asked for; the questions are real.
bm25s is measured where it happens to be installed: nothing in Askdesk needs it.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from assistant.knowledge import segment
from assistant.knowledge.keywords import KeywordDocument, KeywordIndex
from eval.datasets import load_passages, load_queries


class Engine(Protocol):
    """What is timed of each engine."""

    def build(self, texts: Sequence[str]) -> None:
        """Index the texts (tokens joined by spaces), durably."""

    def open(self) -> None:
        """Open what was built, ready to be searched."""

    def search(self, words: Sequence[str], k: int) -> int:
        """Search, and say how many passages came back."""

    def update(self, number: int, text: str) -> None:
        """Replace one text, durable and searchable."""


class Tantivy:
    """The engine that Askdesk uses, through its own class."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tantivy"

    def build(self, texts: Sequence[str]) -> None:
        """Index the texts in one commit."""
        index = KeywordIndex(self._folder)
        index.upsert(KeywordDocument(f"p{number}", text) for number, text in enumerate(texts))
        index.commit(1)
        index.close()

    def open(self) -> None:
        """Open the folder."""
        self._index = KeywordIndex(self._folder)

    def search(self, words: Sequence[str], k: int) -> int:
        """A disjunction of terms."""
        return len(self._index.search(words, k))

    def update(self, number: int, text: str) -> None:
        """Delete, add, commit, reload."""
        self._index.upsert([KeywordDocument(f"p{number}", text)])
        self._index.commit(2)


class Fts5:
    """SQLite's full-text search and its built-in BM25."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "fts5.db"

    def build(self, texts: Sequence[str]) -> None:
        """Insert all texts in one transaction."""
        with sqlite3.connect(self._file) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE VIRTUAL TABLE kb USING fts5(body)")
            connection.executemany("INSERT INTO kb(rowid, body) VALUES (?, ?)", enumerate(texts))
        connection.close()

    def open(self) -> None:
        """Connect."""
        self._connection = sqlite3.connect(self._file)

    def search(self, words: Sequence[str], k: int) -> int:
        """A disjunction of quoted words, best first."""
        quoted = " OR ".join('"' + word.replace('"', '""') + '"' for word in dict.fromkeys(words))
        statement = "SELECT rowid, bm25(kb) FROM kb WHERE kb MATCH ? ORDER BY rank LIMIT ?"
        return len(self._connection.execute(statement, (quoted, k)).fetchall())

    def update(self, number: int, text: str) -> None:
        """Replace one row."""
        with self._connection:
            self._connection.execute("UPDATE kb SET body = ? WHERE rowid = ?", (text, number))


class Bm25s:
    """bm25s: scores computed at build time in sparse matrices; it has no update, so a change is a rebuild."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "bm25s"
        self._module: Any = importlib.import_module("bm25s")
        self._texts: list[str] = []

    def build(self, texts: Sequence[str]) -> None:
        """Score all texts and save the matrices."""
        self._texts = list(texts)
        model = self._module.BM25()
        model.index([text.split() for text in texts], show_progress=False)
        model.save(str(self._folder))

    def open(self) -> None:
        """Load the matrices."""
        self._model = self._module.BM25.load(str(self._folder))

    def search(self, words: Sequence[str], k: int) -> int:
        """The best documents."""
        return len(self._model.retrieve([list(words)], k=k, show_progress=False).documents[0])

    def update(self, number: int, text: str) -> None:
        """Rebuild everything."""
        self._texts[number] = text
        self.build(self._texts)
        self.open()


def _corpus(data: Path, size: int) -> tuple[list[str], list[list[str]]]:
    """``size`` passages mixed from real ones, and real questions, as tokens."""
    real = [
        segment.tokens(passage.text)
        for name in ("squad2", "mtrag_un", "cmrc2018_dev", "drcd_dev")
        for passage in load_passages(data / name)
    ]
    draw = random.Random(0)
    texts = [" ".join(draw.choice(real)[:90] + draw.choice(real)[-70:]) for _ in range(size)]
    questions = [*load_queries(data / "squad2")[:200], *load_queries(data / "cmrc2018")[:200]]
    return texts, [segment.tokens(question.text) for question in questions]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _measure(name: str, engine: Engine, texts: list[str], questions: list[list[str]], k: int) -> str:
    build = _seconds(lambda: engine.build(texts))
    opened = _seconds(engine.open)
    engine.search(questions[0], k)
    times = sorted(_seconds(lambda words=words: engine.search(words, k)) for words in questions)  # type: ignore[misc]
    update = _seconds(lambda: engine.update(7, "zebra " + texts[7]))
    p50, p95 = statistics.median(times) * 1e3, times[int(len(times) * 0.95)] * 1e3
    return f"| {name} | {build:.1f} s | {opened * 1e3:.0f} ms | {p50:.1f} ms | {p95:.1f} ms | {update * 1e3:.0f} ms |"


def main() -> None:
    """Print one table row per engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("-k", type=int, default=64)
    given = parser.parse_args()
    texts, questions = _corpus(given.data, given.passages)
    print("| engine | rebuild from tokens | open | query p50 | p95 | one update |\n|---|---|---|---|---|---|")
    engines: list[tuple[str, Callable[[Path], Engine]]] = [("tantivy", Tantivy), ("SQLite FTS5", Fts5)]
    if importlib.util.find_spec("bm25s"):
        engines.append(("bm25s", Bm25s))
    for name, make in engines:
        with tempfile.TemporaryDirectory() as folder:
            print(_measure(name, make(Path(folder)), texts, questions, given.k), flush=True)


if __name__ == "__main__":
    main()
