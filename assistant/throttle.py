"""Limits by address, kept in memory: each process counts for itself."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque

from assistant.errors import TooMany

_KEYS = 20_000


class Throttle:
    """At most ``limit`` acts by one key within ``seconds``; ``message`` is what the one too many is told."""

    def __init__(self, limit: int, seconds: float, message: str) -> None:
        self._limit = limit
        self._seconds = seconds
        self._message = message
        self._lock = threading.Lock()
        self._acts: OrderedDict[str, deque[float]] = OrderedDict()

    def count(self, key: str) -> None:
        """Count an act. Raises ``TooMany`` when the limit is reached."""
        moment = time.monotonic()
        with self._lock:
            acts = self._acts.setdefault(key, deque())
            self._acts.move_to_end(key)
            while acts and acts[0] < moment - self._seconds:
                acts.popleft()
            if len(acts) >= self._limit:
                raise TooMany(self._message, int(self._seconds - (moment - acts[0])) + 1)
            acts.append(moment)
            if len(self._acts) > _KEYS:
                self._acts.popitem(last=False)
