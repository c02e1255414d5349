"""Queries behind the desk's list, its views, and everything shown beside one ticket."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from assistant.domain.conversations import MessageRole
from assistant.domain.desk import Place, TicketFilter
from assistant.domain.tickets import UNSOLVED, TicketStatus
from assistant.storage.tables import Conversation, Customer, Message, Rating, Ticket, Trace, User
from assistant.storage.tables.base import now

_SPOKEN = (MessageRole.CUSTOMER, MessageRole.ASSISTANT, MessageRole.AGENT)
_SIMILAR_AMONG = 1000


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket with what a list shows of its surroundings."""

    ticket: Ticket
    conversation: Conversation
    customer: Customer
    assignee: User | None


def page(session: Session, wanted: TicketFilter, after: Place | None, limit: int) -> list[TicketRow]:
    """Tickets that pass the filter, the last changed first, those behind ``after``."""
    query = _filtered(_with_surroundings(), wanted)
    if after is not None:
        query = query.where(
            or_(
                Ticket.updated_at < after.updated_at,
                and_(Ticket.updated_at == after.updated_at, Ticket.number < after.number),
            )
        )
    query = query.order_by(Ticket.updated_at.desc(), Ticket.number.desc()).limit(limit)
    return [
        TicketRow(ticket, conversation, customer, user)
        for ticket, conversation, customer, user in session.execute(query)
    ]


def one(session: Session, number: int) -> TicketRow | None:
    """One ticket with its surroundings."""
    row = session.execute(_with_surroundings().where(Ticket.number == number)).first()
    return None if row is None else TicketRow(row[0], row[1], row[2], row[3])


def of_customer(session: Session, customer_id: str, but: int, limit: int) -> Sequence[Ticket]:
    """The customer's other tickets, newest first."""
    query = (
        select(Ticket)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .where(Conversation.customer_id == customer_id, Ticket.number != but)
        .order_by(Ticket.number.desc())
        .limit(limit)
    )
    return session.scalars(query).all()


def subjects(session: Session, but: int) -> Mapping[int, str]:
    """The subjects and tags of recent tickets by number, to find similar ones among."""
    query = (
        select(Ticket.number, Ticket.subject)
        .where(Ticket.number != but, Ticket.subject != "")
        .order_by(Ticket.number.desc())
        .limit(_SIMILAR_AMONG)
    )
    return {key: value for key, value in session.execute(query)}


def by_numbers(session: Session, numbers: Collection[int]) -> Mapping[int, Ticket]:
    """Tickets by number."""
    rows = session.scalars(select(Ticket).where(Ticket.number.in_(numbers)))
    return {row.number: row for row in rows}


def last_words(session: Session, conversation_ids: Collection[str]) -> Mapping[str, Message]:
    """The last thing said in each conversation by the customer, the assistant or an agent, by conversation."""
    newest = (
        select(Message.conversation_id, func.max(Message.seq).label("seq"))
        .where(Message.conversation_id.in_(conversation_ids), Message.role.in_(_SPOKEN), Message.withdrawn.is_(False))
        .group_by(Message.conversation_id)
        .subquery()
    )
    query = select(Message).join(
        newest, and_(Message.conversation_id == newest.c.conversation_id, Message.seq == newest.c.seq)
    )
    return {message.conversation_id: message for message in session.scalars(query)}


def counts(session: Session, filters: Mapping[str, TicketFilter]) -> dict[str, int]:
    """How many tickets pass each of the filters, in one query. The filters may not look for text."""
    sums = [func.sum(case((and_(True, *_conditions(wanted)), 1), else_=0)) for wanted in filters.values()]
    row = session.execute(select(*sums).select_from(Ticket)).one()
    return {name: int(count or 0) for name, count in zip(filters, row, strict=True)}


def groups(session: Session) -> list[str]:
    """The groups that tickets have been given, in alphabetical order."""
    return list(session.scalars(select(Ticket.group).where(Ticket.group != "").distinct().order_by(Ticket.group)))


def load(session: Session) -> Mapping[str, int]:
    """How many unsolved tickets each person has, by person."""
    query = (
        select(Ticket.assignee_id, func.count())
        .where(Ticket.status.in_(UNSOLVED), Ticket.assignee_id.is_not(None))
        .group_by(Ticket.assignee_id)
    )
    return {person or "": count for person, count in session.execute(query)}


def people(session: Session) -> Sequence[User]:
    """Everyone whose account is active."""
    return session.scalars(select(User).where(User.active).order_by(User.name, User.email)).all()


def conversations(
    session: Session, states: Collection[str], after: Place | None, limit: int
) -> list[tuple[Conversation, Customer, int | None]]:
    """Conversations, the last changed first, with their customer and the number of their newest ticket."""
    newest = (
        select(Ticket.conversation_id, func.max(Ticket.number).label("number"))
        .group_by(Ticket.conversation_id)
        .subquery()
    )
    query = (
        select(Conversation, Customer, newest.c.number)
        .join(Customer, Customer.id == Conversation.customer_id)
        .outerjoin(newest, newest.c.conversation_id == Conversation.id)
        .where(Conversation.last_seq > 0)
        .order_by(Conversation.updated_at.desc(), Conversation.id)
        .limit(limit)
    )
    if states:
        query = query.where(Conversation.state.in_(states))
    if after is not None:
        # Several conversations changed in the same microsecond are as good as impossible, so the time alone is a place.
        query = query.where(Conversation.updated_at < after.updated_at)
    return [(conversation, customer, number) for conversation, customer, number in session.execute(query)]


def traces(session: Session, message_ids: Collection[str]) -> Mapping[str, bytes]:
    """The compressed traces of these answers, by message."""
    query = select(Trace.message_id, Trace.data).where(Trace.message_id.in_(message_ids))
    return {key: value for key, value in session.execute(query)}


def trace(session: Session, message_id: str) -> bytes | None:
    """The compressed trace of one answer."""
    return session.scalar(select(Trace.data).where(Trace.message_id == message_id))


def ticket_of(session: Session, conversation_id: str) -> int | None:
    """The number of the conversation's newest ticket."""
    return session.scalar(select(func.max(Ticket.number)).where(Ticket.conversation_id == conversation_id))


def rating(session: Session, conversation_id: str) -> Rating | None:
    """How the customer rated the conversation."""
    return session.get(Rating, conversation_id)


def agent_waits(session: Session, conversation_id: str) -> bool:
    """Whether the last thing said in public came from an agent, so that the customer is next."""
    query = (
        select(Message.role)
        .where(
            Message.conversation_id == conversation_id,
            Message.role.in_(_SPOKEN),
            Message.withdrawn.is_(False),
            Message.visible_at.is_(None),
        )
        .order_by(Message.seq.desc())
        .limit(1)
    )
    return session.scalar(query) == MessageRole.AGENT


def unanswered_since(session: Session, conversation_id: str, seq: int) -> bool:
    """Whether the customer has written after message number ``seq``."""
    query = select(
        exists().where(
            Message.conversation_id == conversation_id, Message.role == MessageRole.CUSTOMER, Message.seq > seq
        )
    )
    return bool(session.scalar(query))


def agents_message_other_than(session: Session, conversation_id: str, message_id: str) -> bool:
    """Whether an agent has said anything else in public in this conversation."""
    query = select(
        exists().where(
            Message.conversation_id == conversation_id,
            Message.role == MessageRole.AGENT,
            Message.withdrawn.is_(False),
            Message.id != message_id,
        )
    )
    return bool(session.scalar(query))


def staff_message(session: Session, message_id: str) -> Message | None:
    """A message by id."""
    return session.get(Message, message_id)


def _with_surroundings() -> Select[Ticket, Conversation, Customer, User]:
    return (
        select(Ticket, Conversation, Customer, User)
        .join(Conversation, Conversation.id == Ticket.conversation_id)
        .join(Customer, Customer.id == Conversation.customer_id)
        .outerjoin(User, User.id == Ticket.assignee_id)
    )


def _filtered(
    query: Select[Ticket, Conversation, Customer, User], wanted: TicketFilter
) -> Select[Ticket, Conversation, Customer, User]:
    query = query.where(*_conditions(wanted))
    if wanted.customer:
        query = query.where(Conversation.customer_id == wanted.customer)
    return query.where(_says(wanted.text.strip())) if wanted.text.strip() else query


def group_sizes(session: Session) -> dict[str, int]:
    """How many unsolved tickets each group has; a group whose tickets are all solved is named with 0."""
    unsolved = func.sum(case((Ticket.status.in_(UNSOLVED), 1), else_=0))
    rows = session.execute(select(Ticket.group, unsolved).where(Ticket.group != "").group_by(Ticket.group)).all()
    return {name: int(count) for name, count in rows}


def regroup(session: Session, before: str, after: str) -> int:
    """How many tickets went from one group to another (empty: to none)."""
    moved = update(Ticket).where(Ticket.group == before).values(group=after, version=Ticket.version + 1)
    return len(session.execute(moved.returning(Ticket.number)).all())


def _conditions(wanted: TicketFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.statuses:
        conditions.append(Ticket.status.in_(wanted.statuses))
    if wanted.unassigned:
        conditions.append(Ticket.assignee_id.is_(None))
    elif wanted.assignee:
        conditions.append(Ticket.assignee_id == wanted.assignee)
    if wanted.group:
        conditions.append(Ticket.group == wanted.group)
    if wanted.groups:
        conditions.append(Ticket.group.in_(wanted.groups))
    if wanted.priority:
        conditions.append(Ticket.priority == wanted.priority)
    if wanted.late:
        conditions.append(and_(Ticket.status != TicketStatus.PENDING, or_(Ticket.due_at < now(), Ticket.overdue_told)))
    return conditions


def _says(text: str) -> ColumnElement[bool]:
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"

    def holds(column: ColumnElement[str]) -> ColumnElement[bool]:
        return column.ilike(pattern, escape="\\")

    found = or_(
        holds(Ticket.subject.expression),
        holds(Customer.name.expression),
        holds(Customer.email.expression),
        exists().where(
            Message.conversation_id == Ticket.conversation_id,
            Message.withdrawn.is_(False),
            holds(Message.text.expression),
        ),
    )
    number = text.removeprefix("#")
    return (
        or_(found, Ticket.number == int(number))
        if number.isascii() and number.isdigit() and len(number) < 10
        else found
    )
