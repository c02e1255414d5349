"""One ticket in hand: its conversation and itself locked, what is said about it, and who is woken afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assistant.channels.live import Live
from assistant.domain.conversations import ConversationMove, ConversationState, MessageRole, moved
from assistant.domain.installation import InstallationSettings
from assistant.domain.people import Person
from assistant.domain.tickets import TicketStatus, may_move
from assistant.errors import Conflict, NotFound
from assistant.flow.voice import say
from assistant.storage import conversations, desk, events, tickets
from assistant.storage.database import Database, Session
from assistant.storage.presentation import public_message
from assistant.storage.tables import Conversation, Message, Ticket
from assistant.wording import Worded

Payload = Mapping[str, Any]


@dataclass(slots=True)
class Matter:
    """A conversation, locked, and its ticket (locked too) where it has one."""

    session: Session
    conversation: Conversation
    ticket: Ticket | None

    @property
    def number(self) -> int | None:
        """The ticket's number."""
        return self.ticket.number if self.ticket else None

    @property
    def state(self) -> ConversationState:
        """Who speaks for the desk."""
        return ConversationState(self.conversation.state)

    def tell_customer(self, kind: str, payload: dict[str, Any]) -> None:
        """Append an event to the conversation that the customer's page receives."""
        events.append(self.session, events.stream_of(self.conversation.id), kind, payload)

    def tell_desk(self, kind: str, **payload: Any) -> None:
        """Append an event that only the desk receives."""
        facts = {"number": self.number, "conversation": self.conversation.id}
        events.append(self.session, events.DESK, kind, {**facts, **payload}, public=False)

    def announce(self, kind: str = "ticket.changed") -> None:
        """Tell the desk and the customer that the ticket is not what it was."""
        if self.ticket is not None:
            tickets.announce(self.session, self.ticket, kind)

    def publish(self, message: Message) -> None:
        """Let the customer and the desk see a stored message."""
        self.tell_customer("message", {"message": public_message(message)})
        self.tell_desk("message", role=message.role, message=message.id)

    def system(self, sentence: str, **facts: str) -> Message:
        """Say one of the product's own sentences in the conversation, in the customer's language."""
        text = say(sentence, self.conversation.locale, **facts)
        message = Message(role=MessageRole.SYSTEM, text=text, language=self.conversation.locale)
        conversations.add_message(self.session, self.conversation, message)
        self.publish(message)
        return message

    def move(self, move: ConversationMove, agent: str = "") -> bool:
        """Whether the conversation's state is another one now; the customer's page hears of it."""
        before = self.state
        self.conversation.state = moved(before, move)
        if self.state is before:
            return False
        self._set_answering()
        self.tell_state(agent)
        return True

    def tell_state(self, agent: str = "") -> None:
        """Tell everyone who speaks now."""
        facts = None if self.ticket is None else {"number": self.ticket.number, "status": self.ticket.status}
        status = {"state": str(self.state), "agent": {"name": agent} if agent else None, "ticket": facts}
        self.tell_customer("status", status)
        self.tell_desk("conversation.changed", state=str(self.state))

    def _set_answering(self) -> None:
        # Whoever runs a turn finds at its end that the lease is gone; what nobody has answered, the sweep picks up.
        conversation = self.conversation
        conversations.drop_lease(conversation)
        conversation.pending = self.state in (
            ConversationState.ASSISTANT,
            ConversationState.WAITING,
        ) and desk.unanswered_since(self.session, conversation.id, conversation.answered_seq)

    def dealt_with(self) -> None:
        """Everything said so far needs no answer of the assistant any more."""
        self.conversation.answered_seq = self.conversation.last_seq
        self.conversation.pending = False

    def change(self, fields: dict[str, Any], person: Person | None) -> dict[str, Any]:
        """Change the ticket and its history; what changed, as ``{name: [before, after]}``.

        Raises:
            Conflict: the ticket cannot go to the wanted status from where it is.
        """
        ticket = self.held
        wanted = TicketStatus(fields.get("status", ticket.status))
        if not may_move(TicketStatus(ticket.status), wanted):
            raise Conflict(
                Worded(
                    "Ticket %(number)s is %(status)s and cannot become %(wanted)s. "
                    "A new message from the customer opens a new ticket.",
                    number=str(ticket.number),
                    status=Worded(ticket.status),
                    wanted=Worded(str(wanted)),
                ),
                {"status": ticket.status},
            )
        return tickets.change(
            self.session,
            ticket,
            fields,
            actor="" if person is None else person.display_name,
            actor_id=None if person is None else person.id,
        )

    @property
    def held(self) -> Ticket:
        """The ticket, where there must be one."""
        if self.ticket is None:
            raise NotFound("This conversation has no ticket. Take it over first.")
        return self.ticket


@dataclass(frozen=True, slots=True)
class Ground:
    """What every part of the desk stands on."""

    database: Database
    live: Live
    installed: Callable[[], InstallationSettings]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    @contextmanager
    def ticket(self, number: int) -> Iterator[Matter]:
        """A ticket and its conversation, locked until the block ends; then whoever follows them is woken.

        Raises:
            NotFound: there is no such ticket.
        """
        with self.database.read() as session:
            found = tickets.by_number(session, number)
        if found is None:
            raise NotFound(Worded("There is no ticket %(number)s.", number=str(number)))
        with self._held(found.conversation_id, number) as matter:
            yield matter

    @contextmanager
    def conversation(self, conversation_id: str) -> Iterator[Matter]:
        """A conversation and its newest ticket, if it has one, likewise.

        Raises:
            NotFound: there is no such conversation.
        """
        with self._held(conversation_id, None) as matter:
            yield matter

    @contextmanager
    def _held(self, conversation_id: str, number: int | None) -> Iterator[Matter]:
        with self.database.write() as session:
            # The conversation always first, so that two units of work never wait for one another.
            conversation = conversations.locked(session, conversation_id)
            if conversation is None:
                raise NotFound("There is no such conversation.")
            if number is None:
                newest = tickets.newest_of(session, conversation_id)
                number = newest.number if newest is not None else None
            ticket = None if number is None else tickets.locked(session, number)
            yield Matter(session, conversation, ticket)
        self.live.notify([events.stream_of(conversation_id), events.DESK])
