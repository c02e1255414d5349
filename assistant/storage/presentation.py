"""Messages as their readers see them: one shape for customers, another for the desk.

Notes and drafts exist only in the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any

from assistant.domain.conversations import INTERNAL, MessageRole
from assistant.domain.markdown import render_markdown
from assistant.storage.tables import Feedback, Message

_URL = re.compile(r"https?://[^\s<>`\"'，。；）】」]+[^\s<>`\"'.,;:!?)，。；！？）】」]")
_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")
_LINKED = re.compile(rf"(?<![`<(\[\w])({_URL.pattern})")


def public_message(row: Message) -> dict[str, Any]:
    """A message as a customer may receive it.

    Raises:
        ValueError: the message is internal or was withdrawn: showing it would be a leak, the caller filters first.
    """
    if row.role in INTERNAL or row.withdrawn:
        raise ValueError("an internal note, a draft or a withdrawn message is not for customers")
    shown: dict[str, Any] = {
        "id": row.id,
        "seq": row.seq,
        "role": row.role,
        "author": row.author,
        "text": row.text,
        "html": message_html(row.role, row.text),
        "created_at": _time(row.visible_at or row.created_at),
    }
    if row.role == MessageRole.CUSTOMER:
        shown["client_id"] = row.client_id
    if row.role == MessageRole.ASSISTANT:
        shown |= {
            "outcome": row.outcome,
            "confidence": row.confidence,
            "citations": list(row.citations),
            "choices": list(row.choices),
            "written_by": row.written_by,
        }
    return shown


def public_messages(rows: Iterable[Message]) -> list[dict[str, Any]]:
    """The messages of a transcript that a customer may receive, in their order."""
    return [public_message(row) for row in rows if row.role not in INTERNAL and not row.withdrawn]


def staff_message(row: Message, feedback: Feedback | None = None) -> dict[str, Any]:
    """A message, note or draft as the desk sees it: its author's id, when it becomes visible, and what it was worth.

    ``visible_at`` is set while a reply can still be withdrawn, and afterwards tells when it was delivered.
    """
    return {
        "id": row.id,
        "seq": row.seq,
        "role": row.role,
        "author": row.author,
        "author_id": row.author_id,
        "text": row.text,
        "html": message_html(row.role, row.text),
        "created_at": _time(row.created_at),
        "visible_at": _time(row.visible_at) if row.visible_at else None,
        "withdrawn": row.withdrawn,
        "reply_to": row.reply_to,
        "language": row.language,
        "outcome": row.outcome,
        "confidence": row.confidence,
        "citations": list(row.citations),
        "choices": list(row.choices),
        "written_by": row.written_by,
        "feedback": None if feedback is None else _opinion(feedback),
    }


@lru_cache(maxsize=512)
def message_html(role: str, text: str) -> str:
    """Safe HTML of a message: Markdown for whoever works here, plain text with links for a customer."""
    if role == MessageRole.CUSTOMER:
        return _plain_html(text)
    if role in (MessageRole.ASSISTANT, MessageRole.DRAFT):
        return render_markdown(text)
    # People at the desk type in a chat box: a line break is meant, and a pasted address is a link.
    return render_markdown(_LINE_END.sub("  \n", _LINKED.sub(r"<\1>", text)))


def _plain_html(text: str) -> str:
    paragraphs = re.split(r"\n{2,}", text.strip())
    return "".join(f"<p>{_with_links(paragraph)}</p>" for paragraph in paragraphs)


def _with_links(text: str) -> str:
    pieces, end = [], 0
    for match in _URL.finditer(text):
        address = escape(match[0])
        pieces.append(escape(text[end : match.start()]))
        pieces.append(f'<a href="{address}" rel="nofollow noopener">{address}</a>')
        end = match.end()
    return "".join([*pieces, escape(text[end:])]).replace("\n", "<br>")


def _opinion(row: Feedback) -> dict[str, Any]:
    return {"helpful": row.helpful, "reasons": list(row.reasons), "comment": row.comment}


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
