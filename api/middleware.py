"""What surrounds every request: an id, a log line, a measurement, headers that protect, and answers to other sites."""

from __future__ import annotations

import re
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable

import anyio.to_thread
import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from assistant.container import Container
from assistant.domain.installation import InstallationSettings

API = "/api/v1"
_log = structlog.get_logger("askdesk.http")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; manifest-src 'self'; frame-ancestors {ancestors}; base-uri 'none'; "
    "form-action 'self'"
)
_EMBEDDABLE = ("/chat", "/widget")
# Other sites' pages call these from the widget; all others are for this origin alone.
_SHARED = ("/api/v1/conversations", "/api/v1/widget", "/widget")


def _under(path: str, prefixes: Iterable[str]) -> bool:
    return any(path == prefix or path.startswith((prefix + "/", prefix + ".")) for prefix in prefixes)


async def _installation(container: Container) -> InstallationSettings:
    if container.installation.is_fresh:
        return container.installation.current()
    return await anyio.to_thread.run_sync(container.installation.current)


class _Surrounding(ABC):
    """What stands around the application; whatever is no HTTP request passes by."""

    def __init__(self, app: ASGIApp, container: Container) -> None:
        self.app = app
        self.container = container

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        await (self.handle if scope["type"] == "http" else self.app)(scope, receive, send)

    @abstractmethod
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""


class RequestLog(_Surrounding):
    """Gives each request an id, measures it, logs it without what was said, and answers what broke with 500."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        status, began = 0, time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, noting)
            except Exception:
                _log.exception("request failed", method=scope["method"], route=_route(scope))
                if status:
                    raise
                response = await errors.unexpected(Request(scope))
                await response(scope, receive, noting)
            finally:
                self._note(scope, status or 499, time.perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = _route(scope)
        # Any word may come as a method; labels must stay few.
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.container.metrics.request_seconds.labels(method, route, str(status)).observe(seconds)
        note = _log.debug if route in _QUIET or route.startswith("/static") else _log.info
        note("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


def _route(scope: Scope) -> str:
    # The template, never the path: paths hold ticket links and conversation ids.
    path = scope["path"]
    template: str = getattr(scope.get("route"), "path", "")
    if not template:
        return "/static" if path.startswith("/static/") else "other"
    # A route knows only what its own router was given.
    return API + template if path.startswith(API + "/") and not template.startswith(API + "/") else template


class SecurityHeaders(_Surrounding):
    """Headers that keep pages to themselves: a strict content policy, no framing, no sniffing, no referrers."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        path = scope["path"]
        ancestors = await self._ancestors(path)
        policy = _POLICY.format(ancestors=ancestors)

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", policy)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
                if path.startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, adding)

    async def _ancestors(self, path: str) -> str:
        if not _under(path, _EMBEDDABLE):
            return "'none'"
        return " ".join(["'self'", *(await _installation(self.container)).site.allowed_origins])


class CustomerCors(_Surrounding):
    """Lets the pages of allowed origins call what the widget calls. Cookies never count there, so none are allowed."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        origin = Headers(scope=scope).get("origin", "")
        if not origin or not _under(scope["path"], _SHARED):
            await self.app(scope, receive, send)
            return
        allowed = (await _installation(self.container)).site.allows(origin)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in Headers(scope=scope):
            response = PlainTextResponse(status_code=204 if allowed else 403, headers={"Vary": "Origin"})
            if allowed:
                response.headers.update(_preflight(origin))
            await response(scope, receive, send)
            return

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                if allowed:
                    headers["Access-Control-Allow-Origin"] = origin
                    headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-ID"
            await send(message)

        await self.app(scope, receive, adding)


def _preflight(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, Last-Event-ID",
        "Access-Control-Max-Age": "600",
    }
