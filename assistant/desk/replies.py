"""Replies and internal notes: stored at once; a reply is delivered after the seconds in which it can be undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from assistant.desk.ground import Ground, Matter, Payload
from assistant.desk.statuses import settle
from assistant.domain.conversations import ConversationMove, ConversationState, MessageRole
from assistant.domain.desk import AWAY_AFTER
from assistant.domain.people import Person, Right
from assistant.domain.tickets import TicketStatus
from assistant.errors import Conflict, Invalid, NotAllowed, NotFound
from assistant.storage import accounts, conversations, desk, jobs
from assistant.storage.presentation import staff_message
from assistant.storage.tables import Message
from assistant.wording import Worded

LONGEST = 10_000
LONGEST_UNDO = 60.0


class Replies:
    """What people at the desk write."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def send(
        self,
        number: int,
        text: str,
        author: Person,
        *,
        note: bool = False,
        client_id: str = "",
        undo_seconds: float = 0.0,
        status: TicketStatus | None = None,
    ) -> dict[str, Any]:
        """The stored message as the desk sees it; the same ``client_id`` again gives the same message.

        From this commit on the assistant is silent. The customer sees the reply ``undo_seconds`` later; ``status`` is
        what the ticket becomes at that moment.

        Raises:
            NotFound: there is no such ticket.
            NotAllowed: the author may not reply (a collaborator writes notes only).
            Invalid: the text is empty or too long.
            Conflict: the ticket is closed.
        """
        _check(author, text, note)
        key = f"desk:{client_id}" if client_id else None
        with self._ground.ticket(number) as matter:
            before = conversations.by_client_id(matter.session, matter.conversation.id, key) if key else None
            if before is not None:
                return staff_message(before)
            message = Message(
                role=MessageRole.NOTE if note else MessageRole.AGENT,
                author_id=author.id,
                author=author.display_name,
                text=text.strip(),
                client_id=key,
                language=matter.conversation.locale,
            )
            if note:
                _keep_note(matter, message)
            else:
                self._reply(matter, message, author, min(undo_seconds, LONGEST_UNDO), status)
            return staff_message(message)

    def _reply(
        self, matter: Matter, message: Message, author: Person, undo_seconds: float, status: TicketStatus | None
    ) -> None:
        if matter.held.status == TicketStatus.CLOSED:
            raise Conflict(
                Worded(
                    "Ticket %(number)s is closed. The customer's next message opens a new one.",
                    number=str(matter.held.number),
                ),
                {"status": matter.held.status},
            )
        state = matter.state
        matter.move(ConversationMove.TAKE_OVER, author.display_name)
        _take(matter, author)
        if undo_seconds > 0:
            message.visible_at = self._ground.clock() + timedelta(seconds=undo_seconds)
        conversations.add_message(matter.session, matter.conversation, message)
        if message.visible_at is None:
            self._deliver(matter, message, author, status)
            return
        payload = {"message": message.id, "number": matter.held.number, "status": status, "state": str(state)}
        jobs.enqueue(
            matter.session,
            "deliver",
            payload,
            lane=jobs.URGENT,
            run_after=message.visible_at,
            dedupe=_name(message.id),
        )
        matter.tell_desk("message", role=message.role, message=message.id)

    def withdraw(self, number: int, message_id: str, person: Person) -> dict[str, Any]:
        """The reply that the customer never sees, so that its text can be edited and sent again.

        If it was this reply that silenced the assistant, the assistant speaks again.

        Raises:
            NotFound: there is no such message of this person on this ticket.
            Conflict: it was delivered already.
        """
        with self._ground.ticket(number) as matter:
            message = conversations.message(matter.session, matter.conversation.id, message_id)
            if message is None or message.role != MessageRole.AGENT:
                raise NotFound("There is no such reply on this ticket.")
            if message.author_id != person.id and not person.may(Right.SUPERVISE):
                raise NotAllowed("Only its author can take a reply back.")
            if message.withdrawn:
                return staff_message(message)
            payload = jobs.cancel(matter.session, _name(message.id)) if self._is_pending(message) else None
            if payload is None:
                raise Conflict("The customer has this reply already. Send another one to correct it.")
            message.withdrawn = True
            first = not desk.agents_message_other_than(matter.session, matter.conversation.id, message.id)
            if first and payload["state"] == ConversationState.ASSISTANT:
                matter.move(ConversationMove.RELEASE)
            elif first and payload["state"] == ConversationState.WAITING:
                matter.move(ConversationMove.OVERDUE)
            matter.tell_desk("message.withdrawn", message=message.id)
            return staff_message(message)

    def deliver(self, payload: Payload) -> None:
        """Let the customer see a reply whose time to be undone is over. Doing it twice does nothing."""
        with self._ground.ticket(int(payload["number"])) as matter:
            message = conversations.message(matter.session, matter.conversation.id, str(payload["message"]))
            if message is None or message.withdrawn or message.visible_at is None:
                return
            author = accounts.user_by_id(matter.session, message.author_id or "")
            if author is None:
                raise NotFound("The reply's author has no account any more.")
            status = payload.get("status")
            self._deliver(matter, message, accounts.person(author), TicketStatus(status) if status else None)

    def _deliver(self, matter: Matter, message: Message, author: Person, status: TicketStatus | None) -> None:
        ticket = matter.held
        message.visible_at = None
        matter.publish(message)
        matter.dealt_with()
        ticket.first_response_at = ticket.first_response_at or self._ground.clock()
        ticket.updated_at = self._ground.clock()
        ticket.due_at, ticket.overdue_told = None, False
        # Someone may have closed the ticket in the seconds before: the reply still arrives, the status stays.
        if status is not None and ticket.status != TicketStatus.CLOSED:
            settle(matter, status, author)
        else:
            matter.announce()
        self._mail_if_away(matter, message)

    def _mail_if_away(self, matter: Matter, message: Message) -> None:
        seen = matter.conversation.customer_seen_at
        away = seen is None or self._ground.clock() - seen > AWAY_AFTER
        if not away or not self._ground.installed().mail.smtp_url.get_secret_value():
            return
        if conversations.customer(matter.session, matter.conversation.customer_id).email:
            jobs.enqueue(matter.session, "mail", {"ticket": matter.held.number, "message": message.id})

    def _is_pending(self, message: Message) -> bool:
        return message.visible_at is not None and message.visible_at > self._ground.clock()


def _check(author: Person, text: str, note: bool) -> None:
    if not author.may(Right.WRITE_NOTES if note else Right.WORK_TICKETS):
        raise NotAllowed("Your roles let you write internal notes, not replies to customers.")
    if not text.strip():
        raise Invalid("Write something first.", {"field": "text"})
    if len(text) > LONGEST:
        raise Invalid(Worded("A message has at most %(n)s characters.", n=LONGEST), {"field": "text"})


def _keep_note(matter: Matter, note: Message) -> None:
    conversations.add_message(matter.session, matter.conversation, note)
    matter.tell_desk("message", role=note.role, message=note.id)


def _take(matter: Matter, author: Person) -> None:
    """A ticket that someone answers is theirs unless it is somebody's already, and it is open."""
    ticket = matter.held
    fields: dict[str, Any] = {} if ticket.assignee_id else {"assignee_id": author.id}
    if ticket.status in (TicketStatus.NEW, TicketStatus.SOLVED):
        fields["status"] = str(TicketStatus.OPEN)
    if matter.change(fields, author):
        matter.announce()


def _name(message_id: str) -> str:
    return f"deliver:{message_id}"
