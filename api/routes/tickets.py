"""Tickets: the list, one with all its context, changes, replies and notes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from api.dependencies import AgentUser, Cursor, Limit, NoteUser, ReaderUser, Services
from api.routes.chat import base_url
from api.schemas.lists import Listing
from api.schemas.tickets import NewStaffMessage, StaffMessage, Ticket, TicketChange, TicketFacts, TicketItem
from assistant.container import Container
from assistant.domain.desk import TicketFilter
from assistant.domain.people import Person
from assistant.domain.tickets import TicketPriority, TicketStatus
from assistant.errors import Invalid
from assistant.wording import Worded

router = APIRouter(prefix="/tickets", tags=["desk"])

Number = Annotated[int, Path(ge=1, le=2_000_000_000)]
Statuses = Annotated[
    list[str], Query(alias="status", description="One or more, repeated or with commas.", max_length=10)
]
Assignee = Annotated[str, Query(max_length=254, description="`me`, `none`, or a person's id or e-mail.")]
MINE = "@mine"
Word = Annotated[str, Query(max_length=100)]
Text = Annotated[str, Query(max_length=200, description="Looked for in subject, customer, number and messages.")]


def ticket_filter(
    person: Person,
    container: Container,
    *,
    status: list[str],
    assignee: str,
    group: str,
    priority: TicketPriority | None,
    q: str,
) -> TicketFilter:
    """The filter that an address names.

    Raises:
        Invalid: a status does not exist.
        NotFound: nobody has the assignee's e-mail.
    """
    return TicketFilter(
        statuses=_statuses(status),
        assignee=_assignee(assignee, person, container),
        unassigned=assignee == "none",
        group="" if group == MINE else group,
        # Who belongs to no group has no tickets there: no group is called so.
        groups=(container.installation.current().service.groups_of(person.id) or (MINE,)) if group == MINE else (),
        priority=priority,
        text=q,
    )


def _statuses(given: list[str]) -> tuple[TicketStatus, ...]:
    names = [name.strip() for part in given for name in part.split(",") if name.strip()]
    try:
        return tuple(TicketStatus(name) for name in names)
    except ValueError as error:
        said = Worded("A ticket's status is one of %(names)s.", names=", ".join(TicketStatus))
        raise Invalid(said, {"field": "status"}) from error


def _assignee(given: str, person: Person, container: Container) -> str:
    if given in ("", "none"):
        return ""
    if given == "me":
        return person.id
    return container.accounts.people.by_email(given).id if "@" in given else given


@router.get("")
def list_tickets(
    reader: ReaderUser,
    container: Services,
    status: Statuses = [],  # noqa: B006 - FastAPI copies it
    assignee: Assignee = "",
    group: Annotated[str, Query(max_length=100, description="A group's name, or `@mine`.")] = "",
    priority: TicketPriority | None = None,
    q: Text = "",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Listing[TicketItem]:
    """Tickets, the last changed first."""
    wanted = ticket_filter(reader, container, status=status, assignee=assignee, group=group, priority=priority, q=q)
    page = container.desk.tickets.page(wanted, cursor, limit)
    items = [TicketItem.model_validate(item) for item in page.items]
    return Listing(items=items, next_cursor=page.next_cursor or None)


@router.get("/{number}")
def get_ticket(number: Number, _reader: ReaderUser, request: Request, container: Services) -> Ticket:
    """One ticket with brief, transcript, passages tried, customer, history and similar tickets."""
    found = container.desk.tickets.one(number)
    return Ticket.model_validate(found | {"link": base_url(request, container) + found["link"]})


@router.patch("/{number}")
def change_ticket(number: Number, body: TicketChange, agent: AgentUser, container: Services) -> TicketFacts:
    """Change a ticket. Solving it gives the conversation back to the assistant and asks the customer for a rating."""
    fields = body.model_dump(exclude_unset=True, exclude={"version"})
    if fields.get("assignee") == "me":
        fields["assignee"] = agent.id
    return TicketFacts.model_validate(container.desk.work.change(number, fields, body.version, agent))


@router.post("/{number}/messages", status_code=201)
def write_message(number: Number, body: NewStaffMessage, author: NoteUser, container: Services) -> StaffMessage:
    """Reply to the customer, which silences the assistant, or leave an internal note."""
    sent = container.desk.replies.send(
        number,
        body.text,
        author,
        note=body.note,
        client_id=body.client_id or "",
        undo_seconds=body.undo_seconds,
        status=body.status,
    )
    return StaffMessage.model_validate(sent)


@router.delete("/{number}/messages/{message}")
def withdraw_message(
    number: Number, message: Annotated[str, Path(max_length=64)], author: AgentUser, container: Services
) -> StaffMessage:
    """Take a reply back that the customer has not seen yet; 409 once it was delivered."""
    return StaffMessage.model_validate(container.desk.replies.withdraw(number, message, author))


@router.post("/{number}/typing", status_code=204)
def typing(number: Number, agent: AgentUser, container: Services) -> None:
    """Let the customer see that someone is writing, for a few seconds."""
    container.desk.turns.typing(number, agent)
