"""What could not be read, and why, in words for the person who asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.errors import AskdeskError


@dataclass(frozen=True, slots=True)
class Failure:
    """One file or row that was left out. ``path`` is relative to the folder or zip named by the person."""

    path: str
    reason: str


class Unreadable(AskdeskError):
    """A file, member or row cannot become an article; the message is the reason of its ``Failure``."""

    code = "unreadable"
