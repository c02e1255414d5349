"""Marks on past questions: kept, understood, drawn at random, and learnt from."""

from __future__ import annotations

import csv
import io

import pytest

from assistant.container import Container
from assistant.domain.answers import Outcome
from assistant.domain.indexing import CALIBRATE
from assistant.domain.people import SYSTEM
from assistant.domain.trials import Mark
from assistant.errors import Conflict, Invalid, NotFound
from assistant.storage import jobs
from assistant.trials import Narrowed, sample_place
from tests.trials.conftest import ANSWERED_BY, Start

ANSWERED, UNKNOWN, PERSON = 1, 2, 5


@pytest.fixture
def trial(start: Start) -> str:
    """A trial whose questions were asked."""
    return start()


def test_a_mark_is_kept_changed_and_taken_back(container: Container, trial: str) -> None:
    marking, reading = container.trials.marking, container.trials.reading
    assert marking.mark(trial, ANSWERED, Mark.RIGHT, SYSTEM).right is True
    assert (reading.question(trial, ANSWERED).mark, reading.question(trial, ANSWERED).named) == ("right", ANSWERED_BY)
    assert marking.mark(trial, ANSWERED, Mark.WRONG, SYSTEM).right is False
    assert reading.marks(trial) == {"wrong": 1}
    assert marking.mark(trial, ANSWERED, None, SYSTEM).right is None
    assert reading.marks(trial) == {}


def test_a_mark_that_does_not_fit_is_refused(container: Container, trial: str, start: Start) -> None:
    marking = container.trials.marking
    with pytest.raises(Invalid):
        marking.mark(trial, ANSWERED, Mark.MISSED, SYSTEM)
    with pytest.raises(Invalid):
        marking.mark(trial, UNKNOWN, Mark.RIGHT, SYSTEM)
    with pytest.raises(NotFound):
        marking.mark(trial, 99, Mark.RIGHT, SYSTEM)
    with pytest.raises(Conflict):
        marking.mark(start(ask=False), ANSWERED, Mark.RIGHT, SYSTEM)


def test_marks_outlive_asking_again(container: Container, trial: str) -> None:
    container.trials.marking.mark(trial, ANSWERED, Mark.RIGHT, SYSTEM)
    container.trials.asking.again(trial, SYSTEM)
    container.worker.drain()
    assert container.trials.reading.question(trial, ANSWERED).right is True


def test_the_list_is_narrowed_by_outcome_locale_mark_and_words(container: Container, trial: str) -> None:
    container.trials.marking.mark(trial, UNKNOWN, Mark.RIGHTLY_LEFT, SYSTEM)

    def numbers(wanted: Narrowed) -> list[int]:
        return [each.number for each in container.trials.reading.page(trial, wanted).items]

    assert numbers(Narrowed(outcome="answered")) == [1, 3]
    assert numbers(Narrowed(locale="zh-Hans")) == [3]
    assert numbers(Narrowed(mark="any")) == numbers(Narrowed(mark="rightly_left")) == [UNKNOWN]
    assert numbers(Narrowed(mark="none", text="PERSON")) == [PERSON]
    assert numbers(Narrowed(text="100%")) == []


def test_pages_follow_one_another(container: Container, trial: str) -> None:
    first = container.trials.reading.page(trial, Narrowed(), limit=4)
    assert first.following is not None
    rest = container.trials.reading.page(trial, Narrowed(), first.following, limit=4)
    assert [each.number for each in (*first.items, *rest.items)] == [1, 2, 3, 4, 5, 6]
    assert (first.count, rest.following) == (6, None)


def test_the_sample_stays_until_it_is_drawn_anew(container: Container, trial: str, start: Start) -> None:
    marking = container.trials.marking
    sample = marking.sample(trial)
    assert sorted(sample.numbers) == [1, 2, 3, 4, 5, 6]
    assert marking.sample(trial).numbers == sample.numbers
    orders = set()
    for _ in range(4):
        marking.draw(trial, None, SYSTEM)
        orders.add(tuple(marking.sample(trial).numbers))
    assert len(orders) > 1
    with pytest.raises(Invalid):
        marking.draw(trial, 401, SYSTEM)
    with pytest.raises(Conflict):
        marking.draw(start(ask=False), None, SYSTEM)


def test_the_marks_of_the_sample_say_what_is_right(container: Container, trial: str) -> None:
    marking = container.trials.marking
    for number, mark in {1: Mark.RIGHT, 2: Mark.RIGHTLY_LEFT, 3: Mark.WRONG, 4: Mark.RIGHTLY_LEFT}.items():
        marking.mark(trial, number, mark, SYSTEM)
    assert marking.sample(trial).right is None
    marking.mark(trial, 5, Mark.RIGHTLY_LEFT, SYSTEM)
    marking.mark(trial, 6, Mark.MISSED, SYSTEM)
    sample = marking.sample(trial)
    assert (sample.marked, sample_place(sample)) == (6, None)
    assert sample.right is not None
    assert sample.answers is not None
    assert sample.missed is not None
    assert sample.right.value == pytest.approx(5 / 7)  # the first was asked twice
    assert sample.answers.value == pytest.approx(2 / 3)
    assert sample.missed.value == pytest.approx(1 / 4)


def test_the_next_one_to_mark_goes_round(container: Container, trial: str) -> None:
    marking = container.trials.marking
    numbers = marking.sample(trial).numbers
    view = container.trials.reading.question(trial, numbers[-1])
    mark = Mark.RIGHT if view.outcome == Outcome.ANSWERED else Mark.RIGHTLY_LEFT
    marking.mark(trial, numbers[-1], mark, SYSTEM)
    sample = marking.sample(trial)
    assert sample_place(sample, numbers[0]) == numbers[1]
    assert sample_place(sample, numbers[-2]) == numbers[0]


def test_marking_has_the_calibration_fitted_once_for_all_marks(container: Container, trial: str) -> None:
    for number, mark in ((ANSWERED, Mark.RIGHT), (UNKNOWN, Mark.RIGHTLY_LEFT)):
        container.trials.marking.mark(trial, number, mark, SYSTEM)
    with container.database.read() as session:
        assert len(jobs.unfinished(session, [CALIBRATE])) == 1


def test_one_question_is_erased(container: Container, trial: str) -> None:
    container.trials.marking.erase(trial, UNKNOWN, SYSTEM)
    with pytest.raises(NotFound):
        container.trials.reading.question(trial, UNKNOWN)
    assert container.trials.reading.get(trial).total == 5
    assert UNKNOWN not in container.trials.marking.sample(trial).numbers


def test_the_table_holds_every_question_and_no_formula(container: Container, start: Start) -> None:
    trial = start([("=HYPERLINK(1)", "en"), ("+49 is what?", "en"), ("How, then?", "en")])
    lines = "".join(container.trials.reading.table(trial))
    assert lines.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(lines.removeprefix("\ufeff"))))
    assert [row["question"] for row in rows] == ["'=HYPERLINK(1)", "'+49 is what?", "How, then?"]
    assert rows[0]["outcome"]
    assert rows[0]["row"] == "2"
