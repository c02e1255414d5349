"""What a ticket's new status means for the conversation: solving asks for a rating, closing ends it."""

from __future__ import annotations

from assistant.desk.ground import Matter
from assistant.domain.conversations import ConversationMove
from assistant.domain.people import Person
from assistant.domain.tickets import TicketStatus
from assistant.storage import desk


def settle(matter: Matter, status: TicketStatus, person: Person) -> None:
    """Give the ticket its status, with everything that follows from it. Staying as it is does nothing.

    Raises:
        Conflict: the ticket cannot go there from where it is.
    """
    before = matter.held.status
    if not matter.change({"status": str(status)}, person):
        return
    if status is TicketStatus.SOLVED:
        _solved(matter, person)
    elif status is TicketStatus.CLOSED:
        _closed(matter)
    elif before == TicketStatus.SOLVED:
        matter.system("reopened")
    matter.announce()


def _solved(matter: Matter, person: Person) -> None:
    _promise_kept(matter)
    matter.system("solved", name=person.display_name)
    # What was said so far is solved with the ticket: the assistant must not answer it now.
    matter.dealt_with()
    matter.move(ConversationMove.RELEASE)
    if desk.rating(matter.session, matter.conversation.id) is None:
        matter.tell_customer("rating", {"ticket": matter.held.number})


def _closed(matter: Matter) -> None:
    _promise_kept(matter)
    matter.dealt_with()
    matter.move(ConversationMove.CLOSE)


def _promise_kept(matter: Matter) -> None:
    matter.held.due_at, matter.held.overdue_told = None, False
