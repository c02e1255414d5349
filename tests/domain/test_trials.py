"""What marks say of questions, and how samples are drawn."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.trials import Mark, drawn, is_right, marks_of, truth_of

OUTCOMES = ("answered", "clarifying", "declined", "handover_offered", "handed_over")
STRATA = {n: "answered" if n <= 700 else "handover_offered" if n <= 997 else "clarifying" for n in range(1, 1_001)}


@pytest.mark.parametrize(
    ("mark", "outcome", "right"),
    [
        (Mark.RIGHT, "answered", True),
        (Mark.WRONG, "answered", False),
        (Mark.ELSEWHERE, "answered", False),
        (Mark.MISSED, "handover_offered", False),
        (Mark.MISSED, "clarifying", False),
        (Mark.RIGHTLY_LEFT, "handed_over", True),
        (Mark.RIGHTLY_LEFT, "clarifying", True),
    ],
)
def test_a_mark_says_whether_its_outcome_is_right(mark: Mark, outcome: str, right: bool) -> None:
    cited = "a" if outcome == "answered" else ""
    assert mark in marks_of(outcome)
    assert is_right(truth_of(mark, outcome, cited), outcome, cited) is right


@pytest.mark.parametrize(
    ("mark", "outcome", "cited", "named", "then", "then_cited", "right"),
    [
        (Mark.RIGHT, "answered", "a", "", "handover_offered", "", False),
        (Mark.RIGHT, "answered", "a", "", "answered", "b", None),
        (Mark.WRONG, "answered", "a", "", "handover_offered", "", True),
        (Mark.WRONG, "answered", "a", "", "answered", "b", False),
        (Mark.ELSEWHERE, "answered", "a", "b", "answered", "b", True),
        (Mark.ELSEWHERE, "answered", "a", "", "answered", "b", None),
        (Mark.MISSED, "declined", "", "a", "answered", "a", True),
        (Mark.MISSED, "declined", "", "", "answered", "a", None),
        (Mark.RIGHTLY_LEFT, "handover_offered", "", "", "answered", "a", False),
        (Mark.RIGHTLY_LEFT, "clarifying", "", "", "answered", "a", None),
        (Mark.RIGHTLY_LEFT, "clarifying", "", "", "handover_offered", "", None),
    ],
)
def test_it_still_tells_when_the_assistant_deals_with_the_question_otherwise(
    mark: Mark, outcome: str, cited: str, named: str, then: str, then_cited: str, right: bool | None
) -> None:
    assert is_right(truth_of(mark, outcome, cited, named), then, then_cited) is right


def test_the_sample_has_some_of_each_outcome_and_the_rest_in_proportion() -> None:
    counts = Counter(STRATA[number] for number in drawn(STRATA, 40, 7))
    assert counts == {"answered": 28, "handover_offered": 12, "clarifying": 3}


def test_a_seed_always_draws_the_same_and_another_one_others() -> None:
    assert drawn(STRATA, 40, 7) == drawn(STRATA, 40, 7)
    assert len(set(drawn(STRATA, 40, 7)) & set(drawn(STRATA, 40, 8))) < 20


def test_a_larger_sample_holds_the_smaller_one() -> None:
    assert set(drawn(STRATA, 40, 7)) < set(drawn(STRATA, 80, 7))


def test_changed_outcomes_leave_most_of_the_sample() -> None:
    changed = {**STRATA, **dict.fromkeys(range(1, 41), "handover_offered")}
    assert len(set(drawn(STRATA, 40, 7)) & set(drawn(changed, 40, 7))) >= 35


@given(st.dictionaries(st.integers(1, 300), st.sampled_from(OUTCOMES)), st.integers(1, 60), st.integers(0, 2**31 - 2))
def test_each_is_drawn_once_and_none_is_invented(strata: dict[int, str], size: int, seed: int) -> None:
    numbers = drawn(strata, size, seed)
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= set(strata)
    assert bool(numbers) is bool(strata)
