"""Server-sent events: numbered rows of SQL, announced by a hint, and the words of a turn in progress."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

import orjson
import structlog
from anyio.to_thread import run_sync
from fastapi import Request
from fastapi.sse import format_sse_event
from starlette.responses import StreamingResponse

from assistant.channels.live import Live
from assistant.errors import AskdeskError

Events = Sequence[tuple[int, str, dict[str, Any]]]
Turn = Callable[[Callable[[str], None], Callable[[], None]], dict[str, Any]]

UNEXPECTED = {
    "code": "unexpected",
    "message": "Something unexpected went wrong. Your message is kept and will be answered.",
}
_log = structlog.get_logger("askdesk.streams")
# The loop itself holds tasks weakly; a turn whose customer has gone must run to its end.
_RUNNING: set[asyncio.Future[dict[str, Any]]] = set()

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
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None


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


async def spoken(turn: Turn) -> AsyncIterator[bytes]:
    """A turn as events: ``status`` once the message is stored, ``delta`` while words come, ``citation``s, ``done``.

    It returns when the message is stored, and raises what kept it from being stored. ``turn`` is given what to call
    with each word, and what to call once the message is stored; it runs in a thread and is not cancelled when the
    customer goes away. Errors after the start arrive as an ``error`` event in the shape of the API's error body.
    """
    loop = asyncio.get_running_loop()
    words: asyncio.Queue[str | None] = asyncio.Queue()
    stored = asyncio.Event()

    def emit(text: str) -> None:
        loop.call_soon_threadsafe(words.put_nowait, text)

    def on_stored() -> None:
        loop.call_soon_threadsafe(stored.set)

    def run() -> dict[str, Any]:
        try:
            return turn(emit, on_stored)
        finally:
            loop.call_soon_threadsafe(words.put_nowait, None)

    running = asyncio.ensure_future(run_sync(run))
    _RUNNING.add(running)
    running.add_done_callback(_forget)
    waiting = asyncio.ensure_future(stored.wait())
    await asyncio.wait((running, waiting), return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if running.done() and not stored.is_set():
        running.result()
    return _events_of(running, words)


async def _events_of(running: asyncio.Future[dict[str, Any]], words: asyncio.Queue[str | None]) -> AsyncIterator[bytes]:
    yield event("status", {"state": "searching"})
    provisional = ""
    while (text := await words.get()) is not None:
        provisional += text
        yield event("delta", {"text": text})
    try:
        done = await asyncio.shield(running)
    except AskdeskError as error:
        yield event("error", {"error": {"code": error.code, "message": error.message, "details": error.details}})
        return
    except Exception:  # noqa: BLE001 - the answer has begun; silence would be the only other way to say it
        yield event("error", {"error": UNEXPECTED})
        return
    for piece in _pieces(done.get("reply"), provisional):
        yield piece
    yield event("done", done)


def _forget(running: asyncio.Future[dict[str, Any]]) -> None:
    _RUNNING.discard(running)
    if not running.cancelled() and (error := running.exception()) is not None and not isinstance(error, AskdeskError):
        _log.error("a turn failed", exc_info=error)


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
