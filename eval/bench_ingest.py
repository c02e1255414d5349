"""How much of the encoder's own speed an import reaches, and what importing the same again costs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant.container import Container
from assistant.errors import AskdeskError
from assistant.knowledge.segment import tokens
from assistant.storage import embeddings, jobs
from assistant.storage.tables.base import now
from eval.baselines import Chain
from ingest.importing import Importing

_EVERY = 1_000_000
# Looking costs a query, and many of them would slow down what is measured.
_LOOKED_EVERY = 0.2
_ARTICLE = """---
id: unchanged-{number}
title: Spare part {number}
---

Part {number} fits model {model}. It is sent within {days} working days.
"""


@dataclass(frozen=True, slots=True)
class IngestTimes:
    """Seconds for the same strings: through the whole import, by the encoder alone, and through the plain chain."""

    strings: int
    passages: int
    ingest: float
    encoder: float
    chain: float
    chunks: int


def time_ingest(container: Container, files: Sequence[Path], rounds: int) -> IngestTimes:
    """The times for these articles, taken in turns so that a busy machine is busy for all of them alike."""
    embedder = container.knowledge.target()
    container.knowledge.open_dense()
    # What a process loads once is not what is measured: the encoder, and the dictionary of Chinese words.
    embedder.embed_passages(["warm up"] * 8)
    tokens("热身")
    chain, known = Chain(embedder), set(_texts(container))
    ingest = encoder = chained = 0.0
    chunks = strings = 0
    for some in (files[start::rounds] for start in range(min(rounds, len(files)))):
        articles = {view.key for view in container.articles.reading.every()}
        ingest += _imported(container, some)
        texts = _texts(container)
        new = [text for digest, text in texts.items() if digest not in known]
        known, strings = known | set(texts), strings + len(new)
        started = time.perf_counter()
        embedder.embed_passages(new)
        encoder += time.perf_counter() - started
        views = [view for view in container.articles.reading.every() if view.key not in articles]
        documents = [(view.key.id, f"{view.content.title}\n\n{view.content.body}") for view in views]
        started = time.perf_counter()
        chunks += chain.add(documents)
        chained += time.perf_counter() - started
    return IngestTimes(strings, Importing(container).indexed()[1], ingest, encoder, chained, chunks)


def time_unchanged(folder: Path, data_dir: Path, articles: int) -> dict[str, float]:
    """Seconds of the whole command for new articles, and for the same ones again.

    Raises:
        AskdeskError: the command failed; the message is its own.
    """
    folder.mkdir(parents=True)
    for number in range(articles):
        text = _ARTICLE.format(number=number, model=number % 37, days=number % 9 + 1)
        (folder / f"{number}.md").write_text(text, "utf-8")
    times = {}
    for name in ("first", "again"):
        started = time.perf_counter()
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "api.cli", "ingest", str(folder), "--data-dir", str(data_dir), "--json"],
            env={name_: value for name_, value in os.environ.items() if not name_.startswith("ASKDESK_")},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AskdeskError(f"The import to be measured failed: {done.stderr.strip()}")
        times[name] = time.perf_counter() - started
    return times


def _imported(container: Container, files: Sequence[Path]) -> float:
    """The seconds until these files can be found: until the last job ended, whenever that was looked at."""
    started = now()
    importing = Importing(container)
    with importing.indexing_meanwhile() as begin:
        report = importing.write(files, source="bench", tell=begin)
        while (ended := _ended(container, report.jobs)) is None:
            time.sleep(_LOOKED_EVERY)
        return (ended - started).total_seconds()


def _ended(container: Container, job_ids: Sequence[str]) -> datetime | None:
    """When the last of the jobs ended; None while one has not."""
    with container.database.read() as session:
        found = jobs.by_ids(session, job_ids)
    failed = [job.error for job in found if job.state == "failed"]
    if failed:
        raise AskdeskError(f"The import to be measured failed: {failed[0]}")
    moments = [job.finished_at for job in found if job.finished_at is not None]
    return max(moments) if len(moments) == len(job_ids) else None


def _texts(container: Container) -> dict[str, str]:
    """Every different string that is embedded, by hash."""
    with container.database.read() as session:
        return dict(embeddings.missing(session, "no such model", _EVERY))
