"""Trials: past questions asked of the assistant before it goes live, looked through and marked by people."""

from __future__ import annotations

from collections.abc import Callable

from assistant.flow.rehearsal import RehearsalRetriever, Remembered, rehearsing
from assistant.flow.retrieve import Indexes
from assistant.knowledge.calibration import Calibration
from assistant.storage.database import Database
from assistant.storage.trials import Narrowed
from assistant.trials.asking import TRIAL, Asking, MakeRequest, PastQuestion
from assistant.trials.marking import Marking, sample_place
from assistant.trials.reading import Reading
from assistant.trials.teaching import Teaching
from assistant.trials.views import Effect, QuestionPage, QuestionView, SampleView, Share, TrialView

__all__ = [
    "TRIAL",
    "Effect",
    "Narrowed",
    "PastQuestion",
    "QuestionPage",
    "QuestionView",
    "SampleView",
    "Share",
    "TrialView",
    "Trials",
    "sample_place",
]


class Trials:
    """The four parts of this use case, wired to one knowledge base.

    ``ready`` gives its indexes, opened; ``request`` makes what a question in a locale is asked with; ``compared`` gives
    the calibration without marks, the one in force, and the number of marks; ``wake`` tells the worker of a job.
    """

    def __init__(
        self,
        database: Database,
        ready: Callable[[], Indexes],
        calibration: Callable[[], Calibration],
        request: MakeRequest,
        compared: Callable[[], tuple[Calibration, Calibration, int]],
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        def retriever(remembered: Remembered) -> RehearsalRetriever:
            return RehearsalRetriever(database, ready(), calibration, remembered)

        self.asking = Asking(database, lambda: rehearsing(retriever({})), request, wake)
        self.reading = Reading(database)
        self.marking = Marking(database, wake)
        self.teaching = Teaching(database, retriever, request, compared)
