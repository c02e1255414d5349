"""What keeps a chat model from costing more than it is worth: a budget of tokens a day and a circuit breaker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Protocol


class Budget(Protocol):
    """Tokens that may still be used. Kept in the process by default; storage may keep it across processes."""

    def reserve(self, tokens: int) -> bool:
        """Set ``tokens`` aside for a call; False if fewer are left."""
        ...

    def settle(self, reserved: int, used: int) -> None:
        """Replace what was set aside by what the call took."""
        ...


def _today() -> date:
    return datetime.now(UTC).date()


class DailyTokens:
    """A budget that is full again every day. ``limit`` 0 means that nothing is limited, only counted."""

    def __init__(self, limit: int, today: Callable[[], date] = _today) -> None:
        self._limit = limit
        self._today = today
        self._day = today()
        self._used = 0
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """The tokens used today, those set aside included."""
        with self._lock:
            self._turn_page()
            return self._used

    def reserve(self, tokens: int) -> bool:
        """Set ``tokens`` aside for a call; False if fewer are left today."""
        with self._lock:
            self._turn_page()
            if self._limit and self._used + tokens > self._limit:
                return False
            self._used += tokens
            return True

    def settle(self, reserved: int, used: int) -> None:
        """Replace what was set aside by what the call took; a call over midnight counts for the new day."""
        with self._lock:
            self._turn_page()
            self._used = max(0, self._used - reserved) + used

    def _turn_page(self) -> None:
        today = self._today()
        if today != self._day:
            self._day, self._used = today, 0


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
