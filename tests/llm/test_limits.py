"""Budgets and the breaker, as laws."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from assistant.llm.limits import Breaker, DailyTokens, estimated_tokens


@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0, 1)), max_size=30))
def test_never_more_than_the_limit_while_replies_keep_to_what_was_set_aside(calls: list[tuple[int, float]]) -> None:
    budget = DailyTokens(100)
    for asked, share in calls:
        if budget.reserve(asked):
            assert budget.used <= 100
            budget.settle(asked, int(asked * share))
    assert budget.used <= 100


def test_a_new_day_is_a_new_budget() -> None:
    day = [date(2026, 1, 1)]
    budget = DailyTokens(10, today=lambda: day[0])
    assert budget.reserve(10)
    assert not budget.reserve(1)
    day[0] = date(2026, 1, 2)
    assert budget.reserve(10)


def test_without_a_limit_tokens_are_only_counted() -> None:
    budget = DailyTokens(0)
    assert budget.reserve(10**9)
    assert budget.used == 10**9


def test_a_success_forgets_failures() -> None:
    breaker = Breaker(failures=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()


def test_tokens_of_both_scripts() -> None:
    assert estimated_tokens("退货需要几天") == 6
    assert estimated_tokens("word " * 40) == 50
