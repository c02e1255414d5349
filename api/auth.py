"""Who sends a request: a sign-in by cookie, an API token, or a conversation's token; and the cookie itself."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from assistant.accounts import SignedIn
from assistant.container import Container
from assistant.domain.people import Person
from assistant.errors import NotAllowed, SignInNeeded

COOKIE = "askdesk_session"
CSRF_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# The sign-in decides when it ends; the cookie merely must not end before it.
_COOKIE_AGE = int(timedelta(days=30).total_seconds())


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind a request, and their sign-in where they came with the cookie."""

    person: Person
    sign_in: SignedIn | None


def bearer(request: Request) -> str:
    """The token of the ``Authorization`` header, or an empty text."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def caller(request: Request, container: Container, csrf: str = "") -> Caller:
    """Who sends the request. ``csrf`` is the CSRF token where a form carried it rather than the header.

    Raises:
        SignInNeeded: nobody known does.
        NotAllowed: the request changes something by cookie, but does not carry the sign-in's CSRF token.
    """
    token = bearer(request)
    if token:
        return Caller(container.accounts.tokens.of(token), None)
    cookie = request.cookies.get(COOKIE, "")
    if not cookie:
        raise SignInNeeded("Sign in first.")
    sign_in = container.accounts.sign_ins.of(cookie)
    if request.method not in _SAFE:
        check_csrf(csrf or request.headers.get(CSRF_HEADER, ""), sign_in)
    return Caller(sign_in.person, sign_in)


def csrf_token(request: Request, container: Container) -> str:
    """The token that forms of this sign-in must carry; empty where there is no sign-in."""
    try:
        return container.accounts.sign_ins.of(request.cookies.get(COOKIE, "")).csrf
    except SignInNeeded:
        return ""


def check_csrf(given: str, sign_in: SignedIn) -> None:
    """Nothing, if the token is the sign-in's.

    Raises:
        NotAllowed: it is not.
    """
    if not secrets.compare_digest(given.encode(), sign_in.csrf.encode()):
        raise NotAllowed("This page is out of date. Reload it and try again.", {"header": CSRF_HEADER})


def address(request: Request) -> str:
    """The sender's network address; what a proxy says of it counts only for trusted proxies (see ``create_app``)."""
    return request.client.host if request.client else ""


def _is_secure(request: Request, container: Container) -> bool:
    return request.url.scheme == "https" or container.installation.current().site.public_url.startswith("https:")


def set_cookie(response: Response, request: Request, container: Container, sign_in: SignedIn) -> None:
    """Give the browser its sign-in."""
    secure = _is_secure(request, container)
    response.set_cookie(
        COOKIE, sign_in.token, max_age=_COOKIE_AGE, path="/", secure=secure, httponly=True, samesite="lax"
    )


def clear_cookie(response: Response, request: Request, container: Container) -> None:
    """Take the sign-in from the browser."""
    response.delete_cookie(COOKIE, path="/", secure=_is_secure(request, container), httponly=True, samesite="lax")
