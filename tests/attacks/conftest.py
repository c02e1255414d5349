"""One installation that can answer, for all attacks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.container import Container
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from tests.starter import starter_container


@pytest.fixture(scope="package")
def remembering(embedder: Embedder) -> Iterator[Embedder]:
    """The embedder, which here need not embed the same text again for every model that is tried on it."""
    known: dict[tuple[str, str], Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in ("embed_queries", "embed_passages"):
            original = getattr(embedder, name)

            def remembered(texts: Sequence[str], *more: Any, original: Any = original, name: str = name) -> Any:
                new = [text for text in dict.fromkeys(texts) if (name, text) not in known]
                if new:
                    known.update({(name, text): row for text, row in zip(new, original(new, *more), strict=True)})
                return np.stack([known[name, text] for text in texts]) if texts else original(texts, *more)

            patch.setattr(embedder, name, remembered)
        yield embedder


@pytest.fixture(scope="package")
def container(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, starter_backup: Path, remembering: Embedder
) -> Iterator[Container]:
    """An installation with the starter articles."""
    folder = tmp_path_factory.mktemp("attacked")
    shutil.copy(migrated_sqlite, folder / "askdesk.db")
    with starter_container(Settings(_env_file=None, data_dir=folder), starter_backup, remembering) as opened:
        yield opened
