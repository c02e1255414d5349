"""People of the desk, for admins."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import AdminUser, Cursor, Limit, Services
from api.schemas.lists import Listing
from api.schemas.people import NewUser, Token, User, UserChange

router = APIRouter(prefix="/users", tags=["people"])


@router.get("")
def list_users(_admin: AdminUser, container: Services, cursor: Cursor = "", limit: Limit = 50) -> Listing[User]:
    """Everyone, in the order of their e-mails."""
    page = container.accounts.people.page(cursor, limit)
    return Listing(items=[User.of(person) for person in page.items], next_cursor=page.next_cursor or None)


@router.post("", status_code=201)
def create_user(body: NewUser, admin: AdminUser, container: Services) -> User:
    """Add a person."""
    person = container.accounts.people.create(
        body.email, body.roles, body.password.get_secret_value(), admin.actor, body.name, body.locale
    )
    return User.of(person)


@router.get("/{user_id}")
def get_user(user_id: str, _admin: AdminUser, container: Services) -> User:
    """One person."""
    return User.of(container.accounts.people.get(user_id))


@router.patch("/{user_id}")
def change_user(user_id: str, body: UserChange, admin: AdminUser, container: Services) -> User:
    """Change a person's name, roles, language, duty or password, or disable them. The last active admin stays one."""
    person = container.accounts.people.change(
        user_id,
        admin.actor,
        name=body.name,
        roles=body.roles,
        locale=body.locale,
        active=body.active,
        on_duty=body.on_duty,
    )
    if body.password is not None:
        container.accounts.people.set_password(user_id, body.password.get_secret_value(), admin.actor)
    return User.of(person)


@router.get("/{user_id}/tokens")
def list_tokens(user_id: str, _admin: AdminUser, container: Services) -> Listing[Token]:
    """A person's API tokens; what they open with is shown only when they are made."""
    person = container.accounts.people.get(user_id)
    tokens = container.accounts.tokens.of_person(person.id)
    return Listing(items=[Token.of(token) for token in tokens], next_cursor=None)


@router.delete("/{user_id}/tokens/{token_id}", status_code=204)
def revoke_token(user_id: str, token_id: str, admin: AdminUser, container: Services) -> None:
    """End an API token at once."""
    container.accounts.tokens.revoke(user_id, token_id, admin.actor)
