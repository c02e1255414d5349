"""What a customer does on the page behind their ticket link. The link is the key: unguessable, and revocable."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.dependencies import Services
from api.schemas.chat import Message, NewMessage, RatingGiven
from assistant.errors import NotFound

router = APIRouter(prefix="/t", tags=["customer"])

Secret = Annotated[str, Path(min_length=16, max_length=64, description="The secret part of the ticket's address.")]


@router.post("/{secret}/messages", status_code=201)
def answer(secret: Secret, body: NewMessage, container: Services) -> Message:
    """Write to the desk. A solved ticket opens again."""
    return Message.model_validate(container.handovers.write(secret, body.text, body.client_id))


@router.post("/{secret}/nudge", status_code=204)
def nudge(secret: Secret, container: Services) -> None:
    """Tell the desk that one waits, at most once an hour."""
    container.handovers.nudge(secret)


@router.post("/{secret}/rating", status_code=204)
def rate(secret: Secret, body: RatingGiven, container: Services) -> None:
    """Rate how the ticket was handled, once it is solved."""
    if not container.handovers.ticket_page(secret)["may_rate"]:
        raise NotFound("The ticket can be rated once it is solved.")
    container.opinions.on_ticket(secret, body.score, body.comment)
