"""Wake whoever follows a stream of events. Only a hint to look: the events themselves are in SQL."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterable


class Live:
    """Wake-up calls by stream name, from any thread to any number of waiting coroutines and threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)
        self._changed = threading.Condition()

    def notify(self, streams: Iterable[str]) -> None:
        """Wake everyone who waits for one of ``streams``. Call it after the commit."""
        with self._lock:
            found = [waiter for stream in streams for waiter in self._waiters.get(stream, ())]
        for loop, event in found:
            try:
                loop.call_soon_threadsafe(event.set)
            except RuntimeError:  # the loop has ended, and its waiter with it
                continue
        with self._changed:
            self._changed.notify_all()

    async def wait(self, stream: str, timeout: float) -> bool:  # noqa: ASYNC109 - the caller polls SQL at this pace
        """Whether ``stream`` was announced within ``timeout`` seconds."""
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiters[stream].add(waiter)
        try:
            await asyncio.wait_for(waiter[1].wait(), timeout)
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._waiters[stream].discard(waiter)
                if not self._waiters[stream]:
                    del self._waiters[stream]
        return True

    def wait_in_thread(self, timeout: float) -> None:
        """Sleep until anything is announced, at most ``timeout`` seconds."""
        with self._changed:
            self._changed.wait(timeout)
