"""The promised time: whoever is not answered in it hears so, and the ticket goes back to the queue."""

from __future__ import annotations

from datetime import datetime

from assistant.desk.ground import Ground, Matter
from assistant.domain.conversations import ConversationMove
from assistant.domain.hours import expected_reply
from assistant.domain.tickets import UNSOLVED, TicketStatus
from assistant.storage import desk, tickets


class Promises:
    """The sweep over promises that were not kept."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def sweep(self) -> list[int]:
        """The tickets that went back to the queue now. To be called every minute or so; doing it twice is harmless."""
        with self._ground.database.read() as session:
            numbers = [ticket.number for ticket in tickets.overdue(session, self._ground.clock())]
        return [number for number in numbers if self._return_to_queue(number)]

    def _return_to_queue(self, number: int) -> bool:
        with self._ground.ticket(number) as matter:
            if not self._is_due(matter):
                return False
            ticket = matter.held
            if desk.agent_waits(matter.session, matter.conversation.id):
                ticket.due_at = None
                return False
            ticket.overdue_told = True
            matter.change({"assignee_id": None}, None)
            matter.move(ConversationMove.OVERDUE)
            ticket.due_at = self._next_promise()
            matter.system("overdue")
            matter.announce("ticket.overdue")
            return True

    def _is_due(self, matter: Matter) -> bool:
        ticket = matter.held
        # It may have been answered, solved or told between the look and the lock.
        waits = ticket.status in UNSOLVED and ticket.status != TicketStatus.PENDING and not ticket.overdue_told
        return waits and ticket.due_at is not None and ticket.due_at < self._ground.clock()

    def _next_promise(self) -> datetime:
        installed = self._ground.installed()
        return expected_reply(installed.hours, self._ground.clock(), installed.service.reply_minutes)
