"""The agents' console: tickets in three panes, the numbers, canned replies, live conversations, and traces."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from api.dependencies import PageAgent, PageReader, Services
from api.routes.chat import base_url
from api.routes.tickets import ticket_filter
from api.web.site import site
from assistant.container import Container
from assistant.desk import Mark
from assistant.desk.drafts import as_reply
from assistant.domain.conversations import MessageRole
from assistant.domain.desk import ViewName, view
from assistant.domain.people import Person, Right
from assistant.domain.tickets import TicketPriority

router = APIRouter(prefix="/desk", include_in_schema=False)

Number = Annotated[int, Path(ge=1, le=2_000_000_000)]
_PER_PAGE = 50


class Listed:
    """Which tickets the list shows: a view, or what a search or filter names. Its address can be pasted."""

    def __init__(
        self,
        view: ViewName = "unsolved",
        q: Annotated[str, Query(max_length=200)] = "",
        group: Annotated[str, Query(max_length=100)] = "",
        priority: Annotated[str, Query(pattern="^(low|normal|high|urgent)?$")] = "",
        assignee: Annotated[str, Query(max_length=254)] = "",
        cursor: Annotated[str, Query(max_length=400)] = "",
    ) -> None:
        self.view = view
        self.filters = {"q": q, "group": group, "priority": priority, "assignee": assignee}
        self.cursor = cursor

    @property
    def query(self) -> str:
        """The list as the query part of an address, without the cursor."""
        default = {} if self.view == "unsolved" else {"view": self.view}
        return urlencode(default | {name: value for name, value in self.filters.items() if value})

    def context(self, reader: Person, container: Container) -> dict[str, Any]:
        """What the list's template needs."""
        priority = self.filters["priority"]
        chosen = ticket_filter(
            reader,
            container,
            status=[*view(self.view, reader.id).statuses],
            assignee=self.filters["assignee"] or ("me" if self.view == "mine" else ""),
            group=self.filters["group"],
            priority=TicketPriority(priority) if priority else None,
            q=self.filters["q"],
        ).within(view(self.view, reader.id))
        page = container.desk.tickets.page(chosen, self.cursor, _PER_PAGE)
        return {
            "view": self.view,
            "filters": self.filters,
            "query": self.query,
            "tickets": page.items,
            "next_cursor": page.next_cursor,
            "counts": container.desk.tickets.counts(reader),
            "groups": container.desk.tickets.groups(),
            "has_groups": bool(container.installation.current().service.groups_of(reader.id)),
            "agents": container.desk.tickets.agents(),
            "macros": container.desk.macros.every(),
            "may_work": reader.may(Right.WORK_TICKETS),
            "may_supervise": reader.may(Right.SUPERVISE),
        }


ListedTickets = Annotated[Listed, Depends(Listed)]


@router.get("")
def tickets(request: Request, reader: PageReader, container: Services, listed: ListedTickets) -> Response:
    """The list, and nothing open beside it."""
    mark = container.desk.lookout.now()
    return site(request).page(
        request,
        "desk/index.html",
        title="Tickets",
        person=reader,
        ticket=None,
        mark=str(mark),
        **listed.context(reader, container),
    )


@router.get("/tickets/{number}")
def ticket(
    number: Number, request: Request, reader: PageReader, container: Services, listed: ListedTickets
) -> Response:
    """One ticket beside the list that it was opened from."""
    found = container.desk.tickets.one(number)
    return site(request).page(
        request,
        "desk/index.html",
        title=f"#{number} {found['subject']}".strip(),
        person=reader,
        ticket=found
        | {
            "sources": [_source(one) for one in found["sources"]],
            "messages": [_usable(one, base_url(request, container)) for one in found["messages"]],
        },
        mark=str(Mark(found["event"], found["conversation_event"])),
        **listed.context(reader, container),
    )


def _usable(message: dict[str, Any], base: str) -> dict[str, Any]:
    """A message; a draft with the text that it would have as an agent's reply."""
    return message | {"reply": as_reply(message, base)} if message["role"] == MessageRole.DRAFT else message


def _source(source: dict[str, Any]) -> dict[str, Any]:
    """A source with the address where an editor mends it."""
    query = urlencode({"locale": source["locale"], "passage": source["passage"], "answer": source["message"]})
    return source | {"fix": f"/editor/articles/{quote(source['article'], safe='')}?{query}"}


@router.get("/conversations")
def conversations(
    request: Request, agent: PageAgent, container: Services, cursor: Annotated[str, Query(max_length=400)] = ""
) -> Response:
    """What customers talk about now, with or without a ticket."""
    page = container.desk.tickets.conversations((), cursor, _PER_PAGE)
    return site(request).page(
        request,
        "desk/conversations.html",
        title="Conversations",
        person=agent,
        conversations=page.items,
        next_cursor=page.next_cursor,
        counts=container.desk.tickets.counts(agent),
    )


@router.get("/macros")
def macros(request: Request, reader: PageReader, container: Services) -> Response:
    """Canned replies."""
    return site(request).page(
        request,
        "desk/macros.html",
        title="Canned replies",
        person=reader,
        macros=container.desk.macros.every(),
        may_supervise=reader.may(Right.SUPERVISE),
        counts=container.desk.tickets.counts(reader),
    )
