"""What the desk sends and gets. Its messages are another type than a customer's: notes and drafts appear only here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.schemas.chat import Choice, Citation, ClientId
from assistant.domain.tickets import TicketPriority, TicketStatus

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Opinion(BaseModel):
    """What the customer thought of an answer."""

    helpful: bool
    reasons: list[str]
    comment: str


class StaffMessage(BaseModel):
    """A message, internal note or draft of the assistant as the desk sees it.

    `visible_at` is set while a reply can still be taken back; an `outdated` draft quotes what has changed since.
    """

    id: str
    seq: int
    role: Literal["customer", "assistant", "agent", "note", "draft", "system"]
    author: str
    author_id: str | None
    text: str
    html: str
    created_at: datetime
    visible_at: datetime | None
    withdrawn: bool
    reply_to: int | None
    language: str
    outcome: str | None
    confidence: float | None
    citations: list[Citation]
    choices: list[Choice]
    written_by: str
    feedback: Opinion | None
    outdated: bool = False


class CustomerFacts(BaseModel):
    """Who is on the other side. Unless `verified`, it is what they say of themselves."""

    id: str
    name: str
    email: str
    phone: str
    external_id: str
    verified: bool


class LastWords(BaseModel):
    """The beginning of what was said last in public."""

    role: str
    text: str
    at: datetime


class TicketFacts(BaseModel):
    """A ticket's own fields. Send `version` back with a change."""

    number: int
    status: TicketStatus
    priority: TicketPriority
    group: str
    assignee: str | None = Field(description="The id of a person, null for nobody.")
    tags: list[str]
    subject: str
    language: str
    reason: str
    due_at: datetime | None = Field(description="By when the customer was promised a reply; null when none is owed.")
    late: bool
    nudges: int
    first_response_at: datetime | None
    solved_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


class TicketItem(TicketFacts):
    """A line of the ticket list."""

    assignee_name: str | None
    conversation: str
    state: str = Field(description="Who speaks: `assistant`, `waiting`, `human` or `closed`.")
    outcome: str | None
    customer: CustomerFacts
    last: LastWords | None


class Source(BaseModel):
    """A passage that an answer quoted (`quoted`) or that was merely found, and the answer that tried it."""

    kind: str
    article: str
    locale: str
    passage: str
    title: str
    heading: str
    url: str
    quote: str
    score: float | None
    quoted: bool
    message: str


class OtherTicket(BaseModel):
    """Another ticket to look at."""

    number: int
    subject: str
    status: TicketStatus
    created_at: datetime


class CustomerWithTickets(CustomerFacts):
    """The customer with their other tickets, newest first."""

    tickets: list[OtherTicket]


class HistoryEntry(BaseModel):
    """A change, as `{field: [before, after]}`."""

    actor: str
    changes: dict[str, Any]
    at: datetime


class StaffRating(BaseModel):
    """How the customer rated the conversation."""

    score: int
    comment: str
    at: datetime


class Ticket(TicketItem):
    """A ticket with all its context."""

    brief: dict[str, Any]
    previous: int | None
    messages: list[StaffMessage]
    sources: list[Source]
    history: list[HistoryEntry]
    similar: list[OtherTicket]
    customer: CustomerWithTickets
    rating: StaffRating | None
    locale: str
    channel: str
    page: str
    seen_at: datetime | None
    link: str = Field(description="The customer's own page of this ticket.")


class TicketChange(_Body):
    """What to change. Fields that are not named stay; a stale `version` gives 409 with the current state."""

    version: int
    status: TicketStatus | None = None
    assignee: Annotated[str | None, Field(max_length=254, description="Id, e-mail or `me`; null for nobody.")] = None
    group: Name | None = None
    priority: TicketPriority | None = None
    tags: Annotated[list[Name], Field(max_length=50)] | None = None
    subject: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)] | None = None


class NewStaffMessage(_Body):
    """A reply to the customer, or with `note` an internal note.

    With `undo_seconds`, the customer sees the reply that much later, and until then DELETE takes it back. `status` is
    what the ticket becomes when the reply is delivered.
    """

    text: Annotated[str, Field(max_length=20_000)]
    note: bool = False
    client_id: ClientId | None = None
    undo_seconds: Annotated[float, Field(ge=0, le=60)] = 0.0
    status: TicketStatus | None = None


class ConversationItem(BaseModel):
    """A conversation, with or without a ticket."""

    id: str
    state: str
    outcome: str | None
    locale: str
    channel: str
    customer: CustomerFacts
    ticket: int | None
    last: LastWords | None
    created_at: datetime
    updated_at: datetime


class Speaking(BaseModel):
    """Who speaks in a conversation now, and its ticket."""

    state: str
    ticket: int | None


class Assignable(BaseModel):
    """Someone who can be given tickets."""

    id: str
    name: str
    on_duty: bool
    unsolved: int


class Macro(BaseModel):
    """A canned reply."""

    id: int
    title: str
    text: str
    locale: str


class NewMacro(_Body):
    """A canned reply. `{customer}` and `{agent}` in its text stand for names."""

    title: Name
    text: Annotated[str, Field(max_length=20_000)]
    locale: Annotated[str, Field(max_length=35)] = "en"


class TraceView(BaseModel):
    """How an answer came about."""

    message: StaffMessage
    trace: dict[str, Any]


class Found(BaseModel):
    """Something to go to."""

    label: str
    href: str
    group: str
