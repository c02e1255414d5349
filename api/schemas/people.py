"""People as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from assistant.accounts import SignedIn, TokenView
from assistant.domain.people import Person, Right, Role

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class Login(BaseModel):
    """What a person signs in with."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    password: Secret


class User(BaseModel):
    """A person of the desk."""

    id: str
    email: str
    name: str
    roles: list[Role]
    locale: str
    active: bool
    on_duty: bool
    created_at: datetime
    last_seen_at: datetime | None

    @classmethod
    def of(cls, person: Person) -> Self:
        """The person as the API shows them."""
        return cls(
            id=person.id,
            email=person.email,
            name=person.name,
            roles=sorted(person.roles),
            locale=person.locale,
            active=person.active,
            on_duty=person.on_duty,
            created_at=person.created_at,
            last_seen_at=person.last_seen_at,
        )


class Me(BaseModel):
    """The person who asks, what they may do, and the token for the header `X-CSRF-Token` (empty for API tokens)."""

    user: User
    rights: list[Right]
    csrf_token: str

    @classmethod
    def of(cls, person: Person, sign_in: SignedIn | None) -> Self:
        """The person with what their pages need."""
        return cls(user=User.of(person), rights=sorted(person.rights), csrf_token=sign_in.csrf if sign_in else "")


class NewUser(BaseModel):
    """A person to be added."""

    model_config = ConfigDict(extra="forbid")

    email: Email
    roles: Annotated[list[Role], Field(min_length=1)]
    password: Secret
    name: Name = ""
    locale: Annotated[str, Field(max_length=20)] = ""


class UserChange(BaseModel):
    """What to change of a person; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    roles: Annotated[list[Role], Field(min_length=1)] | None = None
    locale: Annotated[str, Field(max_length=20)] | None = None
    active: bool | None = None
    on_duty: bool | None = None
    password: Secret | None = None


class OwnChange(BaseModel):
    """What a person may change of themselves; a new password needs the present one."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    locale: Annotated[str, Field(max_length=20)] | None = None
    on_duty: bool | None = None
    password: Secret | None = None
    present_password: Secret | None = None


class Token(BaseModel):
    """An API token, without what would let anyone in."""

    id: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, token: TokenView) -> Self:
        """The token as the API shows it."""
        return cls(
            id=token.id, created_at=token.created_at, expires_at=token.expires_at, last_used_at=token.last_used_at
        )
