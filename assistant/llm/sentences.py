"""Whole sentences out of a reply that arrives in pieces."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from assistant.domain.sentences import sentences

_CITATIONS = re.compile(r"\s*(?:\[\d{1,2}\]\s*)+")
_OPEN_CITATION = re.compile(r"\s*(?:\[\d{1,2}\]\s*)*\[?\d{0,2}$")
_THOUGHT_OPENS = "<think>"
_THOUGHT_CLOSES = "</think>"


class SentenceStream:
    """Cuts a growing text into sentences. Joined, they are the text again: each keeps the white space behind it.

    Citations behind a full stop belong to the sentence before them. A line ends a sentence.
    """

    def __init__(self) -> None:
        self._line = ""

    def feed(self, text: str) -> Iterator[str]:
        """The sentences that ``text`` completes."""
        self._line += text
        while "\n" in self._line:
            line, self._line = self._line.split("\n", 1)
            yield from _with_break(_cut(line))
        # The last part may go on, and so may citations of the one before it.
        parts = _cut(self._line)
        if len(parts) > 1 and not _OPEN_CITATION.fullmatch(parts[-1]):
            yield from parts[:-1]
            self._line = parts[-1]

    def rest(self) -> str:
        """What is left once the text is over."""
        rest, self._line = self._line, ""
        return rest


def _with_break(parts: list[str]) -> Iterator[str]:
    if not parts:
        yield "\n"
        return
    yield from parts[:-1]
    yield parts[-1] + "\n"


def _cut(line: str) -> list[str]:
    """The parts of one line, which they are again when joined."""
    starts = [0]
    at = 0
    for piece in sentences(line):
        found = line.find(piece, at)
        if found < 0:
            continue
        citations = _CITATIONS.match(piece)
        begin = found + (citations.end() if citations and found else 0)
        if 0 < begin < found + len(piece):
            starts.append(begin)
        at = found + len(piece)
    bounds = [*dict.fromkeys(starts), len(line)]
    parts = [line[begin:end] for begin, end in itertools.pairwise(bounds) if end > begin]
    return _citations_back(parts)


def _citations_back(parts: list[str]) -> list[str]:
    joined: list[str] = []
    for part in parts:
        if joined and (not part.strip() or _CITATIONS.fullmatch(part)):
            joined[-1] += part
        else:
            joined.append(part)
    return joined


class ThoughtFilter:
    """Removes what reasoning models think aloud before they answer (``<think>…</think>``)."""

    def __init__(self) -> None:
        self._held = ""
        self._thinking: bool | None = None

    def feed(self, text: str) -> str:
        """The part of ``text`` that is the reply."""
        if self._thinking is False:
            return text
        self._held += text
        start = self._held.lstrip()
        if self._thinking is None:
            if len(start) < len(_THOUGHT_OPENS) and _THOUGHT_OPENS.startswith(start):
                return ""
            self._thinking = start.startswith(_THOUGHT_OPENS)
        if self._thinking:
            _, closed, after = self._held.partition(_THOUGHT_CLOSES)
            if not closed:
                return ""
            self._thinking, self._held = None, after.lstrip()
            return self.feed("")
        held, self._held = self._held, ""
        return held
