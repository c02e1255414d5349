"""Who speaks: an agent takes a conversation over, gives it back, and is seen typing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from assistant.desk.ground import Ground, Matter
from assistant.domain.answers import Outcome, Utterance
from assistant.domain.conversations import ConversationMove, ConversationState, MessageRole
from assistant.domain.hours import expected_reply
from assistant.domain.people import Person
from assistant.domain.tickets import BriefLine, TicketPriority, TicketStatus
from assistant.flow.brief import subject, write_brief
from assistant.storage import conversations, tickets
from assistant.storage.briefs import consulted
from assistant.storage.tables import Message, Ticket
from assistant.storage.tickets import NewTicket

_SUMMARISED = 60
# How long "is typing" is true after a key was pressed; the page says it again while keys are pressed.
TYPING = timedelta(seconds=6)
_SPEAKERS = {MessageRole.CUSTOMER, MessageRole.ASSISTANT, MessageRole.AGENT}
_TOOK_OVER = {
    "en": "{name} took over this conversation.",
    "zh-Hans": "{name} 主动接管了此会话。",
    "zh-Hant": "{name} 主動接管了此對話。",
}


class Turns:
    """The moves between assistant and human."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def take_over(self, conversation_id: str, person: Person) -> dict[str, Any]:
        """The conversation's state and ticket number: the assistant is silent from this commit on.

        A conversation without an open ticket gets one. Taking over what one has already changes nothing.

        Raises:
            NotFound: there is no such conversation.
        """
        with self._ground.conversation(conversation_id) as matter:
            if matter.ticket is None or matter.ticket.status in (TicketStatus.SOLVED, TicketStatus.CLOSED):
                new = _new_ticket(matter, person)
                matter.ticket, _ = tickets.open_for(matter.session, matter.conversation, new)
            mine = matter.state is ConversationState.HUMAN and matter.ticket.assignee_id == person.id
            fields: dict[str, Any] = {"assignee_id": person.id}
            if matter.ticket.status == TicketStatus.NEW:
                fields["status"] = str(TicketStatus.OPEN)
            if matter.change(fields, person):
                matter.announce()
            matter.move(ConversationMove.TAKE_OVER, person.display_name)
            self._promise(matter.ticket)
            if not mine:
                matter.system("joined", name=person.display_name)
            return {"state": str(matter.state), "number": matter.ticket.number}

    def _promise(self, ticket: Ticket) -> None:
        """Whoever takes over owes a reply; if none comes in time, the customer gets the assistant back."""
        installed, moment = self._ground.installed(), self._ground.clock()
        if ticket.due_at is None or (ticket.overdue_told and ticket.due_at < moment):
            ticket.due_at = expected_reply(installed.hours, moment, installed.service.reply_minutes)
        ticket.overdue_told = False

    def release(self, conversation_id: str, person: Person) -> dict[str, Any]:
        """The conversation's state and ticket number: the assistant answers again, and first what is unanswered.

        Raises:
            NotFound: there is no such conversation.
        """
        with self._ground.conversation(conversation_id) as matter:
            if matter.move(ConversationMove.RELEASE):
                matter.system("released", name=person.display_name)
            return {"state": str(matter.state), "number": matter.number}

    def typing(self, number: int, person: Person) -> None:
        """Let the customer see that someone is writing. The event says until when it holds; it is not a message.

        Raises:
            NotFound: there is no such ticket.
        """
        with self._ground.ticket(number) as matter:
            until = (self._ground.clock() + TYPING).isoformat()
            matter.tell_customer("typing", {"agent": {"name": person.display_name}, "until": until})


def _new_ticket(matter: Matter, person: Person) -> NewTicket:
    language = matter.conversation.locale
    rows = conversations.recent(matter.session, matter.conversation.id, _SUMMARISED)
    messages = [_utterance(row) for row in rows if row.role in _SPEAKERS]
    if not any(message.role == "customer" for message in messages):
        return NewTicket("takeover", "", language, {}, TicketPriority.NORMAL, "", None)
    said = _TOOK_OVER.get(language, _TOOK_OVER["en"]).format(name=person.display_name)
    brief = write_brief(messages, language, "takeover", consulted(matter.session, rows))
    brief = replace(brief, why=BriefLine(said, brief.why.evidence))
    return NewTicket(
        "takeover", subject(messages, language), language, brief.as_dict(), brief.priority, brief.group, None
    )


def _utterance(row: Message) -> Utterance:
    role = MessageRole(row.role)
    speaker = {MessageRole.CUSTOMER: "customer", MessageRole.ASSISTANT: "assistant"}.get(role, "agent")
    return Utterance(speaker, row.text, row.id, Outcome(row.outcome) if row.outcome else None)  # type: ignore[arg-type]
