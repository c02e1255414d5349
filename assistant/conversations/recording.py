"""The second transaction of a turn: store the reply if it still fits, and whatever follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assistant.conversations.promise import Promise, in_words, promise_at, reply_in_words
from assistant.domain.answers import Answer, Outcome, Utterance
from assistant.domain.conversations import ConversationState, MessageRole
from assistant.domain.installation import InstallationSettings
from assistant.domain.rollout import Channel
from assistant.flow.brief import subject, write_brief
from assistant.flow.request import Intent, TurnRequest
from assistant.flow.voice import say
from assistant.installation import Installation
from assistant.storage import conversations as storage
from assistant.storage import events, jobs, passages, tickets, traces
from assistant.storage.briefs import consulted
from assistant.storage.conversations import Said
from assistant.storage.database import Database, Session
from assistant.storage.presentation import public_message
from assistant.storage.queries import store
from assistant.storage.tables import Conversation, Message, Ticket, Trace
from assistant.storage.tables.base import now
from assistant.storage.tickets import NewTicket

__all__ = ["Recorded", "Snapshot", "open_ticket", "promise_at", "record", "snapshot"]

# How long a turn may take before the sweep believes that whoever ran it is gone.
LEASE_SECONDS = 90.0
_HISTORY = 24
_UNRESOLVED = ("not_found", "not_sure", "unknown_code", "unsolved", "still_unsolved", "ambiguous")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a turn answers: the messages up to ``seq`` in a conversation, as they stood when the lease was taken.

    ``last`` is the number of the newest message of any kind at that moment.
    """

    owner: str
    seq: int
    last: int
    request: TurnRequest
    conversation: str = ""
    channel: Channel = Channel.WIDGET


@dataclass(frozen=True, slots=True)
class Recorded:
    """The stored reply; or, when the answer no longer fits, what has to be answered instead, if anything."""

    reply: Message | None
    newer: Snapshot | None


def utterances(messages: Iterable[Message | Said]) -> tuple[Utterance, ...]:
    """What was said in public, as the flow reads it; what an agent said is part of it."""
    said = []
    for message in messages:
        if message.role in (MessageRole.CUSTOMER, MessageRole.ASSISTANT, MessageRole.AGENT):
            outcome = Outcome(message.outcome) if message.outcome else None
            said.append(Utterance(message.role, message.text, message.id, outcome))  # type: ignore[arg-type]
    return tuple(said)


def snapshot(session: Session, conversation: Conversation, owner: str) -> Snapshot:
    """The open messages of a conversation and what was said before them. The conversation must be locked."""
    messages = storage.said(session, conversation.id, _HISTORY)
    is_open = [m for m in messages if m.role == MessageRole.CUSTOMER and m.seq > conversation.answered_seq]
    first = is_open[0].seq if is_open else conversation.last_seq + 1
    name, verified = storage.speaker(session, conversation.customer_id)
    audiences = {"public", "signed-in"} if verified else {"public"}
    request = TurnRequest(
        text="\n".join(message.text for message in is_open),
        locale=conversation.locale,
        history=utterances([message for message in messages if message.seq < first]),
        message_ids=tuple(message.id for message in is_open),
        state=ConversationState(conversation.state),
        audiences=frozenset(audiences),
        names=(name,) if name else (),
    )
    seq = is_open[-1].seq if is_open else conversation.last_seq
    return Snapshot(owner, seq, conversation.last_seq, request, conversation.id, Channel.of(conversation.channel))


def record(
    database: Database, installation: Installation, conversation_id: str, answered: Snapshot, answer: Answer
) -> Recorded:
    """Store the reply, unless a person has taken over, the customer has said more, or a source is gone."""
    settings = installation.current()
    with database.write() as session:
        conversation = storage.locked(session, conversation_id)
        if conversation is None or conversation.lease_owner != answered.owner:
            return Recorded(None, None)
        if conversation.state == ConversationState.HUMAN or not conversation.pending:
            conversation.pending = False
            storage.drop_lease(conversation)
            return Recorded(None, None)
        holds = _sources_hold(session, answer)
        if conversation.last_seq != answered.last or not holds:
            newer = snapshot(session, conversation, answered.owner)
            if newer.seq != answered.seq or not holds:
                storage.take_lease(conversation, answered.owner, LEASE_SECONDS)
                return Recorded(None, newer)
        moment = now()
        text, ticket = answer.text, None
        if answer.outcome is Outcome.HANDED_OVER:
            ticket, text = _handed_over(session, conversation, answered, answer, promise_at(settings, moment), settings)
        reply = _stored(session, conversation, answered, answer, text)
        if ticket is not None:
            events.append(session, events.DESK, "handover", {"number": ticket.number}, public=False)
        return Recorded(reply, None)


def _sources_hold(session: Session, answer: Answer) -> bool:
    cited = (*answer.citations, *(answer.draft.citations if answer.draft else ()))
    said = {citation.passage: citation.revision for citation in cited if citation.kind == "passage"}
    # A title to tap is of an article too.
    said |= {choice.passage: choice.revision for choice in answer.choices if choice.passage}
    if not said:
        return True
    live = passages.published_revisions(session, list(said))
    return all(live.get(passage) == revision for passage, revision in said.items())


def _stored(session: Session, conversation: Conversation, answered: Snapshot, answer: Answer, text: str) -> Message:
    if answer.draft is not None:
        _keep(session, conversation, answered, answer.draft, answer.draft.text, MessageRole.DRAFT)
    # Before the reply, so that the conversation's row is written once.
    conversation.answered_seq, conversation.pending = answered.seq, False
    conversation.outcome = answer.outcome
    storage.drop_lease(conversation)
    reply = _keep(session, conversation, answered, answer, text, MessageRole.ASSISTANT)
    events.append(session, events.stream_of(conversation.id), "message", {"message": public_message(reply)})
    if answer.reason in _UNRESOLVED and answered.request.message_ids:
        asked = answered.request.message_ids[-1]
        jobs.enqueue(
            session,
            "gap",
            {"message": asked, "reason": str(answer.reason), "query": str(answer.trace.get("query", ""))},
            lane=jobs.BULK,
        )
    return reply


def _keep(
    session: Session, conversation: Conversation, answered: Snapshot, answer: Answer, text: str, role: MessageRole
) -> Message:
    """What the assistant says or drafts, stored with its trace."""
    said = Message(
        role=role,
        text=text,
        reply_to=answered.seq,
        outcome=answer.outcome,
        confidence=round(answer.confidence, 4),
        language=answer.language,
        citations=[citation.as_dict() for citation in answer.citations],
        choices=[choice.as_dict() for choice in answer.choices],
        written_by=answer.written_by,
    )
    storage.add_message(session, conversation, said)
    store(session, Trace(message_id=said.id, data=traces.packed(answer.trace)))
    return said


def _handed_over(
    session: Session,
    conversation: Conversation,
    answered: Snapshot,
    answer: Answer,
    promise: Promise,
    settings: InstallationSettings,
) -> tuple[Ticket, str]:
    ticket, made = open_ticket(session, conversation, answer.language, str(answer.reason), promise, answer.topic)
    due_at, moment = ticket.due_at or promise.due_at, now()
    if not made and answered.request.state is ConversationState.WAITING:
        # Where to call in danger is said each time; everything else was said when the ticket was opened.
        sentence = "already_waiting_safety" if answer.reason == Intent.SAFETY else "already_waiting"
        words = reply_in_words(settings, due_at, moment, answer.language)
        return ticket, say(sentence, answer.language, number=str(ticket.number), promise=words)
    words = in_words(settings, ticket.number, due_at, moment, answer.language)
    return ticket, say(f"handed_over_{answer.reason}", answer.language, promise=words)


def open_ticket(
    session: Session, conversation: Conversation, language: str, reason: str, promise: Promise, topic: str = ""
) -> tuple[Ticket, bool]:
    """The conversation's open ticket with its brief, and whether it was made now. The conversation must be locked.

    ``topic`` names what always goes to a person, where that is the reason.
    """
    messages = storage.recent(session, conversation.id, 200)
    said = utterances(messages)
    if not any(utterance.role == "customer" for utterance in said):
        said = (
            *said,
            Utterance("customer", say("no_words", language), messages[-1].id if messages else conversation.id),
        )
    brief = write_brief(said, language, reason, consulted(session, messages), topic)
    new = NewTicket(
        reason=reason,
        subject=subject(said, language),
        language=language,
        brief=brief.as_dict(),
        priority=brief.priority,
        group=brief.group,
        due_at=promise.due_at,
    )
    return tickets.open_for(session, conversation, new)
