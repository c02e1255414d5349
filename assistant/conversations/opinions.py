"""What customers thought: of one answer, and of the whole conversation."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.channels.live import Live
from assistant.conversations.access import authorised
from assistant.domain.conversations import MessageRole
from assistant.errors import NotFound
from assistant.storage import conversations as storage
from assistant.storage import events, jobs, tickets
from assistant.storage.database import Database, Session
from assistant.storage.tables import Conversation, Feedback, Rating

REASONS = ("wrong", "not_my_question", "incomplete", "outdated", "unclear")


class Opinions:
    """Keeps feedback and ratings; the newest word of a customer counts."""

    def __init__(self, database: Database, live: Live) -> None:
        self._database = database
        self._live = live

    def on_answer(
        self,
        conversation_id: str,
        token: str,
        message_id: str,
        helpful: bool,
        reasons: Sequence[str] = (),
        comment: str = "",
    ) -> None:
        """Keep whether an answer helped; what did not help becomes an unresolved question for the editors.

        Raises:
            NotFound: not this customer's conversation, or no answer of the assistant in it.
        """
        with self._database.write() as session:
            authorised(session, conversation_id, token)
            message = storage.message(session, conversation_id, message_id)
            if message is None or message.role != MessageRole.ASSISTANT:
                raise NotFound("There is no such answer in this conversation.")
            known = [reason for reason in reasons if reason in REASONS]
            before = storage.feedback_on(session, [message_id]).get(message_id)
            complained = before is not None and not before.helpful
            session.merge(Feedback(message_id=message_id, helpful=helpful, reasons=known, comment=comment))
            if not helpful and not complained:
                asked = storage.question_answered_by(session, message)
                if asked is not None:
                    payload = {"message": asked.id, "reason": "unhelpful", "query": asked.text}
                    jobs.enqueue(session, "gap", payload, lane=jobs.BULK)
        self._live.notify((events.DESK,))

    def on_conversation(self, conversation_id: str, token: str, score: int, comment: str = "") -> None:
        """Keep a rating from 1 to 5. Raises ``NotFound`` for a conversation that is not this customer's."""
        with self._database.write() as session:
            self._rate(session, authorised(session, conversation_id, token), score, comment)
        self._live.notify((events.DESK,))

    def on_ticket(self, secret: str, score: int, comment: str = "") -> None:
        """Keep a rating given on the ticket page. Raises ``NotFound`` for a link that leads nowhere."""
        with self._database.write() as session:
            ticket = tickets.by_link(session, secret)
            conversation = storage.by_id(session, ticket.conversation_id) if ticket else None
            if conversation is None:
                raise NotFound("This link leads to no ticket, or it was withdrawn.")
            self._rate(session, conversation, score, comment)
        self._live.notify((events.DESK,))

    @staticmethod
    def _rate(session: Session, conversation: Conversation, score: int, comment: str) -> None:
        before = storage.rating_of(session, conversation.id)
        told = before is not None and before.score == score
        session.merge(Rating(conversation_id=conversation.id, score=score, comment=comment))
        ticket = tickets.newest_of(session, conversation.id)
        if ticket is not None and not told:
            facts = {"number": ticket.number, "score": score}
            events.append(session, events.DESK, "ticket.rated", facts, public=False)
