"""What a marked sample says of all."""

from __future__ import annotations

import random

import pytest

from assistant.trials.estimates import Judged, share_right


def judged(outcome: str, right: int, wrong: int, times: int = 1) -> list[Judged]:
    return [Judged(outcome, times, n < right) for n in range(right + wrong)]


def test_each_outcome_weighs_as_often_as_it_came() -> None:
    share = share_right({"answered": 900, "declined": 100}, judged("answered", 10, 10) + judged("declined", 20, 0))
    assert share is not None
    assert share.value == pytest.approx(0.55, abs=0.01)
    assert share.low < 0.45 < 0.65 < share.high


def test_more_marks_narrow_it_and_all_of_them_make_it_certain() -> None:
    totals = {"answered": 400}
    few, many, every = (share_right(totals, judged("answered", n * 3 // 4, n // 4)) for n in (20, 100, 400))
    assert few is not None
    assert many is not None
    assert every is not None
    assert few.high - few.low > 1.7 * (many.high - many.low)
    assert (every.low, every.value, every.high) == (0.75, 0.75, 0.75)


def test_too_few_say_nothing_unless_there_are_no_more() -> None:
    assert share_right({"answered": 100}, judged("answered", 4, 0)) is None
    assert share_right({"answered": 2}, judged("answered", 2, 0)) is not None
    assert share_right({}, []) is None
    assert share_right({"answered": 100}, judged("declined", 20, 0)) is None


def test_an_outcome_that_nobody_looked_at_leaves_it_open() -> None:
    share = share_right({"answered": 50, "declined": 50}, judged("answered", 30, 0))
    assert share is not None
    assert share.high - share.low > 0.35


def test_a_question_asked_often_counts_often_and_makes_the_sample_worth_less() -> None:
    totals = {"answered": 1_000}
    even = share_right(totals, judged("answered", 15, 5))
    uneven = share_right(totals, [*judged("answered", 14, 5), Judged("answered", 100, True)])
    assert even is not None
    assert uneven is not None
    assert uneven.value > 0.9
    assert uneven.high - uneven.low > even.high - even.low


def test_the_interval_holds_the_truth_nineteen_times_of_twenty() -> None:
    draw, held = random.Random(1), 0
    population = [Judged("answered", 1, n % 10 < 8) for n in range(300)] + [
        Judged("declined", 1, n % 10 < 6) for n in range(100)
    ]
    truth = sum(each.right for each in population) / len(population)
    for _ in range(100):
        sample = draw.sample(population[:300], 30) + draw.sample(population[300:], 10)
        share = share_right({"answered": 300, "declined": 100}, sample)
        assert share is not None
        held += share.low <= truth <= share.high
    assert held >= 89
