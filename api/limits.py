"""How much a request may weigh: little, but for the few addresses that take files."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors

_MIB = 1024 * 1024
USUAL = _MIB
# By the beginning of the path; what the files then hold is checked by whoever reads them.
LARGER = {
    "/api/v1/articles/import": 512 * _MIB,
    "/api/v1/imports": 512 * _MIB,
    "/api/v1/trials": 21 * _MIB,
    "/admin/trials": 21 * _MIB,
    "/api/v1/images": 25 * _MIB,
    "/api/v1/settings/logo": 2 * _MIB,
}


def largest(path: str) -> int:
    """The most bytes that a request to this path may have."""
    return next((size for prefix, size in LARGER.items() if path.startswith(prefix)), USUAL)


class BodyLimit:
    """Answers 413 to a request that says, or turns out, to be larger than its address takes."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most, taken = largest(scope["path"]), 0
        said = Headers(scope=scope).get("content-length", "")
        if said.isdecimal() and int(said) > most:
            response = await errors.too_large(Request(scope))
            await response(scope, receive, send)
            return

        async def counting() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise HTTPException(413)
            return message

        await self.app(scope, counting, send)
