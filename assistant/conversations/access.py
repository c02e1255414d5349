"""Who may see a conversation: whoever holds its token. A foreign id reads as if it did not exist."""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
from datetime import timedelta

from assistant.errors import NotFound, TooMany
from assistant.storage import conversations as storage
from assistant.storage.database import Session
from assistant.storage.tables import Conversation
from assistant.storage.tables.base import now

MESSAGES_A_MINUTE = 20


def new_token() -> str:
    """An unguessable conversation token of 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def authorised(session: Session, conversation_id: str, token: str, *, lock: bool = False) -> Conversation:
    """The conversation whose token this is, its row locked if asked.

    Raises:
        NotFound: no such conversation, another's, or one whose token has expired.
    """
    find = storage.locked if lock else storage.by_id
    conversation = find(session, conversation_id)
    if (
        conversation is None
        or not hmac.compare_digest(conversation.token_hash, hashed(token))
        or conversation.token_expires_at < now()
    ):
        raise NotFound("There is no such conversation, or it has expired. Start a new one.")
    return conversation


def not_too_many(session: Session, conversation: Conversation) -> None:
    """Raise ``TooMany`` when the customer has sent as many messages in a minute as anyone may."""
    if conversation.last_seq < MESSAGES_A_MINUTE:
        # Most conversations are shorter than that, and need not be asked about.
        return
    oldest = storage.sent_last(session, conversation.id, MESSAGES_A_MINUTE)
    left = timedelta(minutes=1) - (now() - oldest) if oldest else timedelta(0)
    if left > timedelta(0):
        seconds = math.ceil(left.total_seconds())
        raise TooMany("That was a lot of messages in one minute. Wait a moment, then send this again.", seconds)
