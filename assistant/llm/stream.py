"""What a chat model writes, piece by piece, under time limits that hold whatever the model does."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.llm.failures import Nonsense, TooSlow

if TYPE_CHECKING:
    from langchain_core.language_models.chat_models import BaseChatModel


@dataclass(frozen=True, slots=True)
class Piece:
    """A few characters; at the end the tokens used in all (0 if not told) and why the model stopped."""

    text: str = ""
    tokens: int = 0
    finish: str = ""

    @property
    def tells(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.text or self.tokens or self.finish)


def pieces(
    opened: Callable[[], BaseChatModel],
    closed: Callable[[BaseChatModel], None],
    messages: list[tuple[str, str]],
    first: float,
    total: float,
    *,
    tracing: bool = False,
) -> Iterator[Piece]:
    """The reply of the model that ``opened`` gives and ``closed`` takes back, as it comes.

    The model runs in a thread of its own, so that a server that trickles or hangs cannot hold the turn: ``first``
    seconds to the first words and between any two pieces of text, ``total`` seconds in all. Closing the iterator stops
    the model. LangChain's tracing is off unless ``tracing``, whatever the environment says.

    Raises:
        TooSlow: a time limit is over.
        Nonsense: the model called a tool.
        Exception: whatever else the provider's client raises.
    """
    source = _Source(opened, closed, messages, tracing)
    threading.Thread(target=source.run, name="askdesk-llm", daemon=True).start()
    end = time.monotonic() + total
    by = time.monotonic() + first
    try:
        while (piece := source.next(min(by, end))) is not None:
            if piece.text:
                by = time.monotonic() + first
            if piece.tells:
                yield piece
    finally:
        source.stop()


class _Source:
    """The thread that reads the model, and the queue between it and the turn."""

    def __init__(
        self,
        opened: Callable[[], BaseChatModel],
        closed: Callable[[BaseChatModel], None],
        messages: Any,
        tracing: bool,
    ) -> None:
        self._stopped = threading.Event()
        self._opened = opened
        self._closed = closed
        self._model: BaseChatModel | None = None
        self._messages = messages
        self._tracing = tracing
        self._arrived: queue.Queue[Piece | Exception | None] = queue.Queue()

    def run(self) -> None:
        try:
            self._read()
            self._arrived.put(None)
        except Exception as error:  # noqa: BLE001 - whatever is raised belongs to the thread that waits
            self._arrived.put(error)

    def stop(self) -> None:
        self._stopped.set()
        if self._model is not None:
            self._closed(self._model)

    def next(self, by: float) -> Piece | None:
        try:
            item = self._arrived.get(timeout=max(0.001, by - time.monotonic()))
        except queue.Empty:
            raise TooSlow("The model did not write in the time it was given.") from None
        if isinstance(item, Exception):
            raise item
        return item

    def _read(self) -> None:
        from langsmith import tracing_context

        self._model = model = self._opened()
        try:
            with tracing_context(enabled=self._tracing):
                if self._stopped.is_set():  # the turn went on without it while it was being loaded
                    return
                for chunk in model.stream(self._messages):
                    if self._stopped.is_set():
                        return
                    self._arrived.put(_piece(chunk))
        finally:
            self._closed(model)


def _piece(chunk: Any) -> Piece:
    if chunk.tool_call_chunks or chunk.tool_calls or chunk.invalid_tool_calls:
        raise Nonsense("The model called a tool that nobody offered.")
    usage = chunk.usage_metadata or {}
    told = chunk.response_metadata
    finish = told.get("finish_reason") or told.get("done_reason") or ""
    return Piece(text=str(chunk.text), tokens=int(usage.get("total_tokens", 0)), finish=str(finish))
