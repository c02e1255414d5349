"""What a reader's search lists, and what a message read with those before it is answered from: what concerns it."""

from __future__ import annotations

import pytest

from assistant.domain.answers import Hit
from assistant.flow.relevance import is_about, related
from assistant.flow.request import Retrieved
from tests.flow.test_decide import H1, H2_ZH, PAYING

APART = tuple(hit._replace(keyword=0.0) for hit in (H1, H2_ZH, PAYING))


@pytest.mark.parametrize(
    ("query", "articles"),
    [("xyzzy", []), ("pay", ["paying"]), ("car", ["paying"]), ("网", ["hub-h2"]), ("網關", ["hub-h2"]), ("!", [])],
)
def test_words_and_their_beginnings_are_found_and_nonsense_is_not(query: str, articles: list[str]) -> None:
    found = related(query, Retrieved(APART, confidence=0.01, threshold=0.6))
    assert [hit.passage.article for hit in found] == articles


def test_what_nearly_answers_needs_no_word_in_common() -> None:
    assert related("comment payer", Retrieved(APART, confidence=0.4, threshold=0.6)) == APART


def test_what_keywords_found_stays() -> None:
    hit = APART[0]._replace(keyword=3.0)
    assert related("xyzzy", Retrieved((hit, *APART[1:]), confidence=0.01, threshold=0.6)) == [hit]


class TestReadTogether:
    """What is found for a message and those before it must be about the message, too."""

    @pytest.mark.parametrize(
        ("message", "language", "hit"),
        [
            ("by card?", "en", PAYING),
            ("cards, euros", "en", PAYING),
            ("可以按按钮吗", "zh-Hans", H2_ZH),
            ("可以按按鈕嗎", "zh-Hant", H2_ZH),
            ("and what about this?", "en", PAYING),
            ("网关的按钮", "zh-Hans", PAYING),
        ],
    )
    def test_half_of_its_words_will_do_or_no_words_or_another_language(
        self, message: str, language: str, hit: Hit
    ) -> None:
        assert is_about(message, language, [hit], {})

    @pytest.mark.parametrize(
        ("message", "language", "hit"),
        [("convert 100 usd to eur", "en", PAYING), ("card, euros or dollars", "en", PAYING), ("明天天气", "zh", H2_ZH)],
    )
    def test_fewer_of_its_words_will_not(self, message: str, language: str, hit: Hit) -> None:
        assert not is_about(message, language, [hit], {})

    def test_a_misspelled_word_counts_as_it_was_meant(self) -> None:
        assert is_about("by crad", "en", [PAYING], {"crad": "card"})
        assert not is_about("by crad", "en", [PAYING], {})

    def test_nothing_is_about_nothing(self) -> None:
        assert not is_about("by card?", "en", [], {})
