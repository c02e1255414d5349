"""What routes ask for, as ``Annotated`` aliases: the container, and a person with the right that the route needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, cast
from urllib.parse import quote

from fastapi import Depends, Form, Query, Request
from fastapi.security import HTTPBearer

from api import auth
from api.auth import Caller
from assistant.container import Container
from assistant.domain.people import Person, Right
from assistant.errors import NotAllowed, SignInNeeded
from ingest.uploads import Options


class SignInPage(Exception):
    """A page was asked for by nobody known: ``api.errors`` sends the browser to sign in and back."""

    def __init__(self, target: str) -> None:
        super().__init__(target)
        self.target = target


async def services(request: Request) -> Container:
    """The container that the application was made with."""
    return cast(Container, request.app.state.container)


Services = Annotated[Container, Depends(services)]


# Only told to the API's documentation, which offers a field for the token; ``api.auth`` reads and checks it.
_STAFF = HTTPBearer(scheme_name="Staff", description="A token from `askdesk token create EMAIL`.", auto_error=False)
_CUSTOMER = HTTPBearer(scheme_name="Customer", description="The conversation's token.", auto_error=False)


def signed_in(request: Request, container: Services, _documented: Annotated[object, Depends(_STAFF)]) -> Caller:
    """Whoever sends the request, by cookie (with the CSRF token where something changes) or by API token."""
    return auth.caller(request, container)


SignedIn = Annotated[Caller, Depends(signed_in)]


def page_signed_in(request: Request, container: Services) -> Caller:
    """Whoever asks for a page; nobody known is sent to the sign-in page first."""
    return page_caller(request, container)


def page_caller(request: Request, container: Container, csrf: str = "") -> Caller:
    """Whoever asks for a page or sends one of its forms with the token ``csrf``.

    Raises:
        SignInPage: nobody known does.
        NotAllowed: the form does not carry the sign-in's CSRF token.
    """
    try:
        return auth.caller(request, container, csrf)
    except SignInNeeded as error:
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        raise SignInPage(f"/login?next={quote(wanted, safe='')}") from error


PageSignedIn = Annotated[Caller, Depends(page_signed_in)]


def require(person: Person, right: Right) -> Person:
    """The person, if they have the right.

    Raises:
        NotAllowed: they have not.
    """
    if not person.may(right):
        raise NotAllowed("Your roles do not allow this. An admin can change them.", {"right": str(right)})
    return person


def needs(right: Right) -> Callable[[Caller], Awaitable[Person]]:
    """A dependency that gives the person behind a call if they have the right."""

    async def check(caller: SignedIn) -> Person:
        return require(caller.person, right)

    return check


def page_needs(right: Right) -> Callable[[Caller], Awaitable[Person]]:
    """A dependency that gives the person behind a page if they have the right."""

    async def check(caller: PageSignedIn) -> Person:
        return require(caller.person, right)

    return check


ReaderUser = Annotated[Person, Depends(needs(Right.READ_TICKETS))]
NoteUser = Annotated[Person, Depends(needs(Right.WRITE_NOTES))]
AgentUser = Annotated[Person, Depends(needs(Right.WORK_TICKETS))]
SupervisorUser = Annotated[Person, Depends(needs(Right.SUPERVISE))]
EditorUser = Annotated[Person, Depends(needs(Right.EDIT_ARTICLES))]
SearchUser = Annotated[Person, Depends(needs(Right.SEARCH_KNOWLEDGE))]
InsightsUser = Annotated[Person, Depends(needs(Right.SEE_INSIGHTS))]
AdminUser = Annotated[Person, Depends(needs(Right.ADMINISTER))]

PageReader = Annotated[Person, Depends(page_needs(Right.READ_TICKETS))]
PageAgent = Annotated[Person, Depends(page_needs(Right.WORK_TICKETS))]
PageEditor = Annotated[Person, Depends(page_needs(Right.EDIT_ARTICLES))]
PageInsights = Annotated[Person, Depends(page_needs(Right.SEE_INSIGHTS))]
PageAdmin = Annotated[Person, Depends(page_needs(Right.ADMINISTER))]


async def conversation_token(request: Request, _documented: Annotated[object, Depends(_CUSTOMER)]) -> str:
    """The token that a customer's call carries; whether it fits the conversation is the use case's to say.

    Raises:
        SignInNeeded: there is none.
    """
    token = auth.bearer(request)
    if not token:
        raise SignInNeeded("This call needs the conversation's token as a bearer token.")
    return token


ConversationToken = Annotated[str, Depends(conversation_token)]

Cursor = Annotated[
    str, Query(max_length=400, description="`next_cursor` of the page before; empty for the first page.")
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most.")]


async def import_options(
    source: Annotated[str, Form(max_length=500)] = "",
    locale: Annotated[str, Form(max_length=35)] = "",
    draft: Annotated[bool, Form()] = False,
    prune: Annotated[bool, Form()] = False,
) -> Options:
    """How the files of a form are to be imported."""
    return Options(source, locale, draft, prune)


ImportOptions = Annotated[Options, Depends(import_options)]
