"""Signing in and out, and who one is."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api import auth
from api.dependencies import Services, SignedIn
from api.schemas.people import Login, Me, OwnChange, User
from assistant.errors import Invalid

router = APIRouter(prefix="/auth", tags=["people"])


@router.post("/login")
def login(body: Login, request: Request, response: Response, container: Services) -> Me:
    """Sign in. The answer sets the session cookie and carries the CSRF token for the header `X-CSRF-Token`.

    After too many failed attempts with one e-mail or from one address, 429 with `Retry-After`.
    """
    previous = request.cookies.get(auth.COOKIE, "")
    sign_in = container.accounts.sign_ins.login(
        body.email, body.password.get_secret_value(), auth.address(request), previous
    )
    auth.set_cookie(response, request, container, sign_in)
    return Me.of(sign_in.person, sign_in)


@router.post("/logout", status_code=204)
def logout(
    caller: SignedIn, request: Request, response: Response, container: Services, everywhere: bool = False
) -> None:
    """Sign out here, or with `everywhere=true` in every browser."""
    if everywhere:
        container.accounts.sign_ins.logout_everywhere(caller.person.id)
    elif caller.sign_in is not None:
        container.accounts.sign_ins.logout(caller.sign_in.token)
    auth.clear_cookie(response, request, container)


@router.get("/me")
def me(caller: SignedIn) -> Me:
    """Who is signed in, and what they may do."""
    return Me.of(caller.person, caller.sign_in)


@router.patch("/me")
def change_me(body: OwnChange, caller: SignedIn, request: Request, container: Services) -> User:
    """Change one's own name, language, duty or password. A new password ends all other sign-ins."""
    person = container.accounts.people.change(
        caller.person.id, caller.person.actor, name=body.name, locale=body.locale, on_duty=body.on_duty
    )
    if body.password is not None:
        if body.present_password is None:
            raise Invalid("Give your present password too.", {"field": "present_password"})
        present = body.present_password.get_secret_value()
        container.accounts.sign_ins.confirm(caller.person.email, present, auth.address(request))
        keep = caller.sign_in.token_hash if caller.sign_in else ""
        container.accounts.people.set_password(person.id, body.password.get_secret_value(), person.actor, keep)
    return User.of(person)
