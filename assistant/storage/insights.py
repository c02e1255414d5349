"""Aggregates behind the page of numbers, grouped by quarter hours of UTC, of which every zone's days are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Integer, and_, case, cast, exists, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from assistant.domain.answers import Outcome
from assistant.domain.conversations import MessageRole
from assistant.storage.tables import Article, Conversation, Feedback, Message, Rating, Ticket

_QUARTER = 900


@dataclass(frozen=True, slots=True)
class Totals:
    """Conversations in which a customer said something, and what became of them."""

    conversations: int
    asked: int
    resolved: int
    handed_over: int


@dataclass(frozen=True, slots=True)
class TicketTimes:
    """When a ticket was opened, first answered and solved."""

    created_at: datetime
    first_response_at: datetime | None
    solved_at: datetime | None


def _quarter(session: Session, column: InstrumentedAttribute[datetime]) -> ColumnElement[int]:
    if session.get_bind().dialect.name == "sqlite":
        seconds: ColumnElement[int] = cast(func.strftime("%s", column), Integer)
    else:
        seconds = cast(func.floor(func.extract("epoch", column)), Integer)
    return seconds - seconds % literal(_QUARTER, literal_execute=True)


def _by_quarter(
    session: Session, column: InstrumentedAttribute[datetime], *conditions: ColumnElement[bool]
) -> dict[datetime, int]:
    quarter = _quarter(session, column)
    rows = session.execute(select(quarter, func.count()).where(*conditions).group_by(quarter))
    return {datetime.fromtimestamp(seconds, UTC): count for seconds, count in rows}


def _within(column: InstrumentedAttribute[datetime], begin: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(column >= begin, column < end)


def _said(role: MessageRole, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Message.conversation_id == Conversation.id, Message.role == role, *conditions)


def totals(session: Session, begin: datetime, end: datetime) -> Totals:
    """What became of the conversations begun between two moments.

    ``asked`` leaves out conversations in which the assistant had nothing to answer (small talk); ``resolved`` ones were
    answered, not handed over, and nobody said that an answer did not help.
    """
    answered = _said(MessageRole.ASSISTANT, Message.outcome == Outcome.ANSWERED)
    handed_over = exists().where(Ticket.conversation_id == Conversation.id)
    asked = _said(MessageRole.ASSISTANT, Message.outcome.is_not(None), Message.outcome != Outcome.DECLINED)
    unhelpful = exists().where(
        Message.conversation_id == Conversation.id, Feedback.message_id == Message.id, Feedback.helpful.is_(False)
    )
    facts = (
        select(
            case((asked | handed_over, 1), else_=0).label("asked"),
            case((answered & ~handed_over & ~unhelpful, 1), else_=0).label("resolved"),
            case((handed_over, 1), else_=0).label("handed_over"),
        )
        .where(_within(Conversation.created_at, begin, end), _said(MessageRole.CUSTOMER))
        .subquery()
    )
    row = session.execute(
        select(
            func.count(), func.sum(facts.c.asked), func.sum(facts.c.resolved), func.sum(facts.c.handed_over)
        ).select_from(facts)
    ).one()
    return Totals(*(int(value or 0) for value in row))


def conversations_by_quarter(session: Session, begin: datetime, end: datetime) -> dict[datetime, int]:
    """How many conversations began in each quarter of an hour."""
    return _by_quarter(
        session,
        Conversation.created_at,
        _within(Conversation.created_at, begin, end),
        _said(MessageRole.CUSTOMER),
    )


def tickets_by_quarter(session: Session, begin: datetime, end: datetime) -> dict[datetime, int]:
    """How many tickets were opened in each quarter of an hour."""
    return _by_quarter(session, Ticket.created_at, _within(Ticket.created_at, begin, end))


def outcomes(session: Session, begin: datetime, end: datetime) -> dict[str, int]:
    """How many of the assistant's messages had each outcome."""
    query = (
        select(Message.outcome, func.count())
        .where(
            _within(Message.created_at, begin, end),
            Message.role == MessageRole.ASSISTANT,
            Message.outcome.is_not(None),
        )
        .group_by(Message.outcome)
    )
    return {outcome or "": count for outcome, count in session.execute(query)}


def reasons(session: Session, begin: datetime, end: datetime) -> dict[str, int]:
    """Why tickets were opened, the most frequent reason first."""
    query = (
        select(Ticket.reason, func.count())
        .where(_within(Ticket.created_at, begin, end))
        .group_by(Ticket.reason)
        .order_by(func.count().desc(), Ticket.reason)
    )
    return {reason: count for reason, count in session.execute(query)}


def locales(session: Session, begin: datetime, end: datetime) -> dict[str, int]:
    """How many conversations were held in each language, the most frequent first."""
    query = (
        select(Conversation.locale, func.count())
        .where(_within(Conversation.created_at, begin, end), _said(MessageRole.CUSTOMER))
        .group_by(Conversation.locale)
        .order_by(func.count().desc(), Conversation.locale)
    )
    return {locale: count for locale, count in session.execute(query)}


def cited_articles(session: Session, begin: datetime, end: datetime) -> list[tuple[str, str, int]]:
    """The article quoted first in each answer, with its locale and how often."""
    article, locale = Message.citations[0]["article"].as_string(), Message.citations[0]["locale"].as_string()
    query = (
        select(article, locale, func.count())
        .where(_within(Message.created_at, begin, end), Message.outcome == Outcome.ANSWERED, article.is_not(None))
        .group_by(article, locale)
    )
    return [(str(one), str(tongue), count) for one, tongue, count in session.execute(query)]


def categories(session: Session) -> Mapping[tuple[str, str], str]:
    """The category of each article by id and locale."""
    rows = session.execute(select(Article.article_id, Article.locale, Article.category))
    return {(article, locale): category for article, locale, category in rows}


def scores(session: Session, begin: datetime, end: datetime) -> dict[int, int]:
    """How many ratings gave each score."""
    query = select(Rating.score, func.count()).where(_within(Rating.created_at, begin, end)).group_by(Rating.score)
    return {score: count for score, count in session.execute(query)}


def feedback(session: Session, begin: datetime, end: datetime) -> dict[bool, int]:
    """How many answers helped, and how many did not."""
    query = (
        select(Feedback.helpful, func.count())
        .where(_within(Feedback.created_at, begin, end))
        .group_by(Feedback.helpful)
    )
    return {bool(helpful): count for helpful, count in session.execute(query)}


def ticket_times(session: Session, begin: datetime, end: datetime) -> Sequence[TicketTimes]:
    """The times of the tickets opened between two moments."""
    query = select(Ticket.created_at, Ticket.first_response_at, Ticket.solved_at).where(
        _within(Ticket.created_at, begin, end)
    )
    return [TicketTimes(created, answered, solved) for created, answered, solved in session.execute(query)]
