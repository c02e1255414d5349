"""The desk around its tickets: conversations, who speaks, live events, canned replies, and how an answer came about."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Request
from fastapi.sse import format_sse_event
from starlette.responses import Response

from api import streams
from api.dependencies import AgentUser, Cursor, Limit, ReaderUser, Services, SupervisorUser
from api.schemas.lists import Listing
from api.schemas.tickets import Assignable, ConversationItem, Found, Macro, NewMacro, Speaking, TraceView
from assistant.container import Container
from assistant.desk import Mark
from assistant.domain.desk import TicketFilter

router = APIRouter(tags=["desk"])

ConversationId = Annotated[str, Path(max_length=64)]
_STREAMS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}
_POLL = 2.0
_QUIET = 15.0
_FOUND = 8


@router.get("/conversations")
def list_conversations(
    _agent: AgentUser,
    container: Services,
    state: Annotated[list[str], Query(max_length=4)] = [],  # noqa: B006 - FastAPI copies it
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Listing[ConversationItem]:
    """Conversations, the last changed first, with or without a ticket."""
    page = container.desk.tickets.conversations(state, cursor, limit)
    items = [ConversationItem.model_validate(item) for item in page.items]
    return Listing(items=items, next_cursor=page.next_cursor or None)


@router.post("/conversations/{id}/takeover")
def takeover(id: ConversationId, agent: AgentUser, container: Services) -> Speaking:
    """Silence the assistant and take the conversation; one without an open ticket gets one."""
    found = container.desk.turns.take_over(id, agent)
    return Speaking(state=found["state"], ticket=found["number"])


@router.post("/conversations/{id}/release")
def release(id: ConversationId, agent: AgentUser, container: Services) -> Speaking:
    """Give the conversation back to the assistant, which first answers what is unanswered."""
    found = container.desk.turns.release(id, agent)
    return Speaking(state=found["state"], ticket=found["number"])


@router.get("/desk/counts")
def desk_counts(reader: ReaderUser, container: Services) -> dict[str, int]:
    """How many tickets each of the desk's views holds for whoever asks."""
    return container.desk.tickets.counts(reader)


@router.get("/desk/agents")
def desk_agents(_reader: ReaderUser, container: Services) -> list[Assignable]:
    """Who can be given tickets."""
    return [Assignable.model_validate(one) for one in container.desk.tickets.agents()]


@router.get("/desk/traces/{message}")
def answer_trace(message: Annotated[str, Path(max_length=64)], _reader: ReaderUser, container: Services) -> TraceView:
    """Why the assistant answered as it did: what it understood, found, and decided."""
    return TraceView.model_validate(container.desk.tickets.trace(message))


@router.get("/desk/search")
def search_tickets(
    _reader: ReaderUser, container: Services, q: Annotated[str, Query(max_length=200)] = ""
) -> Listing[Found]:
    """Tickets for the command palette."""
    page = container.desk.tickets.page(TicketFilter(text=q), limit=_FOUND)
    items = [
        Found(
            label=f"#{item['number']} {item['subject']}",
            href=f"/desk/tickets/{item['number']}",
            group=item["customer"]["name"] or item["customer"]["email"],
        )
        for item in page.items
    ]
    return Listing(items=items, next_cursor=None)


@router.get("/desk/events", responses=_STREAMS)
def desk_events(
    _reader: ReaderUser,
    request: Request,
    container: Services,
    ticket: Annotated[int | None, Query(ge=1, le=2_000_000_000)] = None,
    after: Annotated[str, Query(max_length=40, description="As `Last-Event-ID`, for a first connection.")] = "",
) -> Response:
    """What happens at the desk, as it happens, and in the conversation of `ticket` (`conversation.…`).

    Goes on from `Last-Event-ID`. Events: `ticket.created`, `ticket.changed`, `ticket.overdue`, `handover`, `message`,
    `message.withdrawn`, `conversation.changed`, and `conversation.message`, `conversation.typing`,
    `conversation.status`.
    """
    said = request.headers.get("last-event-id") or after
    mark = Mark.parse(said) or container.desk.lookout.now(ticket)
    return streams.stream(_news(container, mark, ticket))


async def _news(container: Container, mark: Mark, ticket: int | None) -> AsyncIterator[bytes]:
    lookout, quiet = container.desk.lookout, 0.0
    yield format_sse_event(comment="connected", data_str=None)
    while True:
        news = await run_sync(lookout.since, mark, ticket)
        for one in news:
            mark = one.mark
            data = {**one.payload, "number": one.payload.get("number", one.payload.get("ticket"))}
            if one.kind.startswith("conversation.") and one.kind != "conversation.changed":
                data["number"] = ticket
            yield streams.numbered(one.kind, data, str(one.mark))
        if news:
            quiet = 0.0
        elif not await container.desk.live.wait(lookout.stream, _POLL):
            quiet += _POLL
        if quiet >= _QUIET:
            quiet = 0.0
            yield format_sse_event(comment="still here", data_str=None)


@router.get("/macros")
def list_macros(_reader: ReaderUser, container: Services) -> Listing[Macro]:
    """Canned replies by title."""
    return Listing(items=[Macro.model_validate(one) for one in container.desk.macros.every()], next_cursor=None)


@router.post("/macros", status_code=201)
def create_macro(body: NewMacro, supervisor: SupervisorUser, container: Services) -> Macro:
    """Write a canned reply."""
    return Macro.model_validate(container.desk.macros.create(body.title, body.text, body.locale, supervisor))


@router.put("/macros/{id}")
def change_macro(
    id: Annotated[int, Path(ge=1, le=2_000_000_000)], body: NewMacro, supervisor: SupervisorUser, container: Services
) -> Macro:
    """Change a canned reply."""
    return Macro.model_validate(container.desk.macros.change(id, body.title, body.text, body.locale, supervisor))


@router.delete("/macros/{id}", status_code=204)
def drop_macro(
    id: Annotated[int, Path(ge=1, le=2_000_000_000)], supervisor: SupervisorUser, container: Services
) -> None:
    """Delete a canned reply."""
    container.desk.macros.drop(id, supervisor)
