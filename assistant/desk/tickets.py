"""What the desk reads: the list and its views, one ticket with all its context, and the conversations behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from assistant.desk import shapes
from assistant.desk.ground import Ground
from assistant.domain.conversations import ConversationState, MessageRole
from assistant.domain.desk import Place, TicketFilter, ViewName, view
from assistant.domain.likeness import alike
from assistant.domain.people import Person, Right
from assistant.errors import Invalid, NotFound
from assistant.storage import accounts, conversations, desk, events, passages, tickets
from assistant.storage.database import Session
from assistant.storage.presentation import staff_message
from assistant.storage.tables import Message
from assistant.storage.traces import unpacked
from assistant.wording import Worded

_EARLIER = 10
_SIMILAR = 4


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines of a list, and the cursor that gives the next ones (empty: there are none)."""

    items: list[dict[str, Any]]
    next_cursor: str


class Tickets:
    """Reading only: nothing here locks or changes anything."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def page(self, wanted: TicketFilter, cursor: str = "", limit: int = 50) -> Page:
        """Tickets that pass the filter, the last changed first.

        Raises:
            Invalid: the cursor is not one of ours.
        """
        after, at = _place(cursor), self._ground.clock()
        with self._ground.database.read() as session:
            rows = desk.page(session, wanted, after, limit + 1)
            last = desk.last_words(session, [row.conversation.id for row in rows[:limit]])
        items = [shapes.ticket_item(row, last.get(row.conversation.id), at) for row in rows[:limit]]
        end = rows[limit - 1].ticket if len(rows) > limit else None
        return Page(items, "" if end is None else str(Place(end.updated_at, end.number)))

    def counts(self, person: Person) -> dict[str, int]:
        """How many tickets each view of this person holds."""
        names: tuple[ViewName, ...] = get_args(ViewName)
        with self._ground.database.read() as session:
            return desk.counts(session, {name: view(name, person.id) for name in names})

    def one(self, number: int) -> dict[str, Any]:
        """A ticket with brief, transcript (notes included), passages tried, customer, history and similar tickets.

        Raises:
            NotFound: there is no such ticket.
        """
        with self._ground.database.read() as session:
            row = desk.one(session, number)
            if row is None:
                raise NotFound(Worded("There is no ticket %(number)s.", number=str(number)))
            messages = conversations.transcript(session, row.conversation.id, public_only=False)
            item = shapes.ticket_item(row, messages[-1] if messages else None, self._ground.clock())
            return item | {
                "brief": row.ticket.brief,
                "previous": row.ticket.previous,
                "messages": _staff_messages(session, messages),
                "sources": _sources(session, messages),
                "history": _history(session, number),
                "similar": _similar(session, number, row.ticket.subject),
                "customer": item["customer"] | {"tickets": _earlier(session, row.customer.id, number)},
                "rating": _rating(session, row.conversation.id),
                "locale": row.conversation.locale,
                "channel": row.conversation.channel,
                "page": row.conversation.page,
                "seen_at": row.conversation.customer_seen_at,
                "link": f"/t/{tickets.link_secret(session, row.ticket)}",
                "event": events.last_number(session, events.DESK),
                "conversation_event": events.last_number(session, events.stream_of(row.conversation.id)),
            }

    def conversations(self, states: Sequence[str] = (), cursor: str = "", limit: int = 50) -> Page:
        """Conversations in these states (all where none is named), the last changed first.

        Raises:
            Invalid: the cursor is not one of ours, or a state does not exist.
        """
        known = set(ConversationState)
        if not set(states) <= known:
            said = Worded("A conversation's state is one of %(names)s.", names=", ".join(ConversationState))
            raise Invalid(said, {"field": "state"})
        with self._ground.database.read() as session:
            rows = desk.conversations(session, states, _place(cursor), limit + 1)
            last = desk.last_words(session, [conversation.id for conversation, _, _ in rows[:limit]])
        items = [shapes.conversation_item(*row, last.get(row[0].id)) for row in rows[:limit]]
        return Page(items, str(Place(rows[limit - 1][0].updated_at, 0)) if len(rows) > limit else "")

    def agents(self) -> list[dict[str, Any]]:
        """Who can be assigned a ticket: id, name, whether on duty, and how many unsolved tickets they have."""
        with self._ground.database.read() as session:
            people = [accounts.person(user) for user in desk.people(session)]
            load = desk.load(session)
        return [
            {"id": one.id, "name": one.display_name, "on_duty": one.on_duty, "unsolved": load.get(one.id, 0)}
            for one in people
            if one.may(Right.WORK_TICKETS)
        ]

    def groups(self) -> list[str]:
        """The groups that a ticket can be given: those set up and those in use."""
        with self._ground.database.read() as session:
            used = desk.groups(session)
        return list(dict.fromkeys([*self._ground.installed().service.groups, *used]))

    def trace(self, message_id: str) -> dict[str, Any]:
        """How an answer came about, with the answer's own facts.

        Raises:
            NotFound: there is no such answer, or its trace is no longer kept.
        """
        with self._ground.database.read() as session:
            message = desk.staff_message(session, message_id)
            data = desk.trace(session, message_id)
        if message is None or data is None:
            raise NotFound("There is no trace of this message. Traces are kept for a limited time.")
        return {"message": staff_message(message), "trace": unpacked(data)}


def _place(cursor: str) -> Place | None:
    try:
        return Place.parse(cursor) if cursor else None
    except ValueError as error:
        raise Invalid("This cursor is not one that a list gave.", {"field": "cursor"}) from error


def _staff_messages(session: Session, messages: Sequence[Message]) -> list[dict[str, Any]]:
    opinions = conversations.feedback_on(session, [message.id for message in messages])
    outdated = _outdated(session, messages)
    return [
        staff_message(message, opinions.get(message.id)) | {"outdated": message.id in outdated} for message in messages
    ]


def _outdated(session: Session, messages: Sequence[Message]) -> set[str]:
    """The drafts that quote what is no longer published as it was."""
    drafts = [message for message in messages if message.role == MessageRole.DRAFT]
    quoted = {str(each["passage"]) for draft in drafts for each in draft.citations}
    live = passages.published_revisions(session, list(quoted)) if quoted else {}
    return {
        draft.id
        for draft in drafts
        if any(live.get(str(each["passage"])) != each["revision"] for each in draft.citations)
    }


def _sources(session: Session, messages: Sequence[Message]) -> list[dict[str, Any]]:
    answers = [message for message in messages if message.role == MessageRole.ASSISTANT]
    packed = desk.traces(session, [message.id for message in answers])
    return shapes.sources_tried(answers, {message_id: unpacked(data) for message_id, data in packed.items()})


def _history(session: Session, number: int) -> list[dict[str, Any]]:
    names: Mapping[str, str] = {user.id: shapes.name_of(user) for user in desk.people(session)}
    return [shapes.history_entry(change, names) for change in tickets.history(session, number)]


def _similar(session: Session, number: int, subject: str) -> list[dict[str, Any]]:
    numbers = alike(subject, desk.subjects(session, number), most=_SIMILAR)
    found = desk.by_numbers(session, numbers)
    return [shapes.earlier_ticket(found[similar]) for similar in numbers]


def _earlier(session: Session, customer_id: str, number: int) -> list[dict[str, Any]]:
    return [shapes.earlier_ticket(ticket) for ticket in desk.of_customer(session, customer_id, number, _EARLIER)]


def _rating(session: Session, conversation_id: str) -> dict[str, Any] | None:
    rating = desk.rating(session, conversation_id)
    return None if rating is None else {"score": rating.score, "comment": rating.comment, "at": rating.created_at}
