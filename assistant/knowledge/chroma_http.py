"""A client of a Chroma server with a time limit; the library's own waits for ever. Import it only where one is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast
from urllib.parse import urlsplit

import chromadb
import httpx
from chromadb.api.client import Client
from chromadb.api.fastapi import FastAPI
from chromadb.config import Settings

# A hung server must not hold up a customer's turn for longer; batches are small enough to be written within it.
TIMEOUT = httpx.Timeout(10, connect=2)


def connect(url: str) -> Client:
    """A client of the Chroma server at ``url``, which has answered once; raises what httpx and Chroma raise."""
    # Asked first, with a limit, since making a client asks without one.
    httpx.get(f"{url.rstrip('/')}/api/v2/heartbeat", timeout=TIMEOUT).raise_for_status()
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    client = chromadb.HttpClient(
        host=parts.hostname or "localhost",
        port=parts.port or (443 if secure else 80),
        ssl=secure,
        settings=Settings(anonymized_telemetry=False),
    )
    for session in _sessions(cast(Client, client)):
        session.timeout = TIMEOUT
    return cast(Client, client)


def disconnect(client: Client) -> None:
    """Close the client with its connections, which its own ``close`` leaves open (Chroma 1.5.9)."""
    sessions = list(_sessions(client))
    client.close()
    for session in sessions:
        session.close()


def _sessions(client: Client) -> Iterator[httpx.Client]:
    # A client holds a second one, for tenants, with connections of its own.
    for part in (client, client._admin_client):
        server = getattr(part, "_server", None)
        if isinstance(server, FastAPI):
            yield server._session
