"""Ranking: what each score is worth, translations and duplicates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.answers import Hit, LivePassage
from assistant.knowledge.ranking import (
    Evidence,
    glossed,
    one_locale_each,
    stands_together,
    title_likeness,
    with_togetherness,
    without_duplicates,
)
from tests.passages import passage as made


def passage(passage_id: str, body: str = "", article: str = "", locale: str = "en") -> LivePassage:
    text = body or passage_id
    return made(article or passage_id, id=passage_id, locale=locale, text=text, tokens=f"{text}\n\n\n")


def hit(passage_id: str, score: float, body: str = "", article: str = "", locale: str = "en") -> Hit:
    return Hit(passage(passage_id, body, article, locale), score, score, score)


def evidence(cosines: list[float], bm25: list[float], covers: list[list[bool]], idf: list[float]) -> Evidence:
    return Evidence(
        words=tuple(f"w{n}" for n in range(len(idf))),
        idf=np.array(idf, dtype=float),
        known=np.asarray(np.array(covers).any(axis=0)),
        cosines=np.array(cosines),
        bm25=np.array(bm25),
        covers=np.array(covers, dtype=bool),
        groups=np.arange(len(cosines)),
    )


class TestFused:
    def test_words_decide_between_equal_cosines(self) -> None:
        scores = evidence([0.85, 0.85, 0.80], [0.0, 6.0, 0.0], [[False], [True], [False]], [3.0]).scores
        assert int(np.argmax(scores)) == 1

    def test_noise_words_of_a_foreign_question_do_not_overrule_the_cosine(self) -> None:
        # Nine tenths of what the question says are words unknown here; one passage shares the rest by chance.
        found = evidence(
            [0.90, 0.80, 0.79], [0.0, 1.5, 0.0], [[False, False], [True, False], [False, False]], [1.0, 9.0]
        )
        assert int(np.argmax(found.scores)) == 0

    def test_a_page_about_it_comes_before_one_that_mentions_it(self) -> None:
        texts = (
            "volume music sound\n\nvolume\n",
            "volume music sound\n\nvolume music alarm schedule\n",
            "volume\n\n\n",
        )
        assert title_likeness(("volume",), texts).tolist() == [1.0, 0.25, 0.0]
        found = evidence([0.85] * 3, [2.0] * 3, [[True]] * 3, [3.0])
        assert int(np.argmax(replace(found, titles=title_likeness(("volume",), texts)).scores)) == 0

    def test_the_order_does_not_depend_on_the_scale_of_the_encoder(self) -> None:
        near = evidence([0.90, 0.88, 0.86], [0.0, 2.0, 0.0], [[False], [True], [False]], [4.0])
        wide = replace(near, cosines=1.0 - (1.0 - near.cosines) * 4)
        assert near.scores == pytest.approx(wide.scores, rel=1e-6)

    def test_one_candidate_no_words_and_equal_cosines_are_finite(self) -> None:
        for each in (
            evidence([0.9], [0.0], [[False]], [1.0]),
            evidence([1.0, 1.0], [1.0, 0.0], [[True], [False]], [1.0]),
            replace(evidence([0.9], [0.0], [[False]], [1.0]), idf=np.zeros(0), covers=np.zeros((1, 0), dtype=bool)),
        ):
            assert np.isfinite(each.scores).all()

    def test_without_an_encoder_words_alone_count(self) -> None:
        found = replace(evidence([0.0, 0.0], [1.0, 2.0], [[True], [True]], [1.0]), dense=False)
        assert not found.parts["dense"].any()
        assert int(np.argmax(found.scores)) == 1

    def test_contributions_add_up_to_the_score(self) -> None:
        found = evidence([0.9, 0.8], [1.0, 2.0], [[True, False], [True, True]], [1.0, 2.0])
        assert sum(found.parts.values()) == pytest.approx(found.scores)


class TestTogether:
    """Where the query's words stand in a passage."""

    def test_words_of_one_sentence_come_before_words_here_and_there(self) -> None:
        between = " ".join(f"x{n}" for n in range(20))
        found = evidence([0.85] * 3, [2.0] * 3, [[True, True]] * 3, [3.0, 3.0])
        found = replace(found, texts=(f"w0 {between} w1\n\n\n", "w0 x w1\n\n\n", f"w1 {between} w0\n\n\n"))
        looked = with_togetherness(found)
        assert looked.together is not None
        assert looked.together.tolist() == [1.0, 3.0, 1.0]
        assert looked.scores.tolist() == pytest.approx((found.scores + looked.together).tolist())

    def test_what_is_not_among_the_best_gains_the_least(self) -> None:
        found = evidence([0.9 - n / 100 for n in range(14)], [0.0] * 14, [[True, True]] * 14, [3.0, 1.0])
        apart = f"w0 {'x ' * 20}w1\n\n\n"
        found = replace(found, texts=("w0 w1\n\n\n", *[apart] * 12, "w0 w1\n\n\n"))
        together = with_togetherness(found).together
        assert together is not None
        assert together.tolist() == [3.0] + [1.5] * 13

    def test_one_word_cannot_stand_together(self) -> None:
        found = replace(evidence([0.9], [1.0], [[True]], [1.0]), texts=("w0\n\n\n",))
        assert with_togetherness(found).together is None

    @given(st.lists(st.sampled_from(["a", "b", "c", "x"]), max_size=40), st.integers(0, 10))
    def test_it_is_what_looking_at_every_window_gives(self, tokens: list[str], within: int) -> None:
        weights = {"a": 1.0, "b": 2.0, "c": 4.0}
        windows = [set(tokens[start : start + within + 1]) & weights.keys() for start in range(len(tokens))]
        best = max((sum(weights[word] for word in window) for window in windows), default=0.0)
        assert stands_together(list(weights), list(weights.values()), tokens, within)[0] == pytest.approx(best)

    @pytest.mark.parametrize(
        ("text", "share"), [("a b c", 1.0), ("c b a", 0.0), ("a x b", 0.5), ("a x x x x x x b", 0.0), ("", 0.0)]
    )
    def test_neighbours_count_in_their_order_and_near_each_other(self, text: str, share: float) -> None:
        assert stands_together("abc", [1.0] * 3, text.split(), 24)[1] == share


class TestTranslations:
    def test_the_customers_locale_stands_for_the_article(self) -> None:
        hits = [hit("en1", 5.0, article="a"), hit("zh1", 4.5, article="a", locale="zh-Hans"), hit("b1", 4.8)]
        kept = one_locale_each(hits, "zh-Hans")
        assert [each.passage.id for each in kept] == ["zh1", "b1"]
        assert kept[0].score == 5.0

    def test_the_fallback_order_chooses_where_the_locale_is_missing(self) -> None:
        hits = [hit("en1", 5.0, article="a"), hit("hans1", 4.9, article="a", locale="zh-Hans")]
        assert [each.passage.id for each in one_locale_each(hits, "zh-Hant")] == ["hans1"]
        assert [each.passage.id for each in one_locale_each(hits, "en")] == ["en1"]

    def test_a_translation_that_says_something_else_does_not_hide_the_answer(self) -> None:
        hits = [hit("en1", 9.0, article="a"), hit("zh1", 1.0, article="a", locale="zh-Hans")]
        assert [each.passage.id for each in one_locale_each(hits, "zh-Hans")] == ["en1"]

    def test_several_passages_of_one_article_stay(self) -> None:
        hits = [hit("p1", 5.0, article="a"), hit("p2", 4.0, article="a")]
        assert [each.passage.id for each in one_locale_each(hits, "en")] == ["p1", "p2"]


class TestDuplicates:
    def test_the_better_of_two_that_say_the_same_is_kept(self) -> None:
        hits = [hit("p1", 3.0, "hold the button"), hit("p2", 2.0, "hold the button"), hit("p3", 1.0, "press it")]
        assert [each.passage.id for each in without_duplicates(hits, 10)] == ["p1", "p3"]

    def test_a_long_text_with_one_other_word_is_the_same(self) -> None:
        words = [f"w{'abcdefghij'[n % 10]}{'abcdefghij'[n // 10]}" for n in range(80)]
        hits = [hit("p1", 3.0, " ".join(words)), hit("p2", 2.0, " ".join([*words[:-1], "another"]))]
        assert [each.passage.id for each in without_duplicates(hits, 10)] == ["p1"]

    def test_another_product_is_never_the_same(self) -> None:
        words = [f"w{'abcdefghij'[n % 10]}{'abcdefghij'[n // 10]}" for n in range(90)]
        hits = [hit("p1", 3.0, " ".join([*words, "h1"])), hit("p2", 2.0, " ".join([*words, "h2"]))]
        assert len(without_duplicates(hits, 10)) == 2

    def test_no_more_than_asked_for(self) -> None:
        assert len(without_duplicates([hit(f"p{n}", -n) for n in range(9)], 4)) == 4


def test_a_gloss_stands_behind_what_it_explains() -> None:
    forms = {"credit": ["信用", "信用 信用卡"], "card": ["信用 信用卡", "卡"], "hub": ["hub"], "school": []}
    texts = ("用 信用 信用卡 付款\n\nhub 卡", "school school 照片\n学校", "信用卡")
    assert glossed(texts, forms) == (
        "用 信用 credit 信用卡 credit card 付款\n\nhub 卡 card",
        "照片\n学校",
        "信用卡",
    )
    assert glossed(texts[:1], {"pay": ["付款"]})[0].count("\n") == texts[0].count("\n")
