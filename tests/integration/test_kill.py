"""Killed at any moment, nothing acknowledged is lost and the indexes come to agree with SQL."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from assistant.domain.articles import ArticleKey
from assistant.errors import NotFound
from assistant.knowledge.embedder import Embedder
from assistant.storage import embeddings, jobs
from assistant.storage.database import Database
from assistant.storage.tables import Customer
from ingest.split import split
from tests.ingest.kb import Kb
from tests.integration.killed import ARTICLES, TEXTS, content, word
from tests.integration.told import Told

ROUNDS = int(os.environ.get("KILL_ROUNDS", "12"))


@contextmanager
def nursery(url: str, folder: Path, embedder: Embedder) -> Iterator[tuple[subprocess.Popen[str], Told]]:
    """The parent of the processes to be killed, and what they say."""
    command = [sys.executable, "-m", "tests.integration.killed", url, str(folder), embedder.fingerprint]
    with subprocess.Popen(
        [*command, str(embedder.dimensions)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = Told(process.stdout)
        try:
            told.wait_for("loaded", 0)
            yield process, told
        finally:
            process.kill()


def embed_all(database: Database, embedder: Embedder) -> None:
    """Give every text that may be published its vector."""
    texts = {
        phrasing.digest: phrasing.text
        for article in range(ARTICLES)
        for number in range(TEXTS)
        for passage in split(ArticleKey(f"w{article}", "en"), content(article, number))
        for phrasing in passage.phrasings
    }
    vectors = embedder.embed_passages(list(texts.values()))
    with database.write() as session:
        embeddings.store(session, embedder.fingerprint, list(texts), vectors)


class Expected:
    """What must be there: each article's last acknowledged state, or the one that was just being written."""

    def __init__(self) -> None:
        self.states: dict[int, set[int]] = {article: {-1} for article in range(ARTICLES)}
        self.kept: list[str] = []

    def hear(self, lines: list[str]) -> None:
        for line in lines:
            kind, *rest = line.split()
            if kind == "will":
                # Killed before the acknowledgement, it may have happened or not.
                self.states[int(rest[0])] |= {int(rest[1])}
            elif kind == "done":
                self.states[int(rest[0])] = {int(rest[1])}
            elif kind == "kept":
                self.kept.append(rest[0])


@pytest.mark.timeout(900)
def test_killed_at_any_moment(sqlite_url: str, tmp_path: Path, embedder: Embedder) -> None:
    database = Database(sqlite_url)
    embed_all(database, embedder)
    expected = Expected()
    draw = random.Random(7)
    folder = tmp_path / "index"
    acknowledged = 0
    with nursery(sqlite_url, folder, embedder) as (process, told):
        assert process.stdin is not None
        for number in range(ROUNDS):
            heard = len(told.lines)
            process.stdin.write(f"{number}\n")
            process.stdin.flush()
            child = int(told.wait_for("pid", heard).split()[1])
            told.wait_for("ready", heard)
            time.sleep(draw.uniform(0.02, 0.9))
            os.kill(child, signal.SIGKILL)
            told.wait_for("ended", heard)
            expected.hear(told.lines[heard:])
            _check(database, folder, embedder, expected, number)
            acknowledged = len(expected.kept)
    assert acknowledged > ROUNDS
    database.close()


def _check(database: Database, folder: Path, embedder: Embedder, expected: Expected, number: int) -> None:
    with database.write() as session:
        jobs.release_all(session)
        present = set(session.scalars(select(Customer.id)))
    assert set(expected.kept) <= present, f"round {number}: an acknowledged write is gone"
    kb = Kb(database, folder, {"bundled": embedder})
    kb.open()
    try:
        kb.drain()
        assert kb.index.problems(sampled=1_000) == [], f"round {number}"
        for article, states in expected.states.items():
            found = _published(kb, article)
            assert found in states, f"round {number}: article {article} is {found}, acknowledged was {states}"
            expected.states[article] = {found}
        _searches_agree(kb, expected)
    finally:
        kb.close()


def _searches_agree(kb: Kb, expected: Expected) -> None:
    for article, (state,) in expected.states.items():
        by_word = {(passage.article, passage.text) for passage in kb.keyword(word(article, state), 5)}
        assert bool(by_word) is (state >= 0)
        if state >= 0:
            assert f"w{article}" in {passage.article for passage in kb.dense(f"widget {article} number {state}", 50)}


def _published(kb: Kb, article: int) -> int:
    try:
        body = kb.articles.help.article(f"w{article}", "en").body
    except NotFound:
        return -1
    return next(number for number in range(TEXTS) if body == content(article, number).body)
