"""What went wrong with a chat model, in plain words, and whether trying again can help.

The clients of the providers raise their own classes on top of two HTTP libraries; they are told apart by status code
and by the names of the classes, so that nothing needs to be imported to read an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.errors import ModelUnavailable
from assistant.llm.spec import LlmSpec
from assistant.wording import Worded

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
    where = Worded(" at %(address)s", address=spec.base_url) if spec.base_url else ""
    cause = cause_of(error)
    if cause == "timeout":
        return Worded(
            "%(model)s%(where)s did not answer within %(seconds)s seconds. It may be loading or overloaded: try "
            "again, raise the time limit, or choose a smaller model.",
            model=spec.name,
            where=where,
            seconds=f"{spec.timeout:g}",
        )
    if cause == "connection":
        where = where or Worded(" at the usual address of %(provider)s", provider=spec.provider)
        return Worded("Nothing answers%(where)s. Check the address, the port and that the server runs.", where=where)
    pattern = _of_status(status_of(error), bool(spec.api_key))
    if pattern:
        return Worded(pattern, where=where, model=spec.model, status=str(status_of(error)))
    return Worded("%(model)s%(where)s failed: %(problem)s", model=spec.name, where=where, problem=_told(error))


_STATUSES = {
    401: "The server%(where)s refused the key. Check the API key.",
    403: "The server%(where)s does not let this key use %(model)s.",
    404: "The server%(where)s knows no model “%(model)s”, or the address lacks its last part. Check the model's name, "
    "and that the address of an OpenAI-compatible server ends as its manual says (often /v1).",
    429: "The server%(where)s is refusing more calls for now: a rate limit or the account's credit is used up.",
}
_KEY_WANTED = "The server%(where)s wants an API key."
_FAULT = "The server%(where)s has a fault of its own (HTTP %(status)s). Look at its log or try again later."


def _of_status(status: int, has_key: bool) -> str:
    if status == 401 and not has_key:
        return _KEY_WANTED
    return _STATUSES.get(status) or (_FAULT if status >= 500 else "")


def _told(error: BaseException) -> str:
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return _SECRET.sub("…", line)[:200]
