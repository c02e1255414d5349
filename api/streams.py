"""Server-sent events: numbered rows of SQL, announced by a hint, and the words of a turn in progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import orjson
from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from assistant.channels.live import Live
from assistant.errors import AskdeskError

Events = Sequence[tuple[int, str, dict[str, Any]]]

# How often SQL is asked although nothing was announced: another process may have written.
_POLL = 2.0
_QUIET = 15.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def event(kind: str, data: Any, number: int | None = None) -> bytes:
    """One event on the wire; ``data`` is written as JSON."""
    text = orjson.dumps(data).decode()
    return format_sse_event(data_str=text, event=kind, id=None if number is None else str(number))


def numbered(kind: str, data: Any, mark: str) -> bytes:
    """One event whose id is not a plain number."""
    return format_sse_event(data_str=orjson.dumps(data).decode(), event=kind, id=mark)


def stream(body: AsyncIterator[bytes]) -> StreamingResponse:
    """A response that sends events as they come and is never cached."""
    return StreamingResponse(body, media_type="text/event-stream", headers=_HEADERS)


def last_event_id(request: Request) -> int | None:
    """The number after which the client wants to go on, if it said a sensible one."""
    said = request.headers.get("last-event-id", "")
    return int(said) if said.isdigit() and len(said) < 16 else None


async def follow(
    live: Live, name: str, after: int, read: Callable[[int], Events], tick: Callable[[], None] | None = None
) -> AsyncIterator[bytes]:
    """The events of a stream after number ``after``, for as long as the client listens.

    ``read`` gives the events after a number; ``tick`` is called now and then while the client is there.
    """
    # A comment first: the client learns that it is connected before anything happens.
    yield format_sse_event(comment="connected", data_str=None)
    quiet = 0.0
    while True:
        found = await run_sync(read, after)
        for number, kind, payload in found:
            after = number
            yield event(kind, payload, number)
        if found:
            quiet = 0.0
            continue
        if not await live.wait(name, _POLL):
            quiet += _POLL
        if quiet >= _QUIET:
            quiet = 0.0
            yield format_sse_event(comment="still here", data_str=None)
            if tick is not None:
                await run_sync(tick)


async def spoken(turn: Callable[[Callable[[str], None]], dict[str, Any]]) -> AsyncIterator[bytes]:
    """A turn as events: ``status``, ``delta`` while words come, ``citation`` for each source, and ``done``.

    ``turn`` runs in a thread and is not cancelled when the customer goes away. Errors after the start arrive as an
    ``error`` event in the shape of the API's error body.
    """
    loop = asyncio.get_running_loop()
    words: asyncio.Queue[str | None] = asyncio.Queue()

    def emit(text: str) -> None:
        loop.call_soon_threadsafe(words.put_nowait, text)

    def run() -> dict[str, Any]:
        try:
            return turn(emit)
        finally:
            loop.call_soon_threadsafe(words.put_nowait, None)

    yield event("status", {"state": "searching"})
    running = asyncio.ensure_future(run_sync(run))
    provisional = ""
    while (text := await words.get()) is not None:
        provisional += text
        yield event("delta", {"text": text})
    try:
        done = await asyncio.shield(running)
    except AskdeskError as error:
        yield event("error", {"error": {"code": error.code, "message": error.message, "details": error.details}})
        return
    for piece in _pieces(done.get("reply"), provisional):
        yield piece
    yield event("done", done)


def _pieces(reply: dict[str, Any] | None, provisional: str) -> Iterator[bytes]:
    if reply is None:
        return
    for part in [] if provisional else _parts(reply["text"]):
        yield event("delta", {"text": part})
    for citation in reply["citations"]:
        yield event("citation", citation)


def _parts(text: str) -> list[str]:
    """A stored text in the pieces in which it is streamed: paragraph by paragraph."""
    blocks = text.split("\n\n")
    return [block + "\n\n" for block in blocks[:-1]] + [blocks[-1]]
