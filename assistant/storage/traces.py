"""Traces as they are stored: JSON, compressed."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import orjson


def packed(trace: Mapping[str, Any]) -> bytes:
    """A trace as the table holds it."""
    # The fastest level: this is on the path of every turn.
    return zlib.compress(orjson.dumps(dict(trace), option=orjson.OPT_NON_STR_KEYS, default=str), 1)


def unpacked(data: bytes) -> dict[str, Any]:
    """The trace behind ``packed``."""
    found: dict[str, Any] = orjson.loads(zlib.decompress(data))
    return found
