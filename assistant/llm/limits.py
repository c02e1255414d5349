"""What keeps a chat model from costing more than it is worth: a budget of tokens and a circuit breaker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Budget(Protocol):
    """Tokens that may still be used, by every process of an installation: storage keeps the count."""

    def reserve(self, tokens: int) -> Callable[[int], None] | None:
        """Set ``tokens`` aside for a call, and get what is to be told how many it took; None if fewer are left.

        Raises:
            StorageUnavailable: it cannot be noted.
        """
        ...


class Breaker:
    """Leaves a failing model alone: after ``failures`` in a row it opens for ``seconds``, then lets one call try."""

    def __init__(self, failures: int = 3, seconds: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._seconds = seconds
        self._clock = clock
        self._failed = 0
        self._closed_again = 0.0
        self._lock = threading.Lock()

    def allows(self) -> bool:
        """Whether a call may be made now. After the pause the first caller is let through and the others wait on it."""
        with self._lock:
            if self._failed < self._limit:
                return True
            now = self._clock()
            if now < self._closed_again:
                return False
            self._closed_again = now + self._seconds
            return True

    def succeeded(self) -> None:
        """The model wrote: all failures are forgotten."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """The model failed once more."""
        with self._lock:
            self._failed += 1
            self._closed_again = self._clock() + self._seconds


def estimated_tokens(text: str) -> int:
    """About how many tokens a text is, for servers that do not tell: a Han character one, other text one per four."""
    han = sum("\u3400" <= character <= "\u9fff" for character in text)
    return han + (len(text) - han + 3) // 4
