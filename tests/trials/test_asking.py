"""Past questions are asked in the background, of the real articles, and leave nothing else behind."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from assistant.container import Container
from assistant.domain.answers import Outcome
from assistant.domain.people import SYSTEM
from assistant.domain.rollout import Topic
from assistant.errors import Conflict, Invalid, NotFound
from assistant.flow.request import TurnRequest
from assistant.flow.understand import understand
from assistant.installation import SectionChange
from assistant.storage import jobs
from assistant.storage.tables import Base, Job, TrialQuestion
from assistant.trials import Narrowed, PastQuestion, QuestionView
from assistant.worker import Interrupted
from tests.trials.conftest import ANSWERED_BY, QUESTIONS, Start


def questions(container: Container, trial: str) -> dict[str, QuestionView]:
    """Every question of a trial by its text."""
    page = container.trials.reading.page(trial, Narrowed(), limit=500)
    return {each.text: each for each in page.items}


def counts(container: Container) -> dict[str, int]:
    """How many rows each table has."""
    with container.database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_each_comes_to_what_the_assistant_would_do(container: Container, start: Start) -> None:
    trial = start()
    found = questions(container, trial)
    assert {text: each.outcome for text, each in found.items()} == {
        QUESTIONS[0][0]: Outcome.ANSWERED,
        QUESTIONS[2][0]: Outcome.HANDOVER_OFFERED,
        QUESTIONS[3][0]: Outcome.ANSWERED,
        "Thank you!": Outcome.DECLINED,
        "I want to talk to a person": Outcome.HANDED_OVER,
        "How do I reset the Hub X9?": Outcome.HANDOVER_OFFERED,
    }
    answered = found[QUESTIONS[0][0]]
    assert answered.article == ANSWERED_BY
    assert answered.citations[0]["title"]
    assert answered.answer
    assert answered.confidence >= answered.threshold > 0
    assert found["Thank you!"].features == {}


def test_it_answers_as_a_customer_would_be_answered(container: Container, start: Start) -> None:
    asked = questions(container, start())
    for text, locale in QUESTIONS[2:]:
        given = container.turns.once(TurnRequest(text, locale=locale))
        assert (asked[text].outcome, asked[text].answer) == (given.outcome, given.text)


def test_repeats_count_but_are_asked_once(container: Container, start: Start) -> None:
    view = container.trials.reading.get(start())
    assert (view.total, view.asked, view.merged, view.done) == (6, 7, 1, 6)
    assert view.outcomes[Outcome.ANSWERED] == 3
    assert view.by_locale == {
        "en": {Outcome.ANSWERED: 2, Outcome.HANDOVER_OFFERED: 2, Outcome.DECLINED: 1, Outcome.HANDED_OVER: 1},
        "zh-Hans": {Outcome.ANSWERED: 1},
    }


def test_nothing_else_is_stored(container: Container, start: Start) -> None:
    before = counts(container)
    start()
    changed = {name for name, count in counts(container).items() if count != before[name]}
    assert changed == {"trials", "trial_questions", "audit", "jobs"}


def test_topics_that_always_go_to_a_person_do(container: Container, start: Start) -> None:
    rollout = container.installation.view()["rollout"]
    topics = [Topic(name="Resets", phrases=("reset",)).model_dump(mode="json")]
    container.installation.change({"rollout": SectionChange({"topics": topics}, rollout.version)}, SYSTEM)
    assert questions(container, start())[QUESTIONS[0][0]].outcome == Outcome.HANDED_OVER


def test_it_goes_on_where_it_was_interrupted(container: Container, start: Start) -> None:
    trial = start([(f"Question {n}: {QUESTIONS[0][0]}", "en") for n in range(20)], ask=False)

    class Stopping:
        """A job whose worker stops after so many questions."""

        left = 12

        def breathe(self, progress: object = None) -> None:
            self.left -= 1
            if self.left < 0:
                raise Interrupted

    with pytest.raises(Interrupted):
        container.trials.asking.run(Stopping(), {"trial": trial})
    view = container.trials.reading.get(trial)
    assert (view.state, view.done) == ("asking", 8)
    with container.database.write() as session:
        first = session.get_one(TrialQuestion, (trial, 1))
        first.answer = "as it was"
    container.worker.drain()
    view = container.trials.reading.get(trial)
    assert (view.state, view.done) == ("done", 20)
    assert container.trials.reading.question(trial, 1).answer == "as it was"


def test_asked_again_it_knows_what_was_published_since(container: Container, start: Start) -> None:
    trial = start()
    with container.database.write() as session:
        session.get_one(TrialQuestion, (trial, 1)).outcome = Outcome.DECLINED
    container.trials.asking.again(trial, SYSTEM)
    with pytest.raises(Conflict):
        container.trials.asking.again(trial, SYSTEM)
    assert container.trials.reading.get(trial).state == "waiting"
    container.worker.drain()
    assert container.trials.reading.question(trial, 1).outcome == Outcome.ANSWERED


def test_erased_it_is_gone_with_its_questions_even_while_it_is_asked(container: Container, start: Start) -> None:
    trial = start(ask=False)
    with container.database.read() as session:
        job = session.scalars(select(Job).where(Job.kind == "trial")).one()

    class Erasing:
        """Erases the trial while its first question is asked."""

        def breathe(self, progress: object = None) -> None:
            try:
                container.trials.asking.erase(trial, SYSTEM)
            except NotFound:
                return

    assert container.trials.asking.run(Erasing(), dict(job.payload)) == {"done": 6}
    with pytest.raises(NotFound):
        container.trials.reading.get(trial)
    with container.database.read() as session:
        assert session.scalar(select(func.count()).select_from(TrialQuestion)) == 0
        assert not jobs.is_queued(session, ["trial"])


@pytest.mark.parametrize(("rows", "said"), [(0, "asks nothing"), (5_001, "5,001 different questions; at most 5,000")])
def test_too_few_and_too_many_are_refused(container: Container, rows: int, said: str) -> None:
    past = [PastQuestion(row, f"question {row}", "en") for row in range(rows)]
    with pytest.raises(Invalid, match=said):
        container.trials.asking.start("past.csv", past, 0, SYSTEM)


def test_a_question_that_breaks_the_flow_does_not_end_the_trial(
    container: Container, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = understand

    def breaking(request: TurnRequest) -> Any:
        if "mongolia" in request.text.lower():
            raise ZeroDivisionError
        return real(request)

    monkeypatch.setattr("assistant.flow.graph.understand", breaking)
    found = questions(container, start())
    assert found[QUESTIONS[2][0]].reason == "failed"
    assert found[QUESTIONS[0][0]].outcome == Outcome.ANSWERED
