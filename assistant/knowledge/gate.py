"""A gate that lets one thread through at a time, questions before imports."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterator
from contextlib import contextmanager

URGENT, PATIENT = 0, 1


class PriorityGate:
    """Mutual exclusion in order of urgency, then of arrival.

    A plain lock would let an import that releases and takes it again in a loop starve every question.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: list[tuple[int, int]] = []
        self._arrivals = 0
        self._taken = False

    @contextmanager
    def turn(self, urgency: int) -> Iterator[None]:
        """A turn of one's own; ``URGENT`` ones come before all ``PATIENT`` ones that wait."""
        with self._condition:
            self._arrivals += 1
            ticket = (urgency, self._arrivals)
            heapq.heappush(self._waiting, ticket)
            self._condition.wait_for(lambda: not self._taken and self._waiting[0] == ticket)
            heapq.heappop(self._waiting)
            self._taken = True
        try:
            yield
        finally:
            with self._condition:
                self._taken = False
                self._condition.notify_all()
