"""Misspelled words meet the knowledge base's own, and nothing else is touched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.knowledge.segment import tokens
from assistant.knowledge.spelling import spelled

KNOWN = dict.fromkeys(tokens("delivery refund warranty thermostat battery camera account send staff share return"), 20)


def occurrences(word: str) -> int:
    return KNOWN.get(word, 0)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("delivary", "delivery"),  # a wrong letter
        ("refnud", "refund"),  # two in the wrong order
        ("warrnty", "warranty"),  # one missing
        ("thermostatt", "thermostat"),  # one too many
        ("acount", "account"),
        ("baterry", "baterry"),  # two slips
    ],
)
def test_one_slip_is_mended(written: str, meant: str) -> None:
    assert spelled(tokens(written), occurrences) == tokens(meant)


@pytest.mark.parametrize(
    "text",
    [
        "refund",
        "spare stuff",  # as near to share and staff as a misspelling, but words of their own
        "E-14 H1 fernhaven",
        "退款",
        "réfund",
    ],
)
def test_what_may_be_meant_is_left_alone(text: str) -> None:
    assert spelled(tokens(text), occurrences) == tokens(text)


def test_a_word_in_passing_is_nothing_that_could_be_meant() -> None:
    assert spelled(["delivari"], lambda word: 1 * (word == "deliveri")) == ["delivari"]
    assert spelled(["delivari"], lambda word: 2 * (word == "deliveri")) == ["deliveri"]


def test_the_more_frequent_of_two_is_meant() -> None:
    known = {"charger": 3, "changer": 9}
    assert spelled(["chaager"], lambda word: known.get(word, 0)) == ["changer"]


def test_a_text_in_another_language_is_not_misspelled() -> None:
    text = ["wohin", "refnud", "bitte", "delivari", "warrnti"]
    assert spelled(text, occurrences) == text


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz0123456789-退款", min_size=1, max_size=12), max_size=5))
def test_tokens_stay_as_many_and_known_ones_as_they_are(words: list[str]) -> None:
    made = spelled(words, occurrences)
    assert len(made) == len(words)
    assert all(new == old or (not occurrences(old) and occurrences(new)) for old, new in zip(words, made, strict=True))
