"""Forms of staff pages that work without JavaScript: who sent one, what it holds, and what is said after a redirect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from functools import partial

from anyio.to_thread import run_sync
from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from api.dependencies import Services, page_caller, require
from assistant.domain.people import Person, Right

_FLASH = "askdesk_flash"
_FLASH_SECONDS = 60
_MOST_FIELDS = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent by someone who may, with the CSRF token of their sign-in."""

    person: Person
    form: FormData

    def text(self, name: str, most: int = 20_000) -> str:
        """A field's text, trimmed; empty where it is missing."""
        value = self.form.get(name, "")
        return value.replace("\r\n", "\n").strip()[:most] if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """All texts of a field that stands in the form more than once."""
        return [value.strip() for value in self.form.getlist(name) if isinstance(value, str)]

    def __contains__(self, name: str) -> bool:
        return name in self.form

    def file(self, name: str, most: int) -> bytes:
        """The bytes of an uploaded file, at most ``most`` and one of them; empty where none was chosen."""
        value = self.form.get(name)
        return value.file.read(most + 1) if isinstance(value, UploadFile) else b""


def form_needs(right: Right) -> Callable[[Request, Services], AsyncIterator[Sent]]:
    """A dependency that gives a form sent by someone with the right; nobody known is sent to the sign-in page."""

    async def read(request: Request, container: Services) -> AsyncIterator[Sent]:
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
            token = form.get("csrf_token", "")
            csrf = token if isinstance(token, str) else ""
            caller = await run_sync(partial(page_caller, request, container, csrf))
            yield Sent(require(caller.person, right), form)

    return read


def redirect(path: str, flash: str = "") -> Response:
    """Go on to ``path``, where the page says what ``flash`` stands for, once."""
    response = RedirectResponse(path, 303)
    if flash:
        response.set_cookie(_FLASH, flash, max_age=_FLASH_SECONDS, httponly=True, samesite="lax")
    return response


def flash_of(request: Request) -> str:
    """What the page should say of the form that led to it."""
    return request.cookies.get(_FLASH, "")


def forget_flash(request: Request, response: Response) -> Response:
    """The response, after which it is not said again."""
    if _FLASH in request.cookies:
        response.delete_cookie(_FLASH)
    return response
