"""One budget of tokens for all processes on a database: never overdrawn, full again every day."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.storage.database import Database
from assistant.storage.token_budget import TokenBudget

# A process that spends as long as there is something left, and says how much that was.
_SPENDER = """
import sys
from assistant.storage.database import Database
from assistant.storage.token_budget import TokenBudget
budget, spent = TokenBudget(Database(sys.argv[1]), 1_000), 0
print("ready", flush=True)
sys.stdin.readline()
while (settle := budget.reserve(13)) is not None:
    settle(7)
    spent += 7
print(spent)
"""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(1, 60), st.floats(0, 1)), max_size=12))
def test_never_more_than_the_limit_while_replies_keep_to_what_was_set_aside(
    sqlite_budget: Database, calls: list[tuple[int, float]]
) -> None:
    budget = TokenBudget(sqlite_budget, 100, today=lambda: str(calls))
    expected = budget.used
    for asked, share in calls:
        settle = budget.reserve(asked)
        assert (settle is not None) == (expected + asked <= 100)
        if settle is not None:
            assert budget.used == expected + asked
            settle(int(asked * share))
            expected += int(asked * share)
        assert budget.used == expected <= 100


@pytest.fixture
def sqlite_budget(sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    opened.close()


def test_processes_share_one_budget(database: Database) -> None:
    url = database.url
    spenders = [
        subprocess.Popen(
            [sys.executable, "-c", _SPENDER, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for each in spenders:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    spent = sum(int(each.communicate("go\n", timeout=120)[0]) for each in spenders)
    assert spent == TokenBudget(database, 1_000).used
    assert 1_000 - 13 < spent <= 1_000


def test_calls_at_once_are_not_promised_the_same_tokens(database: Database) -> None:
    budget = TokenBudget(database, 100)
    promised: list[bool] = []
    start = threading.Barrier(8)

    def call() -> None:
        start.wait(30)
        promised.append(budget.reserve(30) is not None)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(promised) == [False] * 5 + [True] * 3
    assert budget.used == 90


def test_a_new_day_is_a_new_budget_and_a_call_over_midnight_counts_for_the_old(database: Database) -> None:
    day = ["2026-01-01"]
    budget = TokenBudget(database, 10, today=lambda: day[0])
    settle = budget.reserve(10)
    assert settle is not None
    assert budget.reserve(1) is None
    day[0] = "2026-01-02"
    settle(4)
    assert budget.used == 0
    assert budget.reserve(10) is not None
    day[0] = "2026-01-01"
    assert budget.used == 4


def test_without_a_limit_tokens_are_only_counted(database: Database) -> None:
    budget = TokenBudget(database, 0)
    assert budget.reserve(10**10) is not None
    assert budget.used == 10**10
