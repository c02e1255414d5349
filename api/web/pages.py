"""Pages for customers and the way in for staff: start page, chat, ticket, sign-in, and the files around them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any
from urllib.parse import parse_qs

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Request
from pydantic import SecretStr
from starlette.responses import FileResponse, RedirectResponse, Response

from api import auth
from api.dependencies import Services
from api.web.rendering import WEB
from api.web.site import site
from api.web.theme import theme_css
from assistant.container import Container
from assistant.domain.people import Person, Right
from assistant.errors import AskdeskError, NotAllowed, NotFound, TooMany

router = APIRouter(include_in_schema=False)

Secret = Annotated[str, Path(min_length=16, max_length=64)]


@router.get("/")
def start(request: Request, container: Services) -> Response:
    """The demo site where there is one, else the help centre."""
    if container.demo:
        return site(request).page(request, "demo.html", title="", preparing=container.preparation())
    return RedirectResponse("/help", 307)


@router.get("/chat")
def chat(request: Request, q: Annotated[str, Query(max_length=4000)] = "") -> Response:
    """The conversation as a page of its own, for links, QR codes and in-app browsers; ``q`` is ready to be sent."""
    return site(request).page(request, "chat.html", title="Chat", draft=q)


@router.get("/widget.js")
def widget() -> Response:
    """The widget's script. Any page may load it; whether it shows anything is the installation's to say."""
    headers = {"Cache-Control": "public, max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"}
    return FileResponse(WEB / "static" / "widget.js", media_type="text/javascript", headers=headers)


@router.get("/theme.css")
def theme(container: Services) -> Response:
    """The installation's accent colour as tokens."""
    css = theme_css(container.installation.current().look.accent)
    return Response(css, media_type="text/css", headers={"Cache-Control": "public, max-age=60"})


@router.get("/files/{digest}")
def file(digest: str, container: Services) -> Response:
    """A stored picture by the hash of its content: logos, and pictures of articles."""
    found = container.blob(digest)
    if found is None or not found.content_type.startswith("image/"):
        raise NotFound("There is no such file.")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        # Other sites show them too: within the widget.
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return Response(found.data, media_type=found.content_type, headers=headers)


@router.get("/login")
def login_page(request: Request, next: Annotated[str, Query(max_length=500)] = "") -> Response:
    """Sign in."""
    return site(request).page(request, "login.html", title="Sign in", widget=False, next=next, email="", error=None)


@router.post("/login")
async def login(request: Request, container: Services) -> Response:
    """Sign in by form, then go on to where one wanted to be."""
    # There is no sign-in yet whose token a form could carry, so the browser says where the form stands.
    if request.headers.get("sec-fetch-site", "") in ("cross-site", "same-site"):
        raise NotAllowed("Another site sent this sign-in. Open the sign-in page here and try again.")
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
    return await run_sync(_login, request, container, form)


def _login(request: Request, container: Container, form: dict[str, str]) -> Response:
    email, password = form.get("email", "").strip()[:254], SecretStr(form.get("password", "")[:200])
    wanted = _inside(form.get("next", ""))
    try:
        previous = request.cookies.get(auth.COOKIE, "")
        sign_in = container.accounts.sign_ins.login(email, password.get_secret_value(), auth.address(request), previous)
    except AskdeskError as error:
        status = 429 if isinstance(error, TooMany) else 401
        return site(request).page(
            request,
            "login.html",
            title="Sign in",
            status=status,
            widget=False,
            next=wanted,
            email=email,
            error=error.message,
        )
    response = RedirectResponse(wanted or _first_page(sign_in.person), 303)
    auth.set_cookie(response, request, container, sign_in)
    return response


def _inside(target: str) -> str:
    """The target if it lies on this site, else nothing: a sign-in must not lead elsewhere."""
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and "\\" not in target and "\n" not in target
    return target if safe else ""


def _first_page(person: Person) -> str:
    if person.may(Right.ADMINISTER):
        return "/admin"
    return "/desk" if person.may(Right.READ_TICKETS) else "/editor"


@router.get("/t/{secret}")
def ticket(secret: Secret, request: Request, container: Services) -> Response:
    """A customer's ticket behind its unguessable link."""
    return _ticket(secret, request, container)


def _ticket(secret: str, request: Request, container: Container, **more: Any) -> Response:
    found = container.handovers.ticket_page(secret)
    agents = [message["author"] for message in found["messages"] if message["role"] == "agent"]
    due = found["expected_reply_by"]
    shown = {
        **found,
        "overdue": due is not None and due < datetime.now(UTC) and found["status"] in ("new", "open"),
        "agent": agents[-1] if agents else None,
        "can_reply": True,
        "can_nudge": found["may_nudge"],
        "can_rate": found["may_rate"],
    }
    urls = {name: f"/t/{secret}/{name}" for name in ("reply", "nudge", "rating")}
    response = site(request).page(
        request,
        "ticket.html",
        title=f"#{found['number']}",
        narrow=True,
        widget=False,
        ticket=shown,
        messages=_named(found["messages"], container),
        urls=urls,
        **{"errors": {}, "draft": "", **more},
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _named(messages: list[dict[str, Any]], container: Container) -> list[dict[str, Any]]:
    name = container.installation.current().look.name
    return [
        {**message, "author": message["author"] or (name if message["role"] == "assistant" else "")}
        for message in messages
    ]


@router.post("/t/{secret}/{act}")
async def ticket_act(secret: Secret, act: str, request: Request, container: Services) -> Response:
    """Reply, nudge or rate by form; the link itself is the key."""
    form = {name: values[0] for name, values in parse_qs((await request.body()).decode("utf-8", "replace")).items()}
    try:
        return await run_sync(_ticket_act, secret, act, request, container, form)
    except TooMany as error:
        # Their own page again, with what they wrote: an error page would lose it.
        told = {"status": 429, "errors": {"text": error.message}, "draft": form.get("text", "")}
        page = await run_sync(partial(_ticket, secret, request, container, **told))
        page.headers["Retry-After"] = str(error.retry_after)
        return page


def _ticket_act(secret: str, act: str, request: Request, container: Container, form: dict[str, str]) -> Response:
    if act == "reply":
        text = form.get("text", "").strip()
        if not 0 < len(text) <= 4000:
            problem = "Write between 1 and 4,000 characters."
            return _ticket(secret, request, container, errors={"text": problem}, draft=text)
        container.handovers.write(secret, text)
    elif act == "nudge":
        container.handovers.nudge(secret)
    elif act == "rating" and form.get("score", "") in {"1", "2", "3", "4", "5"}:
        container.opinions.on_ticket(secret, int(form["score"]), form.get("comment", "")[:2000])
    else:
        raise NotFound("There is nothing at this address.")
    return RedirectResponse(f"/t/{secret}", 303)
