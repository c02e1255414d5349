"""An installation that reads its best passages together with the question, from the turn to the calibration."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import calibrations
from assistant.calibrations import Calibrations
from assistant.container import Container
from assistant.flow.request import TurnRequest
from assistant.knowledge.embedder import Embedder
from assistant.knowledge.features import NAMES, READING
from assistant.settings import Settings
from assistant.storage.index_log import IndexLog
from tests.starter import QUESTION, starter_container


def settings(migrated: Path, folder: Path, reranker: str) -> Settings:
    """Of an installation of its own."""
    shutil.copy(migrated, folder / "askdesk.db")
    return Settings(_env_file=None, data_dir=folder, reranker=reranker)


@pytest.fixture(scope="module")
def reading(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory, starter_backup: Path, embedder: Embedder
) -> Iterator[Container]:
    """With the reader that ships."""
    own = settings(migrated_sqlite, tmp_path_factory.mktemp("reading"), "bundled")
    with starter_container(own, starter_backup, embedder) as opened:
        yield opened


def test_a_turn_reads_and_its_trace_says_so(reading: Container) -> None:
    answer = reading.turns.once(TurnRequest(QUESTION))
    assert set(answer.trace["features"]) == {*NAMES, *READING}
    assert answer.trace["search"]["reader"] > 0
    read = [each for each in answer.trace["candidates"] if each["why"]["reader"] > 0]
    assert 0 < len(read) <= 3
    assert answer.citations


def test_the_decision_is_fitted_to_reading(reading: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrations, "MOST_READ", 12)
    assert len(reading.calibrations.current().weights) == len(NAMES) + len(READING)
    told = reading.calibrations.refit()
    assert told["samples"] > 0
    assert not reading.calibrations.is_outdated()
    assert len(reading.calibrations.current().weights) == len(NAMES) + len(READING)


def test_turned_off_the_decision_is_to_be_fitted_anew(reading: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrations, "MOST_READ", 12)
    reading.calibrations.refit()
    plain = Calibrations(reading.database, IndexLog(reading.database), reading.knowledge.writer)
    assert plain.is_outdated()
    assert len(plain.current().weights) == len(NAMES)


def test_a_model_that_is_missing_is_told_and_nothing_else_fails(
    migrated_sqlite: Path, tmp_path: Path, starter_backup: Path, embedder: Embedder
) -> None:
    own = settings(migrated_sqlite, tmp_path, str(tmp_path / "nowhere"))
    with starter_container(own, starter_backup, embedder) as opened:
        assert "ASKDESK_RERANKER" in opened.readiness().parts["reader"]
        assert opened.turns.once(TurnRequest(QUESTION)).citations
