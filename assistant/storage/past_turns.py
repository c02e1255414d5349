"""What customers asked and what became of it, turn by turn, with what people said of the answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from assistant.domain.answers import Outcome
from assistant.domain.conversations import MessageRole
from assistant.storage.conversations import customer, feedback_on, transcript
from assistant.storage.database import Session
from assistant.storage.tables import Conversation, Message

_SPOKEN = (MessageRole.CUSTOMER, MessageRole.ASSISTANT, MessageRole.AGENT)


@dataclass(frozen=True, slots=True)
class PastTurn:
    """One reply of the assistant to ``asked``, the customer's messages that it dealt with, after ``before``.

    ``helpful`` is what the customer said of it, if anything; ``handed_over`` whether a person was called right after.
    """

    reply: Message
    asked: tuple[Message, ...]
    before: tuple[Message, ...]
    locale: str
    customer_name: str
    verified: bool
    helpful: bool | None
    handed_over: bool


def newest(session: Session, limit: int = 0) -> list[PastTurn]:
    """The newest turns, oldest first; all of them for 0."""
    query = (
        select(Message.conversation_id)
        .where(Message.role == MessageRole.ASSISTANT, Message.withdrawn.is_(False))
        .order_by(Message.created_at.desc(), Message.id)
    )
    found: list[PastTurn] = []
    for conversation_id in dict.fromkeys(session.scalars(query)):
        found.extend(_turns(session, conversation_id))
        if limit and len(found) >= limit:
            break
    return sorted(found, key=lambda turn: turn.reply.created_at)[-limit:]


def _turns(session: Session, conversation_id: str) -> Iterator[PastTurn]:
    conversation = session.get_one(Conversation, conversation_id)
    messages = [one for one in transcript(session, conversation_id, public_only=True) if one.role in _SPOKEN]
    replies = [one for one in messages if one.role == MessageRole.ASSISTANT and one.outcome]
    opinions = feedback_on(session, [reply.id for reply in replies])
    person = customer(session, conversation.customer_id)
    covered = 0
    for place, reply in enumerate(replies):
        until = reply.reply_to or reply.seq
        asked = [one for one in messages if one.role == MessageRole.CUSTOMER and covered < one.seq <= until]
        covered = until
        if not asked:
            continue
        opinion = opinions.get(reply.id)
        yield PastTurn(
            reply=reply,
            asked=tuple(asked),
            before=tuple(one for one in messages if one.seq < asked[0].seq),
            locale=conversation.locale,
            customer_name=person.name,
            verified=person.verified,
            helpful=opinion.helpful if opinion else None,
            handed_over=_calls_a_person(replies[place + 1 : place + 2]),
        )


def _calls_a_person(following: Sequence[Message]) -> bool:
    return any(reply.outcome == Outcome.HANDED_OVER for reply in following)
