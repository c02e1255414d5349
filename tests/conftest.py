"""What every test stands on: no network, no tracing, and one unpacked model for the whole session."""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.knowledge.embedder import Embedder, load_embedder

# Read when the hub's client and LangSmith are imported, which happens in functions only, so after this.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
for _tracing in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING"):
    os.environ[_tracing] = "false"
for _key in ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY"):
    os.environ.pop(_key, None)

_REPOSITORY = Path(__file__).parent.parent


class OutsideConnectionError(AssertionError):
    """A test reached for an address that is not this machine."""


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True  # a Unix socket
    host = str(address[0])
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return host in {"localhost", ""}


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuses every connection that leaves this machine."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            original = getattr(socket.socket, name)

            def guarded(self: socket.socket, address: Any, original: Any = original) -> Any:
                if not _is_local(address):
                    raise OutsideConnectionError(f"a test tried to connect to {address}")
                return original(self, address)

            patch.setattr(socket.socket, name, guarded)
        yield


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """Where models are unpacked once and stay between runs."""
    folder = os.environ.get("ASKDESK_TEST_CACHE")
    return Path(folder) if folder else _REPOSITORY / ".cache" / "models"


@pytest.fixture(scope="session")
def embedder(models_dir: Path) -> Embedder:
    """The bundled embedder."""
    return load_embedder("bundled", models_dir)
