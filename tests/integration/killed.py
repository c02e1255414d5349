"""A process that writes, publishes and indexes until it is killed, telling on its output what was committed.

It is forked once for each line on standard input, by a parent that has imported everything, so that a round is short.
"""

from __future__ import annotations

import itertools
import os
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from assistant.articles.views import ArticleView
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.people import SYSTEM
from assistant.errors import NotFound
from assistant.knowledge.embedder import Embedder, Vectors
from assistant.storage.database import Database
from assistant.storage.tables import Customer
from tests.ingest.kb import Kb

ARTICLES = 6
TEXTS = 40


class Remembered:
    """The real embedder's fingerprint without its weights: every text of this test has its vector in SQL already."""

    name = "bundled"

    def __init__(self, fingerprint: str, dimensions: int) -> None:
        self.fingerprint = fingerprint
        self.dimensions = dimensions

    def embed_passages(self, texts: Sequence[str], on_batch: Callable[[int], None] | None = None) -> Vectors:
        if texts:
            raise AssertionError(f"not embedded beforehand: {texts}")
        return np.empty((0, self.dimensions), np.float32)


def content(article: int, number: int) -> ArticleContent:
    """One of the texts that an article may have; ``word`` is in no other."""
    body = f"The widget {article} is number {number}.\n\n## Code\n\nIts code is {word(article, number)}."
    return ArticleContent(f"Widget {article}", body)


def word(article: int, number: int) -> str:
    """A word that only this text has."""
    return f"zq{article}x{number}"


def _work(url: str, folder: Path, embedder: Any, seed: int) -> None:
    draw = random.Random(seed)
    database = Database(url)
    kb = Kb(database, folder, {"bundled": cast(Embedder, embedder)})
    kb.open()
    kb.worker.start()
    _say("ready")
    for step in itertools.count():
        article = draw.randrange(ARTICLES)
        number = -1 if step % 5 == 4 else draw.randrange(TEXTS)
        _say(f"will {article} {number}")
        if number < 0:
            _unpublish(kb, article)
            _say(f"done {article} -1")
        else:
            _publish(kb, article, number)
            _say(f"done {article} {number}")
        name = f"{seed}-{step}"
        with database.write() as session:
            session.add(Customer(id=name, name="acknowledged"))
        _say(f"kept {name}")
        if step % 12 == 11:
            kb.index.rebuild()


def _publish(kb: Kb, article: int, number: int) -> None:
    key = ArticleKey(f"w{article}", "en")
    view = _view(kb, article)
    if view is None:
        view = kb.articles.editing.create(key, content(article, number), SYSTEM)
    else:
        view = kb.articles.editing.save(key, content(article, number), view.revision, SYSTEM)
    kb.articles.editing.publish(key, view.revision, SYSTEM)
    kb.worker.wake()


def _unpublish(kb: Kb, article: int) -> None:
    view = _view(kb, article)
    if view is not None:
        kb.articles.editing.unpublish(view.key, view.revision, SYSTEM)
        kb.worker.wake()


def _view(kb: Kb, article: int) -> ArticleView | None:
    try:
        return kb.articles.reading.get(f"w{article}", "en")
    except NotFound:
        return None


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main() -> None:
    """Fork a working child for each line (a seed); say its process id."""
    url, folder, fingerprint, dimensions = sys.argv[1:5]
    import chromadb  # noqa: F401 - so that the children need not
    import tantivy  # noqa: F401

    _say("loaded")
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _work(url, Path(folder), Remembered(fingerprint, int(dimensions)), int(line))
            os._exit(0)
        _say(f"pid {child}")
        os.waitpid(child, 0)
        _say("ended")


if __name__ == "__main__":
    main()
