"""The starter articles, ingested once and asked everything once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
def starter_observer(starter: Suite, model_settings: Settings, models_dir: Path) -> Iterator[Observer]:
    """Asks the starter articles. Their vectors stay between runs."""
    vectors = models_dir.parent / "embeddings" / "starter.npz"
    with temporary_installation(model_settings) as container:
        observer = Observer(container)
        load_vectors(container, vectors)
        ingest(container, starter, lambda _label, _done, _total: None)
        keep_vectors(container, vectors)
        yield observer


@pytest.fixture(scope="session")
def starter_observed(starter: Suite, starter_observer: Observer) -> Sequence[Observation]:
    """What became of every case of the starter suite."""
    return observe(starter_observer, starter.cases, lambda _label, _done, _total: None)


@pytest.fixture(scope="session")
def models_observed(starter_observer: Observer) -> Sequence[Observation]:
    """What became of every question that names a product."""
    return _observed(starter_observer, "models")


@pytest.fixture(scope="session")
def stories_observed(starter_observer: Observer) -> Sequence[Observation]:
    """What became of every question with a story around it."""
    return _observed(starter_observer, "stories")


def _observed(observer: Observer, name: str) -> Sequence[Observation]:
    return observe(observer, suite(name, Path("nowhere")).cases, lambda _label, _done, _total: None)
