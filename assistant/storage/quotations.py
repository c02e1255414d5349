"""Which articles and passages answers have quoted, and what customers had asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from assistant.storage.tables import Feedback, Message

# How many of the newest answers are looked through.
ANSWERS_SEEN = 20_000


class Quotation(NamedTuple):
    """A customer's question, and a passage that the answer to it quoted. ``helpful`` is None where nobody said."""

    passage: str
    question: str
    conversation: str
    message: str
    at: datetime
    helpful: bool | None


def quotations(
    session: Session, article: str, locales: Collection[str], since: datetime, limit: int = 60
) -> list[Quotation]:
    """Questions whose answers quoted this article in one of these locales, the newest first."""
    found: list[Quotation] = []
    for row in _answers(session, since):
        for citation in row.citations:
            if citation.get("article") == article and citation.get("locale") in locales:
                said = Quotation(
                    str(citation.get("passage", "")),
                    row.question,
                    row.conversation_id,
                    row.id,
                    row.created_at,
                    row.helpful,
                )
                found.append(said)
        if len(found) >= limit:
            break
    return found


def quoted_counts(session: Session, since: datetime) -> Counter[tuple[str, str]]:
    """How many answers quoted each article (id, locale)."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in _answers(session, since):
        counts.update({(str(each.get("article")), str(each.get("locale"))) for each in row.citations})
    return counts


def _answers(session: Session, since: datetime) -> Iterator[Row[Any]]:
    question = aliased(Message)
    query = (
        select(
            Message.id,
            Message.conversation_id,
            Message.citations,
            Message.created_at,
            question.text.label("question"),
            Feedback.helpful,
        )
        .join(question, (question.conversation_id == Message.conversation_id) & (question.seq == Message.reply_to))
        .outerjoin(Feedback, Feedback.message_id == Message.id)
        .where(
            Message.role == "assistant",
            Message.outcome == "answered",
            Message.withdrawn.is_(False),
            Message.created_at >= since,
        )
        .order_by(Message.created_at.desc())
        .limit(ANSWERS_SEEN)
        .execution_options(yield_per=200)
    )
    return iter(session.execute(query))
