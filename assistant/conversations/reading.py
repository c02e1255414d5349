"""What a customer may read of their conversation: the transcript, and what happens next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from assistant.conversations.access import authorised
from assistant.domain.hours import is_open
from assistant.installation import Installation
from assistant.storage import conversations as storage
from assistant.storage import events, tickets
from assistant.storage.database import Database
from assistant.storage.presentation import public_messages
from assistant.storage.tables.base import now

_SEEN_EVERY = timedelta(seconds=45)


class Readings:
    """Reads conversations for the customers whose they are."""

    def __init__(self, database: Database, installation: Installation) -> None:
        self._database = database
        self._installation = installation

    def transcript(self, conversation_id: str, token: str) -> dict[str, Any]:
        """Everything that the customer may see, with the number of the newest event to go on from.

        Raises:
            NotFound: not this customer's conversation.
        """
        settings, moment = self._installation.current(), now()
        with self._database.read() as session:
            conversation = authorised(session, conversation_id, token)
            # The number first: an event that comes between the two reads is then delivered twice rather than never.
            last_event = events.last_number(session, events.stream_of(conversation_id))
            messages = storage.transcript(session, conversation_id, public_only=True)
            feedback = storage.feedback_on(session, [message.id for message in messages])
            ticket = tickets.newest_of(session, conversation_id)
            rating = storage.rating_of(session, conversation_id)
            shown = public_messages(messages)
            for message in shown:
                given = feedback.get(message["id"])
                if given is not None:
                    message["helpful"] = given.helpful
            return {
                "id": conversation.id,
                "locale": conversation.locale,
                "status": conversation.state,
                "pending": conversation.pending,
                "greeting": settings.look.greeting(conversation.locale),
                "messages": shown,
                "ticket": None
                if ticket is None
                else {
                    "number": ticket.number,
                    "status": ticket.status,
                    "url": f"/t/{tickets.link_secret(session, ticket)}",
                    "expected_reply_by": ticket.due_at.isoformat() if ticket.due_at else None,
                },
                "on_duty": is_open(settings.hours, moment),
                "rating": rating.score if rating else None,
                "last_event": last_event,
            }

    def events(self, conversation_id: str, token: str, after: int) -> Sequence[tuple[int, str, dict[str, Any]]]:
        """The public events after number ``after`` as (number, kind, payload).

        Raises:
            NotFound: not this customer's conversation.
        """
        with self._database.read() as session:
            authorised(session, conversation_id, token)
            found = events.since(session, events.stream_of(conversation_id), after, public_only=True)
            return [(event.number, event.kind, event.payload) for event in found]

    def newest_event(self, conversation_id: str, token: str) -> int:
        """The number of the newest event. Raises ``NotFound``."""
        with self._database.read() as session:
            authorised(session, conversation_id, token)
            return events.last_number(session, events.stream_of(conversation_id))

    def seen(self, conversation_id: str, token: str) -> None:
        """Note that the customer has the conversation open, at most every 45 seconds."""
        with self._database.read() as session:
            conversation = authorised(session, conversation_id, token)
            if conversation.customer_seen_at and conversation.customer_seen_at > now() - _SEEN_EVERY:
                return
        with self._database.write() as session:
            authorised(session, conversation_id, token, lock=True).customer_seen_at = now()
