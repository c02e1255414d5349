"""The admin's forms: one page for each part of the settings. They work without JavaScript and take effect at once."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import available_timezones

import segno
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import JSONResponse, Response

from api.dependencies import PageAdmin, Services
from api.routes.chat import base_url
from api.web import admin_rollout, admin_values, theme
from api.web.forms import Sent, flash_of, forget_flash, form_needs, redirect
from api.web.i18n import translator
from api.web.site import page_locale, site
from assistant.container import Container
from assistant.conversations.promise import clock, promise_at
from assistant.domain.installation import InstallationSettings, SectionName
from assistant.domain.people import Person, Right
from assistant.errors import AskdeskError, Conflict, Invalid
from assistant.installation import SectionChange, SectionView

router = APIRouter(prefix="/admin", include_in_schema=False)

AdminForm = Annotated[Sent, Depends(form_needs(Right.ADMINISTER))]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asked for a page of what."""

    request: Request
    person: Person
    container: Container

    @property
    def locale(self) -> str:
        """The language of the page."""
        default = self.container.installation.current().site.default_locale
        return page_locale(self.request, self.person, default)


@dataclass(frozen=True, slots=True)
class _Pane:
    """A page of settings: its sections, how its form is read, and what else its template needs."""

    title: str
    sections: tuple[SectionName, ...]
    read: admin_values.Reader
    more: Callable[[_Asked, dict[str, Any]], dict[str, Any]]


def _nothing(_asked: _Asked, _values: dict[str, Any]) -> dict[str, Any]:
    return {}


def _of_look(_asked: _Asked, values: dict[str, Any]) -> dict[str, Any]:
    return {"report": theme.accent_report(str(values["look"]["accent"]))}


def _of_hours(asked: _Asked, values: dict[str, Any]) -> dict[str, Any]:
    return {"zones": _zones(), "promise": _promise(asked, values)}


def _of_site(asked: _Asked, _values: dict[str, Any]) -> dict[str, Any]:
    base = base_url(asked.request, asked.container)
    return {
        "base": base,
        "embed": f'<script src="{base}/widget.js" defer></script>',
        "identity": bool(asked.container.settings.identity_secret),
    }


def _of_rollout(asked: _Asked, values: dict[str, Any]) -> dict[str, Any]:
    return admin_rollout.told(asked.container, values)


def _of_mail(asked: _Asked, _values: dict[str, Any]) -> dict[str, Any]:
    url = asked.container.installation.current().mail.smtp_url.get_secret_value()
    return {"smtp": admin_values.smtp_parts(url)}


PANES: dict[str, _Pane] = {
    "look": _Pane("Look", ("look",), admin_values.look, _of_look),
    "hours": _Pane("Opening hours", ("hours", "service"), admin_values.hours, _of_hours),
    "site": _Pane("Your site", ("site",), admin_values.site, _of_site),
    "assistant": _Pane("Assistant", ("assistant",), admin_values.assistant, _nothing),
    "rollout": _Pane("Roll-out", ("rollout",), admin_rollout.rollout, _of_rollout),
    "llm": _Pane("Language model", ("llm",), admin_values.llm, _nothing),
    "mail": _Pane("Mail", ("mail",), admin_values.mail, _of_mail),
    "privacy": _Pane("Privacy", ("privacy",), admin_values.privacy, _nothing),
}


def _show(
    request: Request,
    person: Person,
    container: Container,
    name: str,
    typed: admin_values.Values | None = None,
    status: int = 200,
    **more: Any,
) -> Response:
    """The page, with what was typed laid over what is stored."""
    pane, views = PANES[name], container.installation.view()
    values: dict[str, Any] = {
        section: {**views[section].values, **(typed or {}).get(section, {})} for section in pane.sections
    }
    response = site(request).page(
        request,
        f"admin/{name}.html",
        title=pane.title,
        person=person,
        status=status,
        here=name,
        said=flash_of(request),
        values=values,
        fixed={section: views[section].fixed for section in pane.sections},
        paused=container.installation.current().assistant.paused,
        **{
            "versions": {section: views[section].version for section in pane.sections},
            "error": None,
            "result": None,
            **pane.more(_Asked(request, person, container), values),
            **more,
        },
    )
    return forget_flash(request, response)


def _save(request: Request, sent: Sent, container: Container, name: str) -> Response | None:
    """Nothing once the form is stored, else the page that says why it was not."""
    views = container.installation.view()
    wanted: admin_values.Values = {}
    try:
        wanted = PANES[name].read(sent, container)
        _change(sent, container, views, admin_values.differing(wanted, views))
    except Conflict:
        theirs = container.installation.view()
        differ = [field for fields in admin_values.differing(wanted, theirs).values() for field in fields]
        return _show(request, sent.person, container, name, wanted, 409, conflict=differ)
    except Invalid as error:
        return _show(request, sent.person, container, name, wanted, 422, error=_problem(error))
    return None


def _change(sent: Sent, container: Container, views: dict[str, SectionView], changed: admin_values.Values) -> None:
    changes: dict[SectionName, SectionChange] = {
        section: SectionChange(values, _version(sent, section, views[section].version))  # type: ignore[misc]
        for section, values in changed.items()
        if values
    }
    if changes:
        container.installation.change(changes, sent.person.actor)


def _version(sent: Sent, section: str, held: int) -> int:
    text = sent.text(f"version_{section}")
    return int(text) if text.isdecimal() else held


def _problem(error: Invalid) -> dict[str, str]:
    field = str(error.details.get("field", ""))
    return {"field": field.split(".")[0], "path": field, "message": error.message}


def _zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/")))


def _promise(asked: _Asked, values: dict[str, Any]) -> dict[str, Any] | None:
    """What a customer handed over now would be told with these values; nothing where they cannot be used."""
    plain = asked.container.installation.current().model_dump(mode="python")
    try:
        settings = InstallationSettings.model_validate({**plain, **values})
    except ValueError:
        return None
    now = asked.container.now()
    promise = promise_at(settings, now)
    return {
        "open": promise.on_duty,
        "by": clock(settings, promise.due_at, now, asked.locale),
        "zone": settings.hours.time_zone,
    }


def _add(name: str) -> None:
    def show(request: Request, admin: PageAdmin, container: Services) -> Response:
        return _show(request, admin, container, name)

    def save(request: Request, sent: AdminForm, container: Services) -> Response:
        refused = _save(request, sent, container, name)
        if refused is not None:
            return refused
        return _tested(request, sent, container, name) or redirect(f"/admin/{name}", "saved")

    router.add_api_route(f"/{name}", show, methods=["GET"], name=f"admin_{name}")
    router.add_api_route(f"/{name}", save, methods=["POST"], name=f"admin_{name}_save")


def _tested(request: Request, sent: Sent, container: Container, name: str) -> Response | None:
    """The page with what came of the test, where the form asked for one; it was stored before."""
    if "test" not in sent:
        return None
    to = sent.text("to") or sent.person.email
    try:
        message = container.llm_test() if name == "llm" else container.mail_test(to)
        result = {"ok": True, "message": message}
    except AskdeskError as error:
        result = {"ok": False, "message": error.message}
    return _show(request, sent.person, container, name, result=result)


for _name in PANES:
    _add(_name)


@router.post("/rollout/try")
def try_rollout(request: Request, sent: AdminForm, container: Services) -> Response:
    """The page with what a message would get under the rules and topics in the form, which are not saved by it."""
    wanted, views = admin_rollout.rollout(sent, container), container.installation.view()
    held = {"rollout": _version(sent, "rollout", views["rollout"].version)}
    unsaved = any(admin_values.differing(wanted, views).values())
    more: dict[str, Any] = {}
    try:
        more = admin_rollout.attempt(sent, container, wanted)
    except Invalid as error:
        more = {"error": _problem(error)}
    status = 422 if "error" in more else 200
    return _show(request, sent.person, container, "rollout", wanted, status, versions=held, unsaved=unsaved, **more)


@router.post("/hours/preview")
def preview_hours(request: Request, sent: AdminForm, container: Services) -> Response:
    """What a customer would be told now with hours that are not saved yet."""
    values = admin_values.hours(sent, container)
    zone = container.installation.current().hours.time_zone
    promise = _promise(
        _Asked(request, sent.person, container), {**values, "hours": {"time_zone": zone, **values["hours"]}}
    )
    return JSONResponse(promise or {})


@router.get("/look/accent")
def preview_accent(_admin: PageAdmin, colour: Annotated[str, Query(max_length=7)]) -> Response:
    """What becomes of an accent that is not saved yet."""
    return JSONResponse(theme.accent_report(colour))


@router.get("/site/chat.svg")
def chat_code(request: Request, _admin: PageAdmin, container: Services) -> Response:
    """A QR code that leads to the chat as a page of its own."""
    picture = io.BytesIO()
    title = translator(page_locale(request))("Chat")
    code = segno.make(f"{base_url(request, container)}/chat", error="m", micro=False)
    code.save(
        picture, kind="svg", border=3, light="#ffffff", dark="#000000", title=title, svgclass=None, lineclass=None
    )
    headers = {"Content-Security-Policy": "default-src 'none'"}
    return Response(picture.getvalue(), media_type="image/svg+xml", headers=headers)
