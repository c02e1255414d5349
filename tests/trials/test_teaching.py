"""Marks teach the calibration, for as long as what they rest on stands."""

from __future__ import annotations

import pytest

from assistant.container import Container
from assistant.domain.articles import ArticleContent, ArticleKey
from assistant.domain.people import SYSTEM
from assistant.domain.trials import Mark
from assistant.knowledge.features import NAMES
from tests.starter import ANSWERED_BY, ARTICLES, QUESTION, QUESTION_ZH
from tests.trials.conftest import Start

NOT_THERE = (
    "Can I pay with cryptocurrency?",
    "Do you repair lawn mowers?",
    "Which hotel do you recommend in Rome?",
    "Is the camera allowed on aeroplanes?",
    "Do you offer a discount for teachers?",
    "Can the hub water my plants?",
)
THERE = (QUESTION, "How do I reset the Hub H2?", "When do I get my refund?", "How do I cancel Plus?")


@pytest.fixture
def trial(start: Start) -> str:
    """A trial of questions that the articles answer and of others."""
    return start([(text, "en") for text in (*THERE, *NOT_THERE)])


def marked(container: Container, trial: str) -> None:
    """Mark all: the first as answered by the articles, the others not."""
    for number in range(1, len(THERE) + len(NOT_THERE) + 1):
        question = container.trials.reading.question(trial, number)
        answered, answerable = question.outcome == "answered", number <= len(THERE)
        fit = {
            (True, True): Mark.RIGHT,
            (True, False): Mark.WRONG,
            (False, True): Mark.MISSED,
            (False, False): Mark.RIGHTLY_LEFT,
        }[answered, answerable]
        named = str(question.candidates[0]["article"]) if fit is Mark.MISSED else ""
        container.trials.marking.mark(trial, number, fit, SYSTEM, named)


def publish(container: Container, article: str, title: str, body: str) -> None:
    """Write and publish an article, and let search find it."""
    key = ArticleKey(article, "en")
    saved = container.articles.editing.create(key, ArticleContent(title, body), SYSTEM)
    container.articles.editing.publish(key, saved.revision, SYSTEM)
    container.worker.drain()


def test_each_mark_is_a_sample_of_its_question_as_search_finds_it_now(container: Container, trial: str) -> None:
    marked(container, trial)
    samples = container.trials.teaching.samples()
    assert [sample.answerable for sample in samples].count(True) == len(THERE)
    assert [sample.answerable for sample in samples].count(False) == len(NOT_THERE)
    assert all(sample.features.shape == (len(NAMES),) for sample in samples)
    assert len({sample.group for sample in samples}) == len(samples)
    reset = next(sample for sample in samples if sample.group.endswith(" 1"))
    asked = container.trials.reading.question(trial, 1)
    assert reset.right
    assert reset.features.tolist() == pytest.approx([asked.features[name] for name in NAMES], abs=1e-3)


def test_questions_are_embedded_once(container: Container, trial: str, monkeypatch: pytest.MonkeyPatch) -> None:
    marked(container, trial)
    first = container.trials.teaching.samples()
    serving = container.knowledge.serving
    assert serving is not None
    monkeypatch.setattr(serving.embedder, "embed_queries", lambda texts: pytest.fail(f"embedded {texts}"))
    again = container.trials.teaching.samples()
    assert [sample.features.tolist() for sample in again] == [sample.features.tolist() for sample in first]


def test_a_question_marked_in_two_trials_counts_once_by_its_newest_mark(
    container: Container, trial: str, start: Start
) -> None:
    container.trials.marking.mark(trial, 1, Mark.RIGHT, SYSTEM)
    again = start([(QUESTION.upper(), "en")])
    container.trials.marking.mark(again, 1, Mark.WRONG, SYSTEM)
    (sample,) = container.trials.teaching.samples()
    assert not sample.answerable


def test_a_mark_is_set_aside_once_an_article_may_answer_what_none_did(container: Container, trial: str) -> None:
    marked(container, trial)
    container.trials.teaching.samples()
    number = len(THERE) + 1
    publish(container, "crypto", "Can I pay with cryptocurrency?", "Yes, you can pay with cryptocurrency at checkout.")
    samples = container.trials.teaching.samples()
    assert len(samples) == len(THERE) + len(NOT_THERE) - 1
    question = container.trials.reading.question(trial, number)
    assert (question.aside, question.right) == (True, None)
    assert container.trials.reading.marks(trial)["aside"] == 1
    container.trials.asking.again(trial, SYSTEM)
    container.worker.drain()
    question = container.trials.reading.question(trial, number)
    assert question.article == "crypto"
    container.trials.marking.mark(trial, number, Mark.RIGHT, SYSTEM)
    assert len(container.trials.teaching.samples()) == len(THERE) + len(NOT_THERE)


def test_a_mark_is_set_aside_when_the_article_that_answers_is_gone(container: Container, trial: str) -> None:
    container.trials.marking.mark(trial, 1, Mark.RIGHT, SYSTEM)
    view = container.articles.reading.get(ANSWERED_BY, "en")
    assert len(container.trials.teaching.samples()) == 1
    for locale in ("en", "zh-Hans"):
        view = container.articles.reading.get(ANSWERED_BY, locale)
        container.articles.editing.unpublish(ArticleKey(ANSWERED_BY, locale), view.revision, SYSTEM)
    container.worker.drain()
    assert container.trials.teaching.samples() == []


def test_a_mark_in_a_language_without_articles_teaches_nothing(container: Container, start: Start) -> None:
    trial = start([(QUESTION_ZH, "zh-Hans"), (QUESTION, "en")])
    for number in (1, 2):
        container.trials.marking.mark(trial, number, Mark.RIGHT, SYSTEM)
    assert len(container.trials.teaching.samples()) == 2
    for article in ARTICLES:
        view = container.articles.reading.get(article, "zh-Hans")
        container.articles.editing.unpublish(ArticleKey(article, "zh-Hans"), view.revision, SYSTEM)
    container.worker.drain()
    assert [sample.group.rpartition(" ")[2] for sample in container.trials.teaching.samples()] == ["2"]
    assert container.trials.teaching.effect(trial).answered


def test_the_job_learns_from_marks_and_the_trial_tells_what_that_changed(container: Container, trial: str) -> None:
    container.calibrations.refit()
    alone = container.calibrations.current()
    before = container.trials.teaching.effect(trial)
    assert (before.marks, before.thresholds[0]) == (0, before.thresholds[1])
    marked(container, trial)
    assert container.trials.teaching.effect(trial).pending
    assert container.calibrations.refit()["marks"] == len(THERE) + len(NOT_THERE)
    taught = container.calibrations.current()
    assert taught.weights.tolist() != alone.weights.tolist()
    assert taught.samples == alone.samples
    effect = container.trials.teaching.effect(trial)
    assert effect.marks == len(THERE) + len(NOT_THERE)
    budget = container.installation.current().assistant.error_budget
    assert effect.thresholds == pytest.approx((alone.threshold(budget), taught.threshold(budget)), abs=1e-3)
    answered = container.trials.reading.get(trial).outcomes["answered"] / (len(THERE) + len(NOT_THERE))
    assert effect.answered[0] == pytest.approx(answered, abs=0.11)
    assert effect.kept[1] >= effect.wrong[1]


def test_without_marks_the_calibration_is_what_it_was(container: Container, trial: str) -> None:
    marked(container, trial)
    container.calibrations.refit()
    for number in range(1, len(THERE) + len(NOT_THERE) + 1):
        container.trials.marking.mark(trial, number, None, SYSTEM)
    container.calibrations.refit()
    without, current, marks = container.calibrations.compared()
    assert (marks, without) == (0, current)
