"""The breaker, and what a text costs."""

from __future__ import annotations

from assistant.llm.limits import Breaker, estimated_tokens


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
