"""A real HTTP server around a container, in a thread of the test's own process."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import uvicorn

from api.app import create_app
from assistant.container import Container


class SseEvent(NamedTuple):
    """One server-sent event."""

    kind: str
    data: Any
    id: str


def sse(response: httpx.Response) -> Iterator[SseEvent]:
    """The events of a response, as they come."""
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        if "data" in fields:
            yield SseEvent(fields.get("event", "message"), json.loads(fields["data"]), fields.get("id", ""))
        fields = {}


@contextmanager
def served(container: Container) -> Iterator[str]:
    """The address of a server over this container; it ends with the block."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        server = uvicorn.Server(
            uvicorn.Config(create_app(container), log_config=None, access_log=False, timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 60
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive()


def client(base: str, token: str = "", **headers: str) -> httpx.Client:
    """A client of the customer's calls; the environment's proxies are not for loopback."""
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return httpx.Client(base_url=f"{base}/api/v1", headers=headers, timeout=60, trust_env=False)
