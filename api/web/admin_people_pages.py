"""The people who work here: invited, changed, disabled, and the API tokens that act for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.dependencies import Cursor, PageAdmin, Services
from api.web.admin_settings_pages import AdminForm
from api.web.forms import Sent, flash_of, forget_flash, redirect
from api.web.site import site
from assistant.accounts.passwords import made_up
from assistant.container import Container
from assistant.domain.people import Person, Role
from assistant.errors import AskdeskError, Conflict, Invalid, NotFound

router = APIRouter(prefix="/admin/people", include_in_schema=False)

_ROWS = 100
PersonId = Annotated[str, Path(max_length=64)]


@router.get("")
def people(request: Request, admin: PageAdmin, container: Services, cursor: Cursor = "") -> Response:
    """Everyone, in the order of their e-mails, and the form that invites another."""
    return _list(request, admin, container, cursor)


def _list(
    request: Request, admin: Person, container: Container, cursor: str = "", status: int = 200, **more: Any
) -> Response:
    page = container.accounts.people.page(cursor, _ROWS)
    response = site(request).page(
        request,
        "admin/people.html",
        title="People",
        person=admin,
        status=status,
        here="people",
        said=flash_of(request),
        people=page.items,
        more=f"/admin/people?cursor={page.next_cursor}" if page.next_cursor else None,
        roles=list(Role),
        **{"error": None, "typed": {}, **more},
    )
    return forget_flash(request, response)


@router.post("")
def invite(request: Request, sent: AdminForm, container: Services) -> Response:
    """Add a person with a password made up for them, which is shown this once."""
    typed = {"email": sent.text("email"), "name": sent.text("name"), "roles": sent.texts("roles")}
    password = made_up()
    try:
        person = container.accounts.people.create(
            sent.text("email"), _roles(sent), password, sent.person.actor, sent.text("name", 200)
        )
    except (Invalid, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _list(request, sent.person, container, status=status, error=_problem(error), typed=typed)
    return _one(request, sent.person, container, person, secret={"kind": "invited", "value": password})


def _roles(sent: Sent) -> list[Role]:
    known = {str(role): role for role in Role}
    return [known[role] for role in sent.texts("roles") if role in known]


def _problem(error: AskdeskError) -> dict[str, str]:
    return {"field": str(error.details.get("field", "")), "message": error.message}


@router.get("/{person_id}")
def one(person_id: PersonId, request: Request, admin: PageAdmin, container: Services) -> Response:
    """One person: roles, sign-in, API tokens."""
    return _one(request, admin, container, container.accounts.people.get(person_id))


def _one(
    request: Request, admin: Person, container: Container, shown: Person, status: int = 200, **more: Any
) -> Response:
    response = site(request).page(
        request,
        "admin/person.html",
        title="People",
        person=admin,
        status=status,
        here="people",
        said=flash_of(request),
        shown=shown,
        is_self=shown.id == admin.id,
        groups=container.installation.current().service.groups_of(shown.id),
        tokens=container.accounts.tokens.of_person(shown.id),
        roles=list(Role),
        **{"error": None, "secret": None, **more},
    )
    return forget_flash(request, response)


@router.post("/{person_id}")
def change(person_id: PersonId, request: Request, sent: AdminForm, container: Services) -> Response:
    """Change name and roles."""

    def act() -> None:
        container.accounts.people.change(person_id, sent.person.actor, name=sent.text("name", 200), roles=_roles(sent))

    return _acted(request, sent, container, person_id, act, "saved")


@router.post("/{person_id}/active")
def switch(person_id: PersonId, request: Request, sent: AdminForm, container: Services) -> Response:
    """Disable a person, which ends their sign-ins, or enable them again."""
    active = sent.text("active") == "yes"

    def act() -> None:
        container.accounts.people.change(person_id, sent.person.actor, active=active)

    return _acted(request, sent, container, person_id, act, "enabled" if active else "disabled")


def _acted(
    request: Request, sent: Sent, container: Container, person_id: str, act: Callable[[], None], flash: str
) -> Response:
    try:
        act()
    except (Invalid, Conflict) as error:
        shown, status = container.accounts.people.get(person_id), 409 if isinstance(error, Conflict) else 422
        return _one(request, sent.person, container, shown, status, error=_problem(error))
    return redirect(f"/admin/people/{person_id}", flash)


@router.post("/{person_id}/password")
def reset_password(person_id: PersonId, request: Request, sent: AdminForm, container: Services) -> Response:
    """Give a person another password, shown this once; their sign-ins end."""
    password = made_up()
    container.accounts.people.set_password(person_id, password, sent.person.actor)
    shown = container.accounts.people.get(person_id)
    return _one(request, sent.person, container, shown, secret={"kind": "password", "value": password})


@router.post("/{person_id}/tokens")
def add_token(person_id: PersonId, request: Request, sent: AdminForm, container: Services) -> Response:
    """Make an API token for a person, shown this once."""
    shown = container.accounts.people.get(person_id)
    try:
        token = container.accounts.tokens.create(shown.email, sent.person.actor)
    except NotFound as error:
        return _one(request, sent.person, container, shown, 409, error=_problem(error))
    return _one(request, sent.person, container, shown, secret={"kind": "token", "value": token})


@router.post("/{person_id}/tokens/{token_id}/revoke")
def revoke_token(person_id: PersonId, token_id: PersonId, sent: AdminForm, container: Services) -> Response:
    """End an API token at once."""
    container.accounts.tokens.revoke(person_id, token_id, sent.person.actor)
    return redirect(f"/admin/people/{person_id}", "revoked")
