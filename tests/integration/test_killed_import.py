"""An import killed while it embeds goes on where it was: everything once, and nothing embedded that was stored."""

from __future__ import annotations

import ast
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from assistant.container import open_container
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from assistant.storage.database import Database
from assistant.storage.tables import Article, Embedding, PassageRow
from ingest.split import split
from tests.integration.server import until
from tests.integration.told import Told
from tests.processes import environment
from tests.starter import one_embedder

KILLS = int(os.environ.get("KILL_ROUNDS", "3"))
ARTICLES = 32
SECTIONS = 6


def body(article: int) -> str:
    """The text of an article, of which no passage is like another's."""
    parts = ("lid", "lamp", "tank", "belt", "plug", "knob")
    return "\n\n".join(
        f"## The {part} of device {article}\n\nTurn the {part} of device {article} by {article + 7 * number} degrees "
        f"to the left until it clicks, then wait {article * SECTIONS + number + 2} seconds before you let it go."
        for number, part in enumerate(parts)
    )


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for article in range(ARTICLES):
        (folder / f"d{article}.md").write_text(f"---\nlocale: en\n---\n# Device {article}\n\n{body(article)}\n")
    return folder


@contextmanager
def nursery(docs: Path, data: Path, models: Path) -> Iterator[tuple[subprocess.Popen[str], Told]]:
    """The parent of the imports to be killed, and what they say."""
    command = [sys.executable, "-m", "tests.integration.killed_import", str(docs), str(data), str(models)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment(TOKENIZERS_PARALLELISM="0"),
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        told = Told(process.stdout)
        try:
            told.wait_for("loaded", 0)
            yield process, told
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # its children too


def stored(data: Path) -> set[str]:
    """The hashes of the texts whose vectors are stored."""
    if not (data / "askdesk.db").exists():
        return set()
    database = Database(f"sqlite:///{data / 'askdesk.db'}")
    with database.read() as session:
        found = set(session.scalars(select(Embedding.text_hash)))
    database.close()
    return found


def digests() -> dict[str, str]:
    """The hash of every text that the articles have, by the text."""
    return {
        phrasing.text: phrasing.digest
        for article in range(ARTICLES)
        for passage in split(ArticleKey(f"d{article}", "en"), ArticleContent(f"Device {article}", body(article)))
        for phrasing in passage.phrasings
    }


@pytest.mark.timeout(300)
def test_killed_while_embedding(tmp_path: Path, docs: Path, models_dir: Path, embedder: Embedder) -> None:
    data = tmp_path / "data"
    data.mkdir()
    hash_of = digests()
    draw = random.Random(11)
    with nursery(docs, data, models_dir) as (process, told):

        def begin() -> tuple[int, int]:
            assert process.stdin is not None
            heard = len(told.lines)
            process.stdin.write("\n")
            process.stdin.flush()
            return heard, int(told.wait_for("pid", heard).split()[1])

        def new_ones(heard: int, before: set[str]) -> None:
            said = [
                ast.literal_eval(line.removeprefix("embedded "))
                for line in told.lines[heard:]
                if line.startswith("embedded ")
            ]
            assert not {hash_of[text] for text in said} & before, "embedded again although it was stored"
            assert len(said) == len(set(said)), "embedded twice by one process"

        for kill in range(KILLS):
            before = stored(data)
            heard, child = begin()
            told.wait_for("embedding", heard)
            # Some die in their first batch, some when a few are stored, which a busy machine may take its time for.
            time.sleep(draw.uniform(0.0, 1.5))
            if kill == KILLS - 1:
                until(lambda: bool(stored(data)), "the first vectors to be stored", 60)
            os.kill(child, signal.SIGKILL)
            assert told.wait_for("ended", heard) == f"ended {signal.SIGKILL:d}", "it had ended before it was killed"
            new_ones(heard, before)
            assert before <= stored(data)
        half_way = stored(data)
        assert 0 < len(half_way) < len(hash_of)
        heard, _ = begin()
        until(lambda: any(line.startswith("ended") for line in told.lines[heard:]), "the import to end", 120)
        assert "exit 0" in told.lines[heard:]
        new_ones(heard, half_way)
        again, _ = begin()
        told.wait_for("ended", again)
    report = next(json.loads(line) for line in told.lines[again:] if line.startswith("{"))
    assert (report["unchanged"], report["added"], report["updated"], report["failed"]) == (ARTICLES, 0, 0, [])
    assert not any(line.startswith("embedding") for line in told.lines[again:])
    everything_once(data, hash_of, embedder)


def everything_once(data: Path, hash_of: dict[str, str], embedder: Embedder) -> None:
    """Each article and passage is there once, and both indexes say what SQL says."""
    with one_embedder(embedder), open_container(Settings(_env_file=None, data_dir=data)) as container:
        with container.database.read() as session:
            ids = session.scalars(select(Article.article_id).where(Article.published.is_not(None))).all()
            passages = session.scalar(select(func.count()).select_from(PassageRow))
            texts = session.execute(select(PassageRow.article_pk, PassageRow.text)).all()
        assert sorted(ids) == sorted(f"d{article}" for article in range(ARTICLES))
        assert passages == len(set(texts)) == ARTICLES * SECTIONS
        assert stored(data) == set(hash_of.values())
        container.knowledge.open()
        container.knowledge.open_dense()
        assert container.knowledge.problems(sampled=10_000) == []
        for article in (0, ARTICLES // 2, ARTICLES - 1):
            hits: list[Any] = list(container.find(f"how far to turn the belt of device {article}", "en", 3))
            assert hits[0].passage.article == f"d{article}"
            assert len({hit.passage.id for hit in hits}) == len(hits)
