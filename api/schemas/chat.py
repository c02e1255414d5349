"""What customers send and get."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from assistant.conversations import Claims


def _without_nul(value: object) -> object:
    # Nobody types it, and PostgreSQL cannot store it.
    return value.replace("\x00", "") if isinstance(value, str) else value


_Typed = BeforeValidator(_without_nul)
# It stands last: what is in front of it would be checked before the text is stripped, and blanks would pass.
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), _Typed]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000), _Typed]
Comment = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), _Typed]
ChannelName = Literal["widget", "chat", "help", "api"]
ClientId = Annotated[str, StringConstraints(min_length=1, max_length=100), _Typed]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")


class CustomerClaims(_Body):
    """What a customer says of themselves. Shown to the desk as unverified."""

    name: Line = ""
    email: Line = ""
    phone: Line = ""
    external_id: Line = ""

    def claims(self) -> Claims:
        """As the use case takes it."""
        return Claims(self.name, self.email, self.phone, self.external_id)


class NewConversation(_Body):
    """How a conversation starts."""

    locale: Annotated[str, Field(max_length=35, description="BCP 47; the installation's own where it is empty.")] = ""
    customer: CustomerClaims = CustomerClaims()
    identity: Annotated[str, Field(max_length=8000, description="A JWT or HMAC by which the site vouches.")] = ""
    page: Annotated[str, Field(max_length=2000, description="The page that the customer came from.")] = ""
    channel: Annotated[ChannelName, Field(description="Where the conversation is held, for the roll-out.")] = "api"


class Choice(BaseModel):
    """Something to tap."""

    text: str
    action: Literal["send", "handover"] = "send"


class Started(BaseModel):
    """A new conversation. The token is told only here; send it as a bearer token with every other call."""

    id: str
    token: str
    greeting: str
    choices: list[Choice]
    locale: str


class NewMessage(_Body):
    """What a customer says. With a `client_id`, sending it again is harmless."""

    text: Words
    client_id: ClientId | None = None


class TicketState(BaseModel):
    """A ticket in brief."""

    number: int
    status: str


class Citation(BaseModel):
    """What a statement rests on."""

    n: int
    kind: str
    article: str
    locale: str
    revision: int
    passage: str
    title: str
    heading: str
    url: str
    quote: str
    converted: bool = False
    translation: str = Field(
        "", description="What a language model makes of a quote in another language than the answer's; often empty."
    )


class Message(BaseModel):
    """A message as a customer sees it. `html` is safe to show as it is."""

    id: str
    seq: int
    role: Literal["customer", "assistant", "agent", "system"]
    author: str
    text: str
    html: str
    created_at: datetime
    client_id: str | None = Field(None, description="What the customer's own client called the message.")
    outcome: str | None = None
    confidence: float | None = None
    citations: list[Citation] = []
    choices: list[Choice] = []
    written_by: str | None = None
    helpful: bool | None = None


class Turn(BaseModel):
    """The stored message, the reply that covers it (`null` while a person has taken over), and the ticket."""

    message: Message
    reply: Message | None
    ticket: TicketState | None


class HandoverRequest(_Body):
    """The customer wants a person. All of it is optional."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000), _Typed] = ""
    email: Line = ""
    phone: Line = ""


class TicketLink(TicketState):
    """A ticket with the address of its page for the customer."""

    url: str


class HandedOver(BaseModel):
    """The ticket, whether someone is on duty, by when a reply is promised, and the place in the queue."""

    ticket: TicketLink
    on_duty: bool
    expected_reply_by: datetime
    position: int
    message: str | None = Field(
        None, description="The message in the conversation that says the same; null where the ticket was there before."
    )


class FeedbackGiven(_Body):
    """Whether an answer helped, and if not, why (`wrong`, `not_my_question`, `incomplete`, `outdated`, `unclear`)."""

    message: Annotated[str, Field(max_length=100)]
    helpful: bool
    reasons: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=10)] = []
    comment: Comment = ""


class RatingGiven(_Body):
    """How satisfied the customer is."""

    score: Annotated[int, Field(ge=1, le=5)]
    comment: Comment = ""


class Transcript(BaseModel):
    """A conversation as its customer sees it. Go on from `last_event` with the event stream."""

    id: str
    locale: str
    status: str
    pending: bool
    greeting: str
    messages: list[Message]
    ticket: dict[str, Any] | None
    on_duty: bool
    rating: int | None
    last_event: int


class WidgetConfig(BaseModel):
    """What the widget needs before a conversation starts."""

    name: str
    logo: str
    accent: str
    accent_text: str
    greeting: str
    choices: list[Choice]
    locale: str
    locales: list[str]
    paused: bool
    on_duty: bool
    expected_reply: datetime
