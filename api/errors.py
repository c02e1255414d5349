"""Errors as answers: one table from error to status, one JSON body, and a page for browsers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from http import HTTPStatus
from typing import Any

from anyio.to_thread import run_sync
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.dependencies import SignInPage
from api.web.i18n import Translator, preferred, translator
from assistant import errors
from assistant.wording import Worded, problem

STATUS: dict[type[errors.AskdeskError], int] = {
    errors.NotFound: 404,
    errors.Invalid: 422,
    errors.Conflict: 409,
    errors.NotAllowed: 403,
    errors.SignInNeeded: 401,
    errors.TooMany: 429,
    errors.StorageUnavailable: 503,
    errors.ModelUnavailable: 503,
    errors.IndexBroken: 503,
    errors.DataDirLocked: 503,
    errors.SettingsError: 500,
}
# How long a customer's widget waits before it sends again what could not be stored.
_RETRY_AFTER = {"storage_unavailable": 5, "model_unavailable": 10, "index_broken": 5, "data_dir_locked": 10}

_HTTP = {
    400: ("bad_request", "The request cannot be read."),
    401: ("sign_in_needed", "Sign in first."),
    403: ("not_allowed", "This is not allowed."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method."),
    413: ("too_large", "This is too large to be taken."),
    500: (
        "unexpected",
        "Something unexpected went wrong. It was noted; try again, and name the request id if it stays.",
    ),
}

ErrorPage = Callable[[Request, int, str], Response]


def wants_page(request: Request) -> bool:
    """Whether the answer goes to a person's browser window rather than to a program."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def plain_page(_request: Request, status: int, message: str) -> Response:
    """A page that needs nothing else to work."""
    title = escape(HTTPStatus(status).phrase)
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
    return HTMLResponse(f"{head}<h1>{title}</h1><p>{escape(message)}</p></html>", status)


async def answer(
    request: Request, status: int, code: str, message: str, details: Any = None, headers: dict[str, str] | None = None
) -> Response:
    """The error as JSON in the caller's language, or as a page where a browser asked."""
    response: Response
    if wants_page(request):
        page: ErrorPage = getattr(request.app.state, "error_page", plain_page)
        response = await run_sync(page, request, status, message)
    else:
        body: dict[str, Any] = {"code": code, "message": words_of(request).told(message)}
        if details:
            body["details"] = jsonable_encoder(details)
        response = JSONResponse({"error": body}, status)
    response.headers.update(headers or {})
    return response


def words_of(request: Request) -> Translator:
    """The words of the language that the request's ``Accept-Language`` asks for; English without one."""
    convert = request.app.state.container.to_traditional if "app" in request.scope else None
    return translator(preferred(request.headers.get("accept-language", "")), convert)


def _status_of(error: errors.AskdeskError) -> int:
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


async def _askdesk_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.AskdeskError)  # noqa: S101 - for the type checker; Starlette calls it for no other
    headers = {}
    if error.code in _RETRY_AFTER or isinstance(error, errors.TooMany):
        headers["Retry-After"] = str(getattr(error, "retry_after", _RETRY_AFTER.get(error.code)))
    if isinstance(error, errors.SignInNeeded):
        headers["WWW-Authenticate"] = "Bearer"
    return await answer(request, _status_of(error), error.code, error.message, error.details, headers)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    code, message = _HTTP.get(error.status_code, ("error", HTTPStatus(error.status_code).phrase + "."))
    return await answer(request, error.status_code, code, message, headers=dict(error.headers or {}))


def _sentence(refusal: dict[str, Any]) -> dict[str, str]:
    places = [str(part) for part in refusal["loc"] if part not in ("body", "query", "path", "header")]
    return {"field": ".".join(places), "problem": problem(refusal)}


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    problems: Sequence[dict[str, Any]] = error.errors()
    # What was sent is left out: it may be a password.
    details = [_sentence(each) for each in problems]
    first = details[0]
    message = Worded("“%(field)s”: %(problem)s.", **first) if first["field"] else Worded("%(problem)s.", **first)
    return await answer(request, 422, "invalid", message, {"fields": details})


async def _sign_in_page(_request: Request, redirection: Exception) -> Response:
    assert isinstance(redirection, SignInPage)  # noqa: S101 - as above
    return RedirectResponse(redirection.target, 303)


async def unexpected(request: Request) -> Response:
    """The answer when something broke that nobody foresaw; the log has the trace."""
    code, message = _HTTP[500]
    return await answer(request, 500, code, message)


async def too_large(request: Request) -> Response:
    """The answer to a request that weighs too much."""
    code, message = _HTTP[413]
    return await answer(request, 413, code, message)


def install(app: FastAPI) -> None:
    """Teach the application to answer errors."""
    app.add_exception_handler(errors.AskdeskError, _askdesk_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(SignInPage, _sign_in_page)
