"""The starter articles, ingested once and asked everything once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.settings import Settings
from eval.cases import Suite, suite
from eval.observation import Observation, Observer
from eval.run import ingest, keep_vectors, load_vectors, observe, share_models, temporary_installation


@pytest.fixture(scope="session")
def model_settings(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose models are those that tests unpack once."""
    folder = tmp_path_factory.mktemp("models") / "data"
    share_models(models_dir, folder)
    return Settings(_env_file=None, data_dir=folder)


@pytest.fixture(scope="session")
def starter() -> Suite:
    """The suite that comes with Askdesk."""
    return suite("starter", Path("nowhere"))


@pytest.fixture(scope="session")
def starter_observed(starter: Suite, model_settings: Settings, models_dir: Path) -> Sequence[Observation]:
    """What became of every case of the starter suite. The articles' vectors stay between runs."""
    vectors = models_dir.parent / "embeddings" / "starter.npz"
    with temporary_installation(model_settings) as container:
        observer = Observer(container)
        load_vectors(container, vectors)
        ingest(container, starter, lambda _label, _done, _total: None)
        keep_vectors(container, vectors)
        return observe(observer, starter.cases, lambda _label, _done, _total: None)
