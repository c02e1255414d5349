"""What went wrong with a chat model, in plain words, and whether trying again can help.

The clients of the providers raise their own classes on top of two HTTP libraries; they are told apart by status code
and by the names of the classes, so that nothing needs to be imported to read an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.errors import ModelUnavailable
from assistant.llm.spec import LlmSpec

_TIMEOUTS = {"TimeoutError", "TimeoutException", "APITimeoutError"}
_CONNECTIONS = {"ConnectionError", "TransportError", "APIConnectionError", "NetworkError"}
_TRANSIENT = {408, 409, 425, 429, 500, 502, 503, 504, 529}
_SECRET = re.compile(r"\b(?:sk|key|pk|rk|Bearer)[-_ ][A-Za-z0-9*_\-.]{6,}")


class Nonsense(ModelUnavailable):
    """The model answered, but with something that cannot be shown: nothing, garbage, a tool call, half a reply."""


class TooSlow(ModelUnavailable):
    """The model did not write in the time it was given."""


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _names(error: BaseException) -> set[str]:
    return {kind.__name__ for link in _chain(error) for kind in type(link).__mro__}


def status_of(error: BaseException) -> int:
    """The HTTP status that the server answered with; 0 when there was none."""
    for link in _chain(error):
        status = getattr(link, "status_code", None)
        if isinstance(status, int) and status > 0:
            return status
    return 0


def is_transient(error: BaseException) -> bool:
    """Whether the same call may succeed in a moment: the server is busy or the line broke before anything was said."""
    status = status_of(error)
    if status:
        return status in _TRANSIENT
    return not isinstance(error, ModelUnavailable) and bool(_names(error) & _CONNECTIONS)


def retry_after(error: BaseException) -> float:
    """The seconds that the server asked to wait; 0 when it did not say."""
    for link in _chain(error):
        headers = getattr(getattr(link, "response", None), "headers", None) or {}
        try:
            return max(0.0, float(headers["retry-after"]))
        except (KeyError, TypeError, ValueError):
            continue
    return 0.0


def cause_of(error: BaseException) -> str:
    """One word for traces: ``timeout``, ``connection``, ``nonsense``, ``http_429`` and so on, or the error's class."""
    if isinstance(error, Nonsense):
        return "nonsense"
    if isinstance(error, TooSlow) or _names(error) & _TIMEOUTS:
        return "timeout"
    status = status_of(error)
    if status:
        return f"http_{status}"
    return "connection" if _names(error) & _CONNECTIONS else type(error).__name__


def explain(error: BaseException, spec: LlmSpec) -> str:
    """What is wrong and where to look, in one or two sentences without any key."""
    if isinstance(error, ModelUnavailable) and not isinstance(error, TooSlow):
        return error.message
    where = f" at {spec.base_url}" if spec.base_url else ""
    cause = cause_of(error)
    if cause == "timeout":
        return (
            f"{spec.name}{where} did not answer within {spec.timeout:g} seconds. It may be loading or overloaded: try "
            "again, raise the time limit, or choose a smaller model."
        )
    if cause == "connection":
        where = where or f" at the usual address of {spec.provider}"
        return f"Nothing answers{where}. Check the address, the port and that the server runs."
    return _of_status(status_of(error), spec, where) or f"{spec.name}{where} failed: {_told(error)}"


def _of_status(status: int, spec: LlmSpec, where: str) -> str:
    if status == 401:
        return (
            f"The server{where} refused the key. Check the API key."
            if spec.api_key
            else f"The server{where} wants an API key."
        )
    if status == 403:
        return f"The server{where} does not let this key use {spec.model}."
    if status == 404:
        return (
            f"The server{where} knows no model “{spec.model}”, or the address lacks its last part. Check the model's "
            "name, and that the address of an OpenAI-compatible server ends as its manual says (often /v1)."
        )
    if status == 429:
        return f"The server{where} is refusing more calls for now: a rate limit or the account's credit is used up."
    if status >= 500:
        return f"The server{where} has a fault of its own (HTTP {status}). Look at its log or try again later."
    return ""


def _told(error: BaseException) -> str:
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return _SECRET.sub("…", line)[:200]
