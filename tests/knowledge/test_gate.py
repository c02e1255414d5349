"""Who passes first: questions before imports, then who came first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from assistant.knowledge.gate import PATIENT, URGENT, PriorityGate


def start_waiting(gate: PriorityGate, urgency: int, act: Callable[[], None]) -> threading.Thread:
    def pass_through() -> None:
        with gate.turn(urgency):
            act()

    thread = threading.Thread(target=pass_through)
    thread.start()
    time.sleep(0.05)  # long enough to be in the queue
    return thread


def test_the_urgent_pass_first_and_equals_in_their_order() -> None:
    gate, passed = PriorityGate(), list[str]()
    arrivals = [("import 1", PATIENT), ("import 2", PATIENT), ("question 1", URGENT), ("question 2", URGENT)]
    with gate.turn(PATIENT):
        threads = [start_waiting(gate, urgency, lambda n=name: passed.append(n)) for name, urgency in arrivals]  # type: ignore[misc]
        assert passed == []
    for thread in threads:
        thread.join()
    assert passed == ["question 1", "question 2", "import 1", "import 2"]


def test_a_loop_of_imports_lets_everyone_else_in_between() -> None:
    gate, turns, stop = PriorityGate(), list[str](), threading.Event()

    def run_import(name: str) -> None:
        while not stop.is_set():
            with gate.turn(PATIENT):
                turns.append(name)
                time.sleep(0.005)

    importers = [threading.Thread(target=run_import, args=(name,)) for name in ("one", "other")]
    for thread in importers:
        thread.start()
    time.sleep(0.1)
    before = len(turns)
    with gate.turn(URGENT):
        waited = len(turns) - before
    stop.set()
    for thread in importers:
        thread.join()
    assert waited <= 2
    assert min(turns.count("one"), turns.count("other")) >= len(turns) // 2 - 2


def test_a_failure_inside_leaves_the_gate_open() -> None:
    gate = PriorityGate()
    with pytest.raises(RuntimeError), gate.turn(URGENT):
        raise RuntimeError
    passed: list[bool] = []
    start_waiting(gate, PATIENT, lambda: passed.append(True)).join(1)
    assert passed == [True]
