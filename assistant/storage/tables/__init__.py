"""All tables. Importing this package fills ``Base.metadata``."""

from assistant.storage.tables.accounts import ApiToken, LoginAttempt, User, UserSession
from assistant.storage.tables.articles import (
    Article,
    Embedding,
    IndexChange,
    PassagePhrasing,
    PassageRow,
    Revision,
    Source,
    SourceFile,
)
from assistant.storage.tables.base import Base
from assistant.storage.tables.conversations import (
    Conversation,
    Customer,
    Event,
    Feedback,
    Message,
    Rating,
    Stream,
    Trace,
)
from assistant.storage.tables.desk import Gap, GapQuestion, Macro, Ticket, TicketChange
from assistant.storage.tables.guidance import GuidanceRevision
from assistant.storage.tables.operations import AuditEntry, Blob, Job, StoredSetting, TokenDay
from assistant.storage.tables.trials import Trial, TrialQuestion

__all__ = [
    "ApiToken",
    "Article",
    "AuditEntry",
    "Base",
    "Blob",
    "Conversation",
    "Customer",
    "Embedding",
    "Event",
    "Feedback",
    "Gap",
    "GapQuestion",
    "GuidanceRevision",
    "IndexChange",
    "Job",
    "LoginAttempt",
    "Macro",
    "Message",
    "PassagePhrasing",
    "PassageRow",
    "Rating",
    "Revision",
    "Source",
    "SourceFile",
    "StoredSetting",
    "Stream",
    "Ticket",
    "TicketChange",
    "TokenDay",
    "Trace",
    "Trial",
    "TrialQuestion",
    "User",
    "UserSession",
]
