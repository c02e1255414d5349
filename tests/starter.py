"""A small real knowledge base: eight starter articles in two languages, embedded once and restored wherever needed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from assistant.accounts import Accounts
from assistant.container import Container, open_container, restore_database
from assistant.knowledge import embedder as embedders
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from ingest.importing import Importing
from ingest.jobs import add_jobs

KB_DOCS = Path(__file__).parent.parent / "kb_docs"
ARTICLES = (
    "hub-h1-reset",
    "hub-h2-reset",
    "refund-times",
    "return-how-to",
    "delivery-times-costs",
    "plus-cancel",
    "warranty-terms",
    "camera-c1-setup",
)
# Asked with the words of an article's own alternates, so that no tuning of the search moves them.
QUESTION, ANSWERED_BY = "how do i factory reset my hub mini h1", "hub-h1-reset"
QUESTION_ZH, ANSWERED_BY_ZH = "花呗分期退货怎么退", "refund-times"
QUESTION_HANT = "花唄分期退貨怎麼退"
UNKNOWN = "Which river flows through the capital of Mongolia?"
IDENTITY_SECRET = "a secret of the site that signs its customers"


def copy_articles(folder: Path) -> Path:
    """A folder with the eight articles in both languages."""
    for language in ("en", "zh"):
        (folder / language).mkdir(parents=True)
        for name in ARTICLES:
            shutil.copy(KB_DOCS / language / f"{name}.md", folder / language)
    return folder


@contextmanager
def one_embedder(embedder: Embedder) -> Iterator[None]:
    """Containers take this loaded embedder instead of loading their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedders, "load_embedder", lambda *_args, **_kwargs: embedder)
        yield


def make_backup(folder: Path, embedder: Embedder) -> Path:
    """A backup of an installation that has ingested the articles."""
    path = folder / "starter.backup"
    settings = Settings(_env_file=None, data_dir=folder / "data")
    with one_embedder(embedder), open_container(settings) as container:
        importing = Importing(container)
        report = importing.write([copy_articles(folder / "kb")], source="starter")
        assert (report.added, report.failed) == (2 * len(ARTICLES), [])
        assert importing.settle(report.jobs) == []
        container.backup(path, lambda _done, _total: None)
    return path


def restore(settings: Settings, backup: Path) -> None:
    """Put the articles and their vectors into an installation's database; it must be new."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    restore_database(settings, backup, force=True)


@contextmanager
def starter_container(settings: Settings, backup: Path, embedder: Embedder) -> Iterator[Container]:
    """A container that can answer from the articles; its jobs run when a test drains its worker."""
    restore(settings, backup)
    with one_embedder(embedder), open_container(settings) as container:
        container.accounts = Accounts(container.database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        add_jobs(container)
        container.knowledge.open()
        container.knowledge.open_dense()
        yield container
