"""Pictures that imported articles refer to: read where they lie, stored by their content, shown at ``/files/``."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from assistant.domain.pictures import LARGEST_IMAGE, STORED_AT, as_image
from assistant.errors import AskdeskError, Invalid
from assistant.wording import Worded
from ingest.failures import Failure, Unreadable
from ingest.sources import SourceFile
from ingest.surroundings import ABSENT, OUTSIDE, Surroundings

# On the web, written out in the text, or stored already.
_ELSEWHERE = re.compile(r"(?:https?|data|blob|cid):|//|/files/|#|\?|$", re.IGNORECASE)

Shown = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it was found: SHA-256 of it and of what is stored of it, "" where there is none; what was wrong."""

    found: str
    stored: str = ""
    problem: str = ""


class Pictures:
    """The pictures of one import. Each is read once, whoever refers to it, and one at a time."""

    def __init__(self, keep: Callable[[bytes, str], str], known: Iterable[Shown]) -> None:
        """``keep`` stores bytes of a type and gives their hash; ``known`` are those of earlier imports."""
        self._keep = keep
        self._stored = {found: stored for shown in known for found, stored in shown.values() if stored}
        self._seen: dict[tuple[Surroundings, str], Picture] = {}

    def of(self, source: SourceFile) -> Album:
        """The pictures of one file, none so far."""
        return Album(self, source)

    def find(self, source: SourceFile, target: str) -> Picture:
        """The picture that a file refers to by ``target``."""
        try:
            path = _located(source.inside, target)
            if source.beside is None:
                raise Unreadable(ABSENT)
        except Unreadable as reason:
            return Picture("", problem=_said(reason))
        seen = self._seen.get((source.beside, path))
        if seen is None:
            seen = self._seen[source.beside, path] = self._read(source.beside, path)
        return seen

    def _read(self, beside: Surroundings, path: str) -> Picture:
        try:
            data = beside.begin(path, LARGEST_IMAGE + 1)
        except Unreadable as reason:
            return Picture("", problem=_said(reason))
        found = hashlib.sha256(data).hexdigest()
        try:
            stored = self._stored.get(found) or self._keep(*as_image(data))
        except Invalid as error:
            return Picture(found, problem=_said(error))
        self._stored[found] = stored
        return Picture(found, stored)


class Album:
    """The pictures that one file refers to: ``shown`` by what it calls them, and what is wrong with the others."""

    def __init__(self, pictures: Pictures, source: SourceFile) -> None:
        self._pictures = pictures
        self._source = source
        self.shown: dict[str, tuple[str, str]] = {}
        self.problems: list[Failure] = []

    def address(self, target: str) -> str:
        """Where a picture is shown; "" for one that lies elsewhere or cannot be."""
        if _ELSEWHERE.match(target):
            return ""
        if target not in self.shown:
            picture = self._pictures.find(self._source, target)
            self.shown[target] = (picture.found, picture.stored)
            if picture.problem:
                named = Worded("%(picture)s is not shown. %(problem)s", picture=target, problem=picture.problem)
                self.problems.append(Failure(self._source.path, named))
        stored = self.shown[target][1]
        return f"{STORED_AT}{stored}" if stored else ""

    def still(self, before: Shown) -> bool:
        """Whether the pictures that the file referred to ``before`` are what they were then."""
        for target in before:
            self.address(target)
        return self.shown == before


def _said(error: AskdeskError) -> Worded:
    """What an error says, fit to stand within another sentence in any language."""
    return error.message if isinstance(error.message, Worded) else Worded(error.message)


def _located(inside: str, target: str) -> str:
    """The path, within what holds the file at ``inside``, of what that file calls ``target``.

    Raises:
        Unreadable: it leads out.
    """
    try:
        parts = urlsplit(target)
    except ValueError as error:
        raise Unreadable(OUTSIDE) from error
    named = unquote(parts.path).replace("\\", "/")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(inside), named))
    if parts.scheme or named.startswith("/") or path == ".." or path.startswith("../") or "\x00" in path:
        raise Unreadable(OUTSIDE)
    return path
