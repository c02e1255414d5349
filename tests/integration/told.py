"""What processes that are to be killed say for as long as they live."""

from __future__ import annotations

import threading
from typing import IO


class Told:
    """What the killed processes said, taken from their pipe as it comes."""

    def __init__(self, pipe: IO[str]) -> None:
        self.lines: list[str] = []
        self._heard = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._reader.start()

    def _read(self, pipe: IO[str]) -> None:
        for line in pipe:
            with self._heard:
                self.lines.append(line.strip())
                self._heard.notify_all()

    def wait_for(self, start: str, after: int) -> str:
        """The first line since ``after`` that begins so."""
        with self._heard:
            assert self._heard.wait_for(lambda: any(line.startswith(start) for line in self.lines[after:]), 60), start
            return next(line for line in self.lines[after:] if line.startswith(start))
