"""What a ticket's brief needs to know of the conversation besides its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from assistant.domain.answers import NAMES_ARTICLES
from assistant.domain.conversations import MessageRole
from assistant.domain.tickets import Consulted
from assistant.storage import traces
from assistant.storage.tables import Article, Message, Trace

_NEAREST = 3

Key = tuple[str, str]


def consulted(session: Session, messages: Sequence[Message]) -> Consulted:
    """What the assistant drew on in these messages of a conversation, which are in order."""
    quoting = [message for message in messages if message.citations]
    answers = [message for message in quoting if message.role == MessageRole.ASSISTANT]
    nearest: list[Mapping[str, Any]] = []
    offered = False
    if not answers:
        trace = _last_search(session, messages)
        nearest, offered = _each_article_once(trace.get("candidates", ())), trace.get("reason") in NAMES_ARTICLES
    tried = answers[-1].citations if answers else nearest
    return Consulted(
        shown=_first_titles(answers),
        drafts=_first_titles(message for message in quoting if message.role == MessageRole.DRAFT),
        nearest=str(nearest[0]["title"]) if offered and nearest else "",
        category=_shared(_categories(session, [_key(source) for source in tried])),
    )


def _first_titles(messages: Iterable[Message]) -> tuple[tuple[str, str], ...]:
    return tuple((str(message.citations[0]["title"]), message.id) for message in messages)


def _last_search(session: Session, messages: Sequence[Message]) -> Mapping[str, Any]:
    """The trace of the newest reply for which articles were searched."""
    replies = [message.id for message in reversed(messages) if message.role == MessageRole.ASSISTANT]
    query = select(Trace.message_id, Trace.data).where(Trace.message_id.in_(replies))
    kept = {row.message_id: row.data for row in session.execute(query)}
    unpacked = (traces.unpacked(kept[reply]) for reply in replies if reply in kept)
    return next((trace for trace in unpacked if trace.get("candidates")), {})


def _each_article_once(candidates: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    first: dict[Key, Mapping[str, Any]] = {}
    for candidate in candidates:
        first.setdefault(_key(candidate), candidate)
    return list(first.values())[:_NEAREST]


def _key(source: Mapping[str, Any]) -> Key:
    return str(source.get("article", "")), str(source.get("locale", ""))


def _categories(session: Session, keys: Collection[Key]) -> list[str]:
    query = select(Article.article_id, Article.locale, Article.category)
    rows = session.execute(query.where(Article.article_id.in_({article for article, _ in keys})))
    known = {(row.article_id, row.locale): row.category for row in rows}
    return [known.get(key) or "" for key in keys]


def _shared(categories: Sequence[str]) -> str:
    """The category that more than half of them have, if any."""
    if not categories:
        return ""
    category, times = Counter(categories).most_common(1)[0]
    return category if 2 * times > len(categories) else ""
