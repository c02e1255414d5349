"""The customer asks for a person by the form, and follows the ticket behind its link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from assistant.channels.live import Live
from assistant.conversations.access import authorised, not_too_many
from assistant.conversations.promise import in_words, promise_at
from assistant.conversations.recording import open_ticket
from assistant.domain.conversations import ConversationState, MessageRole
from assistant.domain.hours import is_open
from assistant.domain.people import is_email
from assistant.domain.tickets import UNSOLVED, TicketPriority, TicketStatus
from assistant.errors import Invalid, NotFound, TooMany
from assistant.flow.voice import say
from assistant.installation import Installation
from assistant.storage import conversations as storage
from assistant.storage import events, tickets
from assistant.storage.database import Database, Session
from assistant.storage.presentation import public_message, public_messages
from assistant.storage.tables import Conversation, Message, Ticket
from assistant.storage.tables.base import now

_BETWEEN_NUDGES = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What the customer is told: the ticket and its page, who is there, when a reply comes, the place in the queue.

    ``message`` is the id of the message that says the same in the conversation; empty if the ticket was there before.
    """

    number: int
    status: str
    path: str
    on_duty: bool
    expected_reply_by: datetime
    position: int
    message: str = ""


class Handovers:
    """Opens tickets at the customer's wish and shows each customer their own."""

    def __init__(self, database: Database, installation: Installation, live: Live) -> None:
        self._database = database
        self._installation = installation
        self._live = live

    def ask(self, conversation_id: str, token: str, reason: str = "", email: str = "", phone: str = "") -> HandedOver:
        """The conversation's ticket, opened now unless there is one; contact details are kept as claims.

        Raises:
            NotFound: not this customer's conversation.
            Invalid: the e-mail is not one address.
            TooMany: too many messages in a minute.
        """
        if email and not is_email(email):
            raise Invalid("This is not an e-mail address. Correct it, or leave it empty.", {"field": "email"})
        settings, moment = self._installation.current(), now()
        promise = promise_at(settings, moment)
        with self._database.write() as session:
            conversation = authorised(session, conversation_id, token, lock=True)
            customer = storage.customer(session, conversation.customer_id)
            customer.email, customer.phone = email or customer.email, phone or customer.phone
            if reason:
                not_too_many(session, conversation)
                said = Message(role=MessageRole.CUSTOMER, text=reason)
                storage.add_message(session, conversation, said)
                _leave_to_desk(conversation, said)
                self._tell(session, conversation, said)
            ticket, made = open_ticket(session, conversation, conversation.locale, "form", promise)
            due_at = ticket.due_at or promise.due_at
            told = None
            if made:
                words = in_words(settings, ticket.number, due_at, moment, conversation.locale)
                told = Message(role=MessageRole.SYSTEM, text=words)
                storage.add_message(session, conversation, told)
                self._tell(session, conversation, told)
                events.append(session, events.DESK, "handover", {"number": ticket.number}, public=False)
            answer = HandedOver(
                ticket.number,
                ticket.status,
                f"/t/{tickets.link_secret(session, ticket)}",
                promise.on_duty,
                due_at,
                tickets.position(session, ticket),
                told.id if told else "",
            )
        self._live.notify((events.stream_of(conversation_id), events.DESK))
        return answer

    def ticket_page(self, secret: str) -> dict[str, Any]:
        """What the page behind a ticket link shows: the ticket, its public messages, and whether it can be nudged.

        Raises:
            NotFound: a link that was never given or was revoked.
        """
        settings, moment = self._installation.current(), now()
        with self._database.read() as session:
            ticket = _by_link(session, secret)
            conversation = storage.by_id(session, ticket.conversation_id)
            messages = storage.transcript(session, ticket.conversation_id, public_only=True)
            rating = storage.rating_of(session, ticket.conversation_id)
            return {
                "number": ticket.number,
                "status": ticket.status,
                "subject": ticket.subject,
                "locale": conversation.locale if conversation else ticket.language,
                "created_at": ticket.created_at,
                "updated_at": ticket.updated_at,
                "on_duty": is_open(settings.hours, moment),
                "expected_reply_by": ticket.due_at,
                "position": tickets.position(session, ticket) if ticket.first_response_at is None else None,
                "messages": public_messages(messages),
                "may_nudge": _may_nudge(ticket, moment),
                "nudged_at": ticket.nudged_at,
                "may_rate": ticket.status in (TicketStatus.SOLVED, TicketStatus.CLOSED),
                "rating": rating.score if rating else None,
            }

    def conversation_behind(self, secret: str) -> str:
        """The id of the conversation that a ticket link leads to. Raises ``NotFound``."""
        with self._database.read() as session:
            return _by_link(session, secret).conversation_id

    def write(self, secret: str, text: str, client_id: str | None = None) -> dict[str, Any]:
        """The customer's stored answer on their ticket page; it goes to the desk and not to the assistant.

        Raises:
            NotFound: a link that was never given or was revoked.
            TooMany: too many messages in a minute.
        """
        with self._database.write() as session:
            ticket = _by_link(session, secret)
            conversation = _locked(session, ticket)
            if client_id:
                known = storage.by_client_id(session, conversation.id, client_id)
                if known is not None:
                    return public_message(known)
            if ticket.status == TicketStatus.CLOSED:
                promise = promise_at(self._installation.current(), now())
                ticket, _made = open_ticket(session, conversation, conversation.locale, "form", promise)
            elif ticket.status in (TicketStatus.SOLVED, TicketStatus.PENDING):
                tickets.change(session, ticket, {"status": TicketStatus.OPEN, "solved_at": None}, actor="")
                tickets.announce(session, ticket, "ticket.changed")
            if conversation.state == ConversationState.ASSISTANT:
                conversation.state = ConversationState.WAITING
            if ticket.due_at is None:
                ticket.due_at = promise_at(self._installation.current(), now()).due_at
                ticket.overdue_told = False
            not_too_many(session, conversation)
            message = Message(role=MessageRole.CUSTOMER, text=text, client_id=client_id or None)
            storage.add_message(session, conversation, message)
            _leave_to_desk(conversation, message)
            self._tell(session, conversation, message)
            facts = {"conversation": conversation.id, "ticket": ticket.number, "role": "customer"}
            events.append(session, events.DESK, "message", facts, public=False)
        self._live.notify((events.stream_of(message.conversation_id), events.DESK))
        return public_message(message)

    def nudge(self, secret: str) -> None:
        """Tell the desk that the customer waits: the ticket becomes high priority and stands out.

        Raises:
            NotFound: a link that was never given or was revoked.
            TooMany: the last nudge is less than an hour old.
        """
        with self._database.write() as session:
            ticket = _by_link(session, secret)
            conversation = _locked(session, ticket)
            if not _may_nudge(ticket, now()):
                raise TooMany("The team has been told already. You can nudge again in an hour.", 3600)
            ticket.nudges += 1
            ticket.nudged_at = now()
            if ticket.priority in (TicketPriority.LOW, TicketPriority.NORMAL):
                tickets.change(session, ticket, {"priority": TicketPriority.HIGH}, actor="")
            message = Message(role=MessageRole.SYSTEM, text=say("nudged", conversation.locale))
            storage.add_message(session, conversation, message)
            self._tell(session, conversation, message)
            tickets.announce(session, ticket, "ticket.nudged")
        self._live.notify((events.stream_of(message.conversation_id), events.DESK))

    @staticmethod
    def _tell(session: Session, conversation: Conversation, message: Message) -> None:
        events.append(session, events.stream_of(conversation.id), "message", {"message": public_message(message)})


def _by_link(session: Session, secret: str) -> Ticket:
    ticket = tickets.by_link(session, secret)
    if ticket is None:
        raise NotFound("This link leads to no ticket, or it was withdrawn. Check the newest mail or chat for another.")
    return ticket


def _leave_to_desk(conversation: Conversation, message: Message) -> None:
    """The assistant need not answer this; but a question before it that is still open keeps its answer."""
    if not conversation.pending:
        conversation.answered_seq = message.seq


def _locked(session: Session, ticket: Ticket) -> Conversation:
    conversation = storage.locked(session, ticket.conversation_id)
    if conversation is None:
        raise NotFound("The conversation behind this ticket was erased.")
    return conversation


def _may_nudge(ticket: Ticket, moment: datetime) -> bool:
    rested = ticket.nudged_at is None or ticket.nudged_at < moment - _BETWEEN_NUDGES
    return ticket.status in UNSOLVED and rested
