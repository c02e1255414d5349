"""Errors that name a fact and the next step. HTTP codes are given to them in ``api/errors.py`` alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AskdeskError(Exception):
    """Anything that a person should read: ``message`` says what happened and what to do."""

    code = "error"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = dict(details or {})


class NotFound(AskdeskError):
    """The thing does not exist, or not for this person: both read the same."""

    code = "not_found"


class Invalid(AskdeskError):
    """The request cannot mean anything as it stands."""

    code = "invalid"


class Conflict(AskdeskError):
    """Someone changed the thing since it was read, or it exists already."""

    code = "conflict"


class NotAllowed(AskdeskError):
    """The person is known, the right is missing."""

    code = "not_allowed"


class SignInNeeded(AskdeskError):
    """Nobody is signed in, or the sign-in has ended."""

    code = "sign_in_needed"


class TooMany(AskdeskError):
    """A limit is reached; ``retry_after`` says in how many seconds to come back."""

    code = "too_many_requests"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message, {"retry_after": retry_after})
        self.retry_after = retry_after


class StorageUnavailable(AskdeskError):
    """The database cannot be written (full or read-only): nothing was stored."""

    code = "storage_unavailable"


class SettingsError(AskdeskError):
    """A setting is missing, unknown or wrong; the message names it and how to mend it."""

    code = "settings"


class ModelUnavailable(AskdeskError):
    """An embedder or chat model cannot be loaded or reached."""

    code = "model_unavailable"


class IndexBroken(AskdeskError):
    """An index is missing, damaged or out of reach; SQL still has everything that it takes to rebuild it."""

    code = "index_broken"


class DataDirLocked(AskdeskError):
    """Another process holds the data directory."""

    code = "data_dir_locked"
