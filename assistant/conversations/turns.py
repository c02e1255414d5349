"""A customer's turn: the message is stored, answered, and the reply stored, whatever happens in between.

The message is committed before anything else (tx 1). Whoever holds the conversation's lease answers everything that is
still open, and stores the reply only if nothing has happened meanwhile that makes it wrong (tx 2): a person has taken
over, the customer has said more, or a quoted passage is no longer published.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.channels.live import Live
from assistant.conversations import recording
from assistant.conversations.access import authorised, not_too_many
from assistant.conversations.promise import in_words
from assistant.conversations.recording import LEASE_SECONDS, Snapshot
from assistant.domain.answers import Answer, Outcome
from assistant.domain.conversations import ConversationMove, ConversationState, MessageRole, assistant_speaks, moved
from assistant.domain.hours import is_open
from assistant.domain.rollout import Situation
from assistant.domain.tickets import TicketStatus
from assistant.errors import AskdeskError, StorageUnavailable
from assistant.flow.answer import failed_answer
from assistant.flow.graph import Flow
from assistant.flow.intents import recognise
from assistant.flow.request import SMALL_TALK, TurnRequest
from assistant.flow.voice import say
from assistant.installation import Installation
from assistant.knowledge.scripts import to_simplified
from assistant.metrics import Metrics
from assistant.storage import conversations as storage
from assistant.storage import events, tickets
from assistant.storage.database import Database, Session
from assistant.storage.presentation import public_message
from assistant.storage.tables import Conversation, Message, Ticket
from assistant.storage.tables.base import new_id, now

# How often an answer may lose its sources while it is stored before the assistant owns up to having none.
_RERUNS = 3
_PATIENCE = 120.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What a customer gets back: their stored message, the reply (none while a person has taken over), the ticket."""

    message: dict[str, Any]
    reply: dict[str, Any] | None
    ticket: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Received:
    message: Message
    snapshot: Snapshot | None
    streams: tuple[str, ...]
    may_have_ticket: bool


@dataclass(slots=True)
class Turns:
    """Takes messages and answers them. Synchronous: a caller gives it a thread for the whole turn."""

    database: Database
    flow: Flow
    installation: Installation
    live: Live
    metrics: Metrics
    owner: str = field(default_factory=new_id)
    _running: set[str] = field(default_factory=set)

    def converse(
        self,
        conversation_id: str,
        token: str,
        text: str,
        client_id: str | None = None,
        emit: Callable[[str], None] | None = None,
        on_stored: Callable[[], None] = lambda: None,
    ) -> TurnResult:
        """The stored message with the reply that covers it.

        The same ``client_id`` again joins the running turn or gets the stored reply. ``on_stored`` is called once the
        message is safe, before it is answered; ``emit`` receives provisional, checked sentences of a model.

        Raises:
            NotFound: not this customer's conversation.
            TooMany: too many messages in a minute.
            StorageUnavailable: the message or its answer could not be stored; with a ``client_id``, sending it again
                is harmless.
        """
        started = time.perf_counter()
        with self._owning() as owner:
            received = self._receive(conversation_id, token, text, client_id, owner)
            on_stored()
            self.live.notify(received.streams)
            reply = self._settled(conversation_id, received, owner, emit)
        if reply is not None:
            self.metrics.turn_seconds.labels(reply.outcome or "none").observe(time.perf_counter() - started)
        return self._result(conversation_id, received, reply)

    def sweep(self) -> int:
        """How many conversations were answered whose turn had been cut off, by a crash for example."""
        with self.database.read() as session:
            waiting = storage.abandoned(session, self._is_orphaned)
        answered = 0
        for conversation_id in waiting:
            with self._owning() as owner:
                snapshot = self._claim(conversation_id, owner)
                if snapshot is not None and self._run(conversation_id, snapshot, None) is not None:
                    answered += 1
        return answered

    @contextmanager
    def _owning(self) -> Iterator[str]:
        """The name under which leases are held until the block ends; one that outlives it is an orphan."""
        owner = f"{self.owner}.{new_id()}"
        self._running.add(owner)
        try:
            yield owner
        finally:
            self._running.discard(owner)

    def _is_orphaned(self, owner: str) -> bool:
        # A turn of this process that could not even give its lease back, for example because the disk was full.
        return owner.startswith(f"{self.owner}.") and owner not in self._running

    def _take_lease(self, conversation: Conversation, owner: str) -> bool:
        return storage.take_lease(conversation, owner, LEASE_SECONDS, self._is_orphaned)

    def _receive(self, conversation_id: str, token: str, text: str, client_id: str | None, owner: str) -> _Received:
        with self.database.write() as session:
            conversation = authorised(session, conversation_id, token, lock=True)
            if client_id:
                known = storage.by_client_id(session, conversation_id, client_id)
                if known is not None:
                    return _Received(known, None, (), may_have_ticket=True)
            not_too_many(session, conversation)
            message = Message(role=MessageRole.CUSTOMER, text=text, client_id=client_id or None, language="")
            # Before the message, so that the conversation's row is written once.
            conversation.customer_seen_at = now()
            conversation.state = moved(ConversationState(conversation.state), ConversationMove.CUSTOMER_WRITES)
            conversation.pending = assistant_speaks(ConversationState(conversation.state))
            is_ours = self._take_lease(conversation, owner)
            storage.add_message(session, conversation, message)
            stream = events.stream_of(conversation_id)
            events.append(session, stream, "message", {"message": public_message(message)})
            ticket = tickets.newest_of(session, conversation_id)
            woken = ticket and self._wake(session, conversation, ticket, text)
            streams: tuple[str, ...] = (stream,)
            if woken is not None:
                facts = {"conversation": conversation_id, "ticket": woken.number, "role": "customer"}
                events.append(session, events.DESK, "message", facts, public=False)
                streams = (stream, events.DESK)
            snapshot = recording.snapshot(session, conversation, owner) if is_ours else None
            return _Received(message, snapshot, streams, ticket is not None)

    def _wake(self, session: Session, conversation: Conversation, ticket: Ticket, text: str) -> Ticket | None:
        """Bring the ticket of a conversation with a new message to life; the one concerned, if any."""
        if ticket.status in (TicketStatus.SOLVED, TicketStatus.CLOSED):
            return None if recognise(to_simplified(text)) in SMALL_TALK else self._return(session, conversation)
        self._expect_reply(session, ticket)
        return ticket

    def _return(self, session: Session, conversation: Conversation) -> Ticket:
        """The solved ticket, open again, or a new one after the closed one; the customer hears until when to wait."""
        settings, moment = self.installation.current(), now()
        promise = recording.promise_at(settings, moment)
        ticket, made = recording.open_ticket(session, conversation, conversation.locale, "returned", promise)
        words = in_words(settings, ticket.number, ticket.due_at or promise.due_at, moment, conversation.locale)
        note = Message(role=MessageRole.SYSTEM, text=words, language=conversation.locale)
        if not made:
            note.text = f"{say('reopened', conversation.locale)} {words}"
        storage.add_message(session, conversation, note)
        events.append(session, events.stream_of(conversation.id), "message", {"message": public_message(note)})
        return ticket

    def _expect_reply(self, session: Session, ticket: Ticket) -> None:
        if ticket.status == TicketStatus.PENDING:
            tickets.change(session, ticket, {"status": TicketStatus.OPEN}, actor="")
            tickets.announce(session, ticket, "ticket.changed")
        if ticket.due_at is None:
            ticket.due_at = recording.promise_at(self.installation.current(), now()).due_at
            ticket.overdue_told = False

    def _settled(
        self, conversation_id: str, received: _Received, owner: str, emit: Callable[[str], None] | None
    ) -> Message | None:
        """The reply that covers the message: ours, or that of whoever is answering already."""
        snapshot, deadline = received.snapshot, time.monotonic() + _PATIENCE
        while True:
            if snapshot is not None:
                reply = self._run(conversation_id, snapshot, emit)
                if reply is not None:
                    return reply
            with self.database.read() as session:
                conversation = storage.by_id(session, conversation_id)
                reply = storage.reply_covering(session, conversation_id, received.message.seq)
            if reply is not None or conversation is None or not conversation.pending:
                return reply
            if time.monotonic() > deadline:
                return None
            snapshot = self._claim(conversation_id, owner)
            if snapshot is None:
                self.live.wait_in_thread(0.2)

    def _claim(self, conversation_id: str, owner: str) -> Snapshot | None:
        with self.database.write() as session:
            conversation = storage.locked(session, conversation_id)
            if conversation is None or not self._take_lease(conversation, owner):
                return None
            return recording.snapshot(session, conversation, owner)

    def _run(self, conversation_id: str, snapshot: Snapshot, emit: Callable[[str], None] | None) -> Message | None:
        """Answer until the answer still fits when it is stored; nothing when a person took over meanwhile."""
        current, unsourced = snapshot, 0
        while True:
            answer = self._answer(current, emit) if unsourced < _RERUNS else failed_answer(current.request)
            recorded = recording.record(self.database, self.installation, conversation_id, current, answer)
            self.live.notify((events.stream_of(conversation_id), events.DESK))
            if recorded.reply is not None or recorded.newer is None:
                return recorded.reply
            # More messages are bounded by their rate; sources that go again and again must be.
            unsourced += recorded.newer.seq == current.seq
            # What was shown of the first attempt is withdrawn by the reply; two attempts mixed would be nonsense.
            current, emit = recorded.newer, None

    def _answer(self, snapshot: Snapshot, emit: Callable[[str], None] | None) -> Answer:
        settings = self.installation.current()
        situation = Situation(settings.rollout, snapshot.channel, is_open(settings.hours, now()), snapshot.conversation)
        request = replace(
            snapshot.request,
            error_budget=settings.assistant.error_budget,
            paused=settings.assistant.paused,
            topics=settings.rollout.topics,
            situation=situation,
        )
        try:
            return self.flow.run(request, emit)
        except StorageUnavailable:
            raise
        except Exception as error:
            log.exception("the flow failed", extra={"error": type(error).__name__})
            return failed_answer(request, type(error).__name__)

    def _result(self, conversation_id: str, received: _Received, reply: Message | None) -> TurnResult:
        shown = None
        # A conversation without a ticket gets one by a handover, or because a person writes instead of the assistant.
        if received.may_have_ticket or reply is None or reply.outcome == Outcome.HANDED_OVER:
            with self.database.read() as session:
                ticket = tickets.newest_of(session, conversation_id)
            shown = {"number": ticket.number, "status": ticket.status} if ticket is not None else None
        return TurnResult(public_message(received.message), public_message(reply) if reply is not None else None, shown)

    def once(self, request: TurnRequest) -> Answer:
        """One turn of which nothing is stored, as the command line and the editor's ask box want it.

        It answers whatever the articles answer, wherever the assistant has been rolled out to.
        """
        settings = self.installation.current()
        try:
            budget, topics = settings.assistant.error_budget, settings.rollout.topics
            return self.flow.run(replace(request, error_budget=budget, topics=topics))
        except AskdeskError:
            raise
        except Exception as error:
            log.exception("the flow failed", extra={"error": type(error).__name__})
            return failed_answer(request, type(error).__name__)
