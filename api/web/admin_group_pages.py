"""Groups of the desk: made, renamed, removed, and who belongs to each."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.dependencies import PageAdmin, Services
from api.web.admin_settings_pages import AdminForm
from api.web.forms import flash_of, forget_flash, redirect
from api.web.site import site
from assistant.container import Container
from assistant.domain.people import Person, Right
from assistant.errors import AskdeskError, Conflict, Invalid

router = APIRouter(prefix="/admin/groups", include_in_schema=False)

_PEOPLE = 200
Name = Annotated[str, Query(max_length=100)]


@router.get("")
def groups(request: Request, admin: PageAdmin, container: Services) -> Response:
    """All groups, and the form that makes another."""
    return _list(request, admin, container)


def _list(request: Request, admin: Person, container: Container, status: int = 200, **more: Any) -> Response:
    names = {person.id: person.display_name for person in _people(container)}
    every = container.groups.every()
    response = site(request).page(
        request,
        "admin/groups.html",
        title="Groups",
        person=admin,
        status=status,
        here="groups",
        said=flash_of(request),
        groups=[
            {
                "name": group.name,
                "href": _address(group.name),
                "people": [names[one] for one in group.members if one in names],
                "unsolved": group.unsolved,
            }
            for group in every
            if group.known
        ],
        strange=[group for group in every if not group.known],
        **{"error": None, "typed": "", **more},
    )
    return forget_flash(request, response)


def _people(container: Container) -> list[Person]:
    return [person for person in container.accounts.people.page("", _PEOPLE).items if person.may(Right.READ_TICKETS)]


def _address(name: str) -> str:
    return f"/admin/groups/one?name={quote(name, safe='')}"


@router.post("")
def add(request: Request, sent: AdminForm, container: Services) -> Response:
    """Make a group, and go on to who belongs to it."""
    try:
        name = container.groups.add(sent.text("name", 200), sent.person.actor)
    except (Invalid, Conflict) as error:
        return _list(request, sent.person, container, _status(error), error=error, typed=sent.text("name", 200))
    return redirect(_address(name), "group_added")


@router.get("/one")
def one(request: Request, admin: PageAdmin, container: Services, name: Name = "") -> Response:
    """One group: its name and its people."""
    return _one(request, admin, container, name)


def _one(request: Request, admin: Person, container: Container, name: str, status: int = 200, **more: Any) -> Response:
    group = container.groups.get(name)
    response = site(request).page(
        request,
        "admin/group.html",
        title="Groups",
        person=admin,
        status=status,
        here="groups",
        said=flash_of(request),
        group=group,
        action=_address(name),
        people=_people(container),
        **{"error": None, "typed": group.name, "chosen": group.members, **more},
    )
    return forget_flash(request, response)


@router.post("/one")
def change(request: Request, sent: AdminForm, container: Services, name: Name = "") -> Response:
    """Rename a group and say who belongs to it."""
    typed, chosen = sent.text("name", 200), sent.texts("members")
    known = {person.id for person in _people(container)}
    try:
        now = container.groups.change(name, typed, [one for one in chosen if one in known], sent.person.actor)
    except (Invalid, Conflict) as error:
        return _one(
            request, sent.person, container, name, _status(error), error=error, typed=typed, chosen=tuple(chosen)
        )
    return redirect(_address(now), "saved")


@router.post("/remove")
def remove(sent: AdminForm, container: Services, name: Name = "") -> Response:
    """Remove a group; its tickets stay, without a group."""
    container.groups.remove(name, sent.person.actor)
    return redirect("/admin/groups", "group_removed")


def _status(error: AskdeskError) -> int:
    return 409 if isinstance(error, Conflict) else 422
