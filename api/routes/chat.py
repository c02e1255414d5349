"""What a customer does: start, ask, read, ask for a person, say what it was worth. A token stands for an account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api import auth, streams
from api.dependencies import ConversationToken, Services
from api.schemas.chat import (
    ChannelName,
    Choice,
    FeedbackGiven,
    HandedOver,
    HandoverRequest,
    NewConversation,
    NewMessage,
    RatingGiven,
    Started,
    TicketLink,
    Transcript,
    Turn,
    WidgetConfig,
)
from assistant.container import Container
from assistant.conversations import TurnResult
from assistant.conversations.promise import promise_at
from assistant.domain.locales import INTERFACE_LOCALES
from assistant.domain.rollout import Channel
from assistant.errors import NotAllowed

router = APIRouter(tags=["customer"])

ConversationId = Annotated[str, Path(max_length=64)]
_STREAMS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}}}


def base_url(request: Request, container: Container) -> str:
    """The address that customers see, without a slash at its end."""
    public = container.installation.current().site.public_url
    return (public or str(request.base_url)).rstrip("/")


def _from_allowed_site(request: Request, container: Container) -> None:
    origin = request.headers.get("origin", "")
    own = {str(request.base_url).rstrip("/"), base_url(request, container)}
    if not origin or origin in own or urlsplit(origin).netloc == request.headers.get("host", ""):
        return
    if not container.installation.current().site.allows(origin):
        raise NotAllowed("This site may not show the widget. An admin can allow it under Settings, Site.")


@router.get("/widget/config")
def widget_config(
    request: Request,
    container: Services,
    locale: Annotated[str, Query(max_length=35)] = "",
    channel: ChannelName = "api",
) -> WidgetConfig:
    """Name, colours, greeting and whether anyone is on duty: what the widget shows before anything is said.

    Questions are suggested where the assistant answers some.

    403 for a site that is not allowed; the widget then shows nothing.
    """
    _from_allowed_site(request, container)
    settings = container.installation.current()
    chosen = container.openings.locale_for(locale)
    promise = promise_at(settings, container.now())
    look = settings.look
    return WidgetConfig(
        name=look.name,
        logo=f"{base_url(request, container)}/files/{look.logo}" if look.logo else "",
        accent=look.accent,
        accent_text=look.accent_text,
        greeting=look.greeting(chosen),
        choices=_suggested(container, channel, chosen),
        locale=chosen,
        locales=list(INTERFACE_LOCALES),
        paused=settings.assistant.paused,
        on_duty=promise.on_duty,
        expected_reply=promise.due_at,
    )


@router.post("/conversations", status_code=201)
def start(body: NewConversation, request: Request, container: Services) -> Started:
    """Start a conversation. The answer holds the only copy of its token."""
    _from_allowed_site(request, container)
    container.new_conversations.count(auth.address(request))
    started = container.openings.start(
        body.locale, body.customer.claims(), body.identity, body.page, Channel(body.channel)
    )
    choices = _suggested(container, body.channel, started.locale)
    return Started(
        id=started.id, token=started.token, greeting=started.greeting, choices=choices, locale=started.locale
    )


def _suggested(container: Container, channel: str, locale: str) -> list[Choice]:
    if not container.rollouts.may_answer(Channel(channel), locale):
        return []
    return [Choice(text=question) for question in container.suggestions(locale)]


def _turn(result: TurnResult) -> dict[str, Any]:
    return {"message": result.message, "reply": result.reply, "ticket": result.ticket}


@router.post("/conversations/{id}/messages", response_model=Turn, responses=_STREAMS)
async def send(
    id: ConversationId, body: NewMessage, token: ConversationToken, request: Request, container: Services
) -> Any:
    """Say something and get the reply, as JSON or, with `Accept: text/event-stream`, as events.

    Events: `status` once the message is stored, `delta` (provisional text), `citation`, `done` (the same JSON,
    authoritative). The message is stored before anything else happens; the same `client_id` again gets the stored
    reply. `reply` is null while a person has taken over.
    """

    def turn(emit: Callable[[str], None] | None, on_stored: Callable[[], None]) -> dict[str, Any]:
        return _turn(container.turns.converse(id, token, body.text, body.client_id, emit, on_stored))

    if "text/event-stream" in request.headers.get("accept", ""):
        return streams.stream(await streams.spoken(turn))
    return JSONResponse(await run_sync(turn, None, lambda: None))


@router.get("/conversations/{id}")
def transcript(id: ConversationId, token: ConversationToken, request: Request, container: Services) -> Transcript:
    """Everything said so far, the ticket, and the number of the newest event."""
    found = container.readings.transcript(id, token)
    if found["ticket"]:
        found["ticket"]["url"] = base_url(request, container) + found["ticket"]["url"]
    return Transcript.model_validate(found)


@router.get("/conversations/{id}/events", responses=_STREAMS)
def events(id: ConversationId, token: ConversationToken, request: Request, container: Services) -> Response:
    """What happens in the conversation, as it happens; read it with fetch, and go on with `Last-Event-ID`.

    Events: `message`, `message.withdrawn`, `typing`, `status`.
    """
    after = streams.last_event_id(request)
    newest = container.readings.newest_event(id, token)
    container.readings.seen(id, token)
    return streams.stream(
        streams.follow(
            container.live,
            f"conversation:{id}",
            newest if after is None else after,
            lambda number: container.readings.events(id, token, number),
            lambda: container.readings.seen(id, token),
        )
    )


@router.post("/conversations/{id}/handover")
def handover(
    id: ConversationId, body: HandoverRequest, token: ConversationToken, request: Request, container: Services
) -> HandedOver:
    """Ask for a person. A phone number or e-mail is optional; the ticket's page is linked in the answer."""
    done = container.handovers.ask(id, token, body.reason, body.email, body.phone)
    url = base_url(request, container) + done.path
    return HandedOver(
        ticket=TicketLink(number=done.number, status=done.status, url=url),
        on_duty=done.on_duty,
        expected_reply_by=done.expected_reply_by,
        position=done.position,
        message=done.message or None,
    )


@router.post("/conversations/{id}/feedback", status_code=204)
def feedback(id: ConversationId, body: FeedbackGiven, token: ConversationToken, container: Services) -> None:
    """Say whether an answer helped, and if not, why."""
    container.opinions.on_answer(id, token, body.message, body.helpful, body.reasons, body.comment)


@router.post("/conversations/{id}/rating", status_code=204)
def rating(id: ConversationId, body: RatingGiven, token: ConversationToken, container: Services) -> None:
    """Rate the whole conversation from 1 to 5."""
    container.opinions.on_conversation(id, token, body.score, body.comment)
