"""A knowledge base on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.knowledge.embedder import Embedder
from assistant.storage.database import Database
from tests.ingest.kb import Kb, opened


@pytest.fixture
def kb(database: Database, tmp_path: Path, embedder: Embedder) -> Iterator[Kb]:
    """An empty knowledge base with open indexes, on SQLite and on PostgreSQL."""
    with opened(database, tmp_path / "index", embedder) as made:
        yield made


@pytest.fixture
def small(sqlite_url: str, tmp_path: Path, embedder: Embedder) -> Iterator[Kb]:
    """An empty knowledge base with open indexes, on SQLite."""
    database = Database(sqlite_url)
    with opened(database, tmp_path / "index", embedder) as made:
        yield made
    database.close()
