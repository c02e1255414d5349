"""A small real knowledge base to put past questions to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from assistant.container import Container
from assistant.domain.people import SYSTEM
from assistant.knowledge.embedder import Embedder
from assistant.settings import Settings
from assistant.trials import PastQuestion
from tests.starter import ANSWERED_BY, QUESTION, QUESTION_ZH, UNKNOWN, starter_container

QUESTIONS = (
    (QUESTION, "en"),
    (QUESTION.upper(), "en"),
    (UNKNOWN, "en"),
    (QUESTION_ZH, "zh-Hans"),
    ("Thank you!", "en"),
    ("I want to talk to a person", "en"),
    ("How do I reset the Hub X9?", "en"),
)

Start = Callable[..., str]

__all__ = ["ANSWERED_BY", "QUESTIONS", "Start"]


@pytest.fixture
def container(tmp_path: Path, starter_backup: Path, embedder: Embedder) -> Iterator[Container]:
    """Eight articles in two languages, ready to answer; jobs run when a test drains the worker."""
    settings = Settings(_env_file=None, data_dir=tmp_path / "data")
    with starter_container(settings, starter_backup, embedder) as opened:
        yield opened


@pytest.fixture
def start(container: Container) -> Start:
    """Starts a trial of some questions and, unless told otherwise, asks them all."""

    def begin(questions: Sequence[tuple[str, str]] = QUESTIONS, ask: bool = True) -> str:
        past = [PastQuestion(row, text, locale) for row, (text, locale) in enumerate(questions, 2)]
        made = container.trials.asking.start("past.csv", past, 0, SYSTEM)
        if ask:
            container.worker.drain()
        return made

    return begin
