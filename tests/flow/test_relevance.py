"""What a reader's search lists: what shares a word, a word begun, or meaning; and nothing for nonsense."""

from __future__ import annotations

import pytest

from assistant.flow.relevance import related
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
