"""Calibration: samples that a knowledge base makes of itself, the model fitted to them, and the budget kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from assistant.knowledge.calibration import (
    BALANCED,
    MOST_SURE,
    Calibration,
    Sample,
    fit,
    mark_weight,
    newton,
    of_either,
    shipped_prior,
)
from assistant.knowledge.features import COSINE_FEATURES, NAMES, READING, features
from assistant.knowledge.keywords import KeywordDocument
from assistant.knowledge.left_out import Asked, chosen, kb_samples, without_second_answers
from assistant.knowledge.memory_search import KnowledgeArrays, MemorySearch, background
from assistant.knowledge.segment import tokens

ARTICLES = {
    "reset": ("How do I reset the hub?", "Restart the hub from scratch", "Put the hub back to factory settings"),
    "refund": ("When do I get my refund?", "How long does a refund take", "Money back after a return"),
    "wifi": ("Which Wi-Fi does the camera need?", "Camera Wi-Fi requirements", "Does the camera work with 5 GHz"),
    "invoice": ("Where is my invoice?", "Download an invoice", "I need a bill for my company"),
    "lone": ("Do you ship to islands?",),
}


# The text of each phrasing by its row.
TEXTS = dict(enumerate(text for phrasings in ARTICLES.values() for text in phrasings))


def knowledge(seed: int = 0) -> tuple[KnowledgeArrays, list[Asked], list[str]]:
    """A FAQ whose phrasings of one entry point roughly the same way, and each phrasing as a question."""
    draw = np.random.default_rng(seed)
    texts = [(article, text) for article, phrasings in ARTICLES.items() for text in phrasings]
    centres = {article: draw.normal(size=32) for article in ARTICLES}
    rows = np.array([centres[article] + 0.6 * draw.normal(size=32) for article, _ in texts])
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    names = list(ARTICLES)
    documents = [
        KeywordDocument(name, "", "", " ".join(tokens(first)), " ".join(" ".join(tokens(text)) for text in more))
        for name, (first, *more) in ARTICLES.items()
    ]
    owners = np.array([names.index(article) for article, _ in texts], dtype=np.int64)
    asked = [Asked(tuple(tokens(text)), vectors[row], row) for row, (_, text) in enumerate(texts)]
    return KnowledgeArrays(documents, names, vectors, owners), asked, [article for article, _ in texts]


class TestMemorySearch:
    def test_finds_what_is_there(self) -> None:
        kb, asked, articles = knowledge()
        search = MemorySearch(kb, {token for each in asked for token in each.tokens})
        for question, article in zip(asked, articles, strict=True):
            evidence, places = search.ask(question.vector, question.tokens)
            assert kb.articles[int(places[int(np.argmax(evidence.scores))])] == article

    def test_a_phrasing_left_out_takes_its_vector_and_its_words_along(self) -> None:
        kb, asked, _ = knowledge()
        search = MemorySearch(kb, {token for each in asked for token in each.tokens})
        question = asked[2]  # "factory" and "settings" stand in this phrasing alone
        whole, _ = search.ask(question.vector, question.tokens)
        shorter, _ = search.ask(question.vector, question.tokens, row=question.row)
        assert whole.cosines.max() == pytest.approx(1.0, abs=1e-5)
        assert shorter.cosines.max() < 0.95
        known = dict(zip(shorter.words, shorter.known.tolist(), strict=True))
        assert (known["factori"], known["hub"]) == (False, True)
        assert whole.known.all()

    def test_an_article_left_out_is_gone(self) -> None:
        kb, asked, _ = knowledge()
        search = MemorySearch(kb, {token for each in asked for token in each.tokens})
        evidence, places = search.ask(asked[0].vector, asked[0].tokens, without=search.members("reset"))
        assert "reset" not in {kb.articles[int(place)] for place in places}
        assert not dict(zip(evidence.words, evidence.known.tolist(), strict=True))["hub"]

    def test_unrelated_neighbours_set_the_level(self) -> None:
        kb, _, _ = knowledge()
        assert -0.5 < background(kb) < 0.5


class TestSamples:
    def test_two_for_each_phrasing_and_one_for_an_article_of_one(self) -> None:
        kb, asked, _ = knowledge()
        samples = kb_samples(kb, asked, TEXTS, background(kb))
        assert len(samples) == 2 * 12 + 1
        assert sum(sample.answerable for sample in samples) == 12
        assert [sample.group for sample in samples].count("lone") == 1
        assert not any(sample.right for sample in samples if not sample.answerable)
        assert sum(sample.right for sample in samples) >= 10

    def test_features_tell_present_from_absent(self) -> None:
        kb, asked, _ = knowledge()
        samples = kb_samples(kb, asked, TEXTS, background(kb))
        place = NAMES.index("coverage")
        present, absent = ([s.features[place] for s in samples if s.answerable is flag] for flag in (True, False))
        assert np.mean(present) > np.mean(absent)

    def test_the_choice_is_even_over_articles_and_the_same_each_time(self) -> None:
        kb, _, articles = knowledge()
        rows = chosen(kb, range(len(articles)), most=5)
        assert rows == chosen(kb, range(len(articles)), most=5)
        assert len({articles[row] for row in rows}) == 5
        assert sorted(chosen(kb, range(len(articles)))) == list(range(len(articles)))


def synthetic(count: int, shift: float, seed: int = 0) -> list[Sample]:
    """Samples whose coverage tells, in a knowledge base where everything is covered more by ``shift``."""
    draw = np.random.default_rng(seed)
    made = []
    for number in range(count):
        answerable = number % 2 == 0
        row = draw.normal(0.0, 0.02, len(NAMES))
        row[0] += 0.85
        for name in ("coverage", "coverage_three", "closeness"):
            row[NAMES.index(name)] = shift + (0.35 if answerable else 0.0) + draw.normal(0, 0.1)
        made.append(Sample(row, answerable, answerable and draw.random() < 0.9, f"article {number // 2}"))
    return made


def shares(model: Calibration, samples: Sequence[Sample], threshold: float) -> tuple[float, float]:
    did = np.array([model.probability(sample.features) >= threshold for sample in samples])
    can = np.array([sample.answerable for sample in samples])
    return float(did[can].mean()), float(did[~can].mean())


class TestFit:
    def test_without_samples_the_prior_serves(self) -> None:
        prior = shipped_prior()
        same = fit([], prior)
        row = synthetic(1, 0.3)[0].features
        assert same.probability(row) == prior.probability(row)
        assert (same.samples, same.threshold(0.05)) == (0, prior.threshold(0.05))

    def test_a_few_samples_move_it_less_than_many(self) -> None:
        prior = shipped_prior()
        row = synthetic(2, 0.5, seed=9)[1].features
        start = prior.probability(row)
        few, many = (abs(fit(synthetic(count, 0.5), prior).probability(row) - start) for count in (6, 600))
        assert 0 < few < many

    @pytest.mark.parametrize("shift", [0.1, 0.5])
    def test_the_budget_holds_on_questions_not_seen(self, shift: float) -> None:
        model = fit(synthetic(600, shift), shipped_prior(), level=0.8)
        answered, wrong = shares(model, synthetic(600, shift, seed=1), model.threshold(0.05))
        assert wrong <= 0.08
        assert answered > 0.6

    def test_a_larger_budget_answers_more(self) -> None:
        model = fit(synthetic(200, 0.3), shipped_prior())
        thresholds = [model.threshold(budget) for budget in (0.01, 0.05, 0.2, 1.0)]
        assert thresholds == sorted(thresholds, reverse=True)
        assert 0 <= thresholds[-1] < thresholds[0] <= 1.01

    def test_the_curve_falls_in_threshold_and_rises_in_both_shares(self) -> None:
        curve = fit(synthetic(200, 0.3), shipped_prior()).risk_coverage()
        for before, after in pairwise(curve):
            assert before.threshold > after.threshold
            assert before.answered <= after.answered
            assert before.wrong <= after.wrong
        assert curve[-1].wrong == pytest.approx(1.0)

    def test_without_a_budget_the_threshold_parts_the_two_kinds(self) -> None:
        model = fit(synthetic(600, 0.3), shipped_prior())
        answered, wrong = shares(model, synthetic(600, 0.3, seed=2), model.threshold(BALANCED))
        assert answered - wrong > 0.6


class TestMarks:
    """Real questions that people have judged."""

    def test_they_move_the_model_further_than_its_own_samples_would(self) -> None:
        prior, own, marked = shipped_prior(), synthetic(100, 0.3), synthetic(40, 0.6, seed=3)
        row = synthetic(2, 0.6, seed=9)[1].features
        before, alike, judged = (
            fit(own, prior, level=0.8).probability(row),
            fit([*own, *marked], prior, level=0.8).probability(row),
            fit(own, prior, level=0.8, marks=marked).probability(row),
        )
        assert judged < alike < before

    def test_the_budget_holds_where_customers_ask_otherwise_than_articles_do(self) -> None:
        own, marked = synthetic(400, 0.2), synthetic(100, 0.5, seed=3)
        alone = fit(own, shipped_prior(), level=0.8)
        taught = fit(own, shipped_prior(), level=0.8, marks=marked)
        asked = synthetic(600, 0.5, seed=4)
        _, wrong_alone = shares(alone, asked, alone.threshold(0.05))
        _, wrong_taught = shares(taught, asked, taught.threshold(0.05))
        assert wrong_taught < wrong_alone / 2

    def test_fifty_weigh_as_much_as_all_that_the_knowledge_base_asks_itself(self) -> None:
        assert 50 * mark_weight(800) == 800
        assert mark_weight(50) == mark_weight(0) >= 3

    def test_they_are_not_counted_among_its_own(self) -> None:
        model = fit(synthetic(20, 0.3), shipped_prior(), marks=synthetic(6, 0.3, seed=1))
        assert model.samples == 20
        assert len(model.held_out.weight) == 26 + len(shipped_prior().held_out.weight)

    def test_they_serve_alone_where_articles_have_no_phrasings(self) -> None:
        row = synthetic(1, 0.3)[0].features
        prior = shipped_prior()
        assert fit([], prior, marks=synthetic(30, 0.6)).probability(row) != prior.probability(row)


class TestAbroad:
    def test_a_knowledge_base_lends_its_level_and_nothing_else(self) -> None:
        fitted = fit(synthetic(200, 0.6), shipped_prior(), level=0.7, marks=synthetic(30, 0.6))
        here, there = fitted.abroad(), shipped_prior().abroad()
        assert here.level == 0.7
        assert here.weights.tolist() == there.weights.tolist() != fitted.weights.tolist()
        assert here.threshold(0.05) == there.threshold(0.05)

    def test_a_smaller_budget_answers_less(self) -> None:
        model = shipped_prior().abroad()
        assert 0.5 < model.threshold(0.05) < model.threshold(0.02) <= 1.01

    def test_what_a_reader_adds_is_left_out(self) -> None:
        row = synthetic(1, 0.3)[0].features
        model = shipped_prior(reading=True).abroad()
        assert model.probability(np.append(row, [4.0, 4.0])) == model.probability(row)


class TestText:
    def test_a_model_comes_back_from_its_text(self) -> None:
        model = fit(synthetic(60, 0.3), shipped_prior(), level=0.7)
        again = Calibration.from_json(model.to_json())
        row = synthetic(1, 0.3)[0].features
        assert again.probability(row) == pytest.approx(model.probability(row), abs=1e-4)
        assert again.threshold(0.05) == pytest.approx(model.threshold(0.05), abs=1e-4)
        assert (again.samples, again.level) == (60, 0.7)

    def test_a_model_of_other_features_is_refused(self) -> None:
        parts = json.loads(shipped_prior().to_json()) | {"features": ["similarity"]}
        with pytest.raises(ValueError, match="fit it again"):
            Calibration.from_json(json.dumps(parts))


class TestShippedPrior:
    def test_it_knows_a_good_match_from_a_poor_one(self) -> None:
        kb, asked, _ = knowledge()
        model = fit([], shipped_prior(), background(kb))
        search = MemorySearch(kb, {token for each in asked for token in each.tokens})
        good, _ = search.ask(asked[0].vector, asked[0].tokens)
        poor, _ = search.ask(asked[0].vector, asked[0].tokens, without=search.members("reset"))
        assert model.probability(features(good)) > 0.7 > 0.5 > model.probability(features(poor))

    def test_without_an_encoder_words_still_count(self) -> None:
        prior = shipped_prior()
        row = prior.mean.copy()
        row[list(COSINE_FEATURES)] = 0.0
        covered, bare = row.copy(), row.copy()
        for name in ("coverage", "coverage_three", "closeness"):
            covered[NAMES.index(name)], bare[NAMES.index(name)] = 1.0, 0.0
        assert prior.probability(covered) > 0.5 > prior.probability(bare)


class TestSecondAnswers:
    """A left-out article whose question another article answers does not teach refusal."""

    def sample(self, level: float, answerable: bool, right: bool = False, phrasing: int = 0) -> Sample:
        strong = shipped_prior().mean + level * shipped_prior().scale * np.sign(shipped_prior().weights)
        return Sample(strong, answerable, right, "article", phrasing)

    def test_a_question_that_stays_as_well_answered_is_no_example_of_an_unanswerable_one(self) -> None:
        twins = [self.sample(2.0, True, True), self.sample(2.0, False)]
        assert without_second_answers(twins, shipped_prior()) == twins[:1]

    def test_a_question_that_loses_its_answer_is_one(self) -> None:
        twins = [self.sample(2.0, True, True), self.sample(-2.0, False)]
        assert without_second_answers(twins, shipped_prior()) == twins

    def test_a_question_whose_article_was_not_found_anyway_says_nothing(self) -> None:
        twins = [self.sample(0.5, True, False), self.sample(-2.0, False)]
        assert without_second_answers(twins, shipped_prior()) == twins[:1]


class TestReading:
    """Features that a reader adds, where one reads."""

    @staticmethod
    def read(samples: Sequence[Sample]) -> list[Sample]:
        """The samples as if a reader had told the answerable ones."""
        return [
            replace(each, features=np.append(each.features, [3.0, 3.0] if each.answerable else [-3.0, -2.0]))
            for each in samples
        ]

    def test_what_the_reader_says_moves_the_probability(self) -> None:
        prior = shipped_prior(reading=True)
        row = synthetic(1, 0.3)[0].features
        yes, no = (prior.probability(np.append(row, [said, said])) for said in (4.0, -4.0))
        assert no < prior.probability(row) < yes
        assert set(prior.weighed(np.append(row, [4.0, 4.0]))) == {*NAMES, *READING, "average"}

    def test_without_a_reader_what_it_would_say_counts_as_average(self) -> None:
        prior = shipped_prior(reading=True)
        row = synthetic(1, 0.3)[0].features
        average = prior.mean[-len(READING) :]
        assert prior.probability(row) == pytest.approx(prior.probability(np.append(row, average)))

    def test_a_model_of_plain_search_ignores_what_was_read(self) -> None:
        row = synthetic(1, 0.3)[0].features
        assert shipped_prior().probability(np.append(row, [9.0, 9.0])) == shipped_prior().probability(row)

    def test_it_is_fitted_stored_and_read_back(self) -> None:
        samples = self.read(synthetic(100, 0.3))
        model = fit(samples, shipped_prior(reading=True), level=0.8)
        again = Calibration.from_json(model.to_json())
        row = samples[0].features
        assert again.probability(row) == pytest.approx(model.probability(row), abs=1e-4)
        assert len(again.weights) == len(NAMES) + len(READING)

    def test_marks_from_before_there_was_a_reader_count_too(self) -> None:
        own, marked = self.read(synthetic(100, 0.3)), synthetic(40, 0.6, seed=3)
        row = self.read(synthetic(2, 0.6, seed=9))[1].features
        prior = shipped_prior(reading=True)
        without, judged = (fit(own, prior, level=0.8, marks=marks).probability(row) for marks in ((), marked))
        assert judged != pytest.approx(without, abs=1e-6)


@pytest.mark.parametrize("heavy", [1.0, 24.0, 500.0])
def test_fitting_settles_however_much_the_samples_contradict_the_start(heavy: float) -> None:
    draw = np.random.default_rng(3)
    table = draw.normal(size=(100, 4)) * 3.0
    target = (draw.random(100) < 0.5).astype(float)
    start, stiffness = np.full(4, 3.0), 60.0
    weights, bias = newton(table, target, np.full(100, heavy), start, 2.0, stiffness)
    guess = 1.0 / (1.0 + np.exp(-(table @ weights + bias)))
    slope = table.T @ (heavy * (guess - target)) + stiffness * (weights - start)
    assert np.abs(slope).max() < 1e-3
    assert abs(heavy * (guess - target).sum() + stiffness * (bias - 2.0)) < 1e-3


class TestOfEither:
    """Two searches of articles that they do not share."""

    def test_a_search_of_everything_is_as_sure_as_by_itself(self) -> None:
        assert of_either(0.7, 0.9, 0.0) == pytest.approx((0.7, 0.0))
        assert of_either(0.7, 0.9, 1.0) == pytest.approx((0.0, 0.9))

    def test_both_cannot_be_sure(self) -> None:
        home, elsewhere = of_either(0.9, 0.9, 0.5)
        assert home == elsewhere < 0.5

    def test_one_that_found_nothing_takes_nothing_from_the_other(self) -> None:
        assert of_either(0.8, 0.0, 0.5) == pytest.approx((0.8, 0.0))

    def test_the_more_articles_a_search_has_the_more_it_is_believed(self) -> None:
        shares = [of_either(0.6, 0.6, share) for share in (0.05, 0.3, 0.5, 0.7, 0.95)]
        assert [home for home, _ in shares] == sorted((home for home, _ in shares), reverse=True)
        assert [elsewhere for _, elsewhere in shares] == sorted(elsewhere for _, elsewhere in shares)

    def test_certainty_is_no_proof(self) -> None:
        assert of_either(1.0, 0.2, 0.5) == of_either(MOST_SURE, 0.2, 0.5)
        assert sum(of_either(1.0, 1.0, 0.4)) < 1.0
