"""An import: files read, compared with the last time, written in chunks, and followed until search finds them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from assistant.articles.imports import BatchOutcome, Imports, Incoming, KnownFile
from assistant.domain.articles import ArticleKey
from assistant.domain.indexing import BULK_ARTICLES
from assistant.domain.people import COMMAND_LINE, Actor
from ingest.failures import Failure
from ingest.parse import parse, twice
from ingest.parsed import ParsedArticle, Reading
from ingest.pictures import Pictures
from ingest.sources import SourceFile, walk

# Raise it when files are read differently, so that those which have not changed are read again.
READER_VERSION = 3


@dataclass(frozen=True, slots=True)
class Request:
    """What someone wants imported. Without a ``source`` name, the name of the first path.

    ``run`` names the import in the payload of its jobs; without one, a name is made up.
    """

    paths: Sequence[Path]
    source: str = ""
    draft: bool = False
    prune: bool = False
    actor: Actor = COMMAND_LINE
    run: str = ""

    @property
    def source_name(self) -> str:
        """The name of the source that the articles belong to."""
        return self.source.strip() or self.paths[0].resolve().name or str(self.paths[0])


@dataclass(slots=True)
class Report:
    """What an import did. ``conflicts`` and ``failed`` name paths and reasons; ``jobs`` are still to be waited for.

    ``warnings`` name articles that were imported without something, such as a picture. ``files`` counts those that were
    looked at, readable or not.
    """

    source: str
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    conflicts: list[Failure] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    warnings: list[Failure] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    files: int = 0

    def as_dict(self, told: Callable[[str], str] = str) -> dict[str, Any]:
        """The report as JSON holds it (without the jobs); ``told`` gives the reasons in the reader's language."""
        return {
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "removed": self.removed,
            "conflicts": [{"path": each.path, "reason": told(each.reason)} for each in self.conflicts],
            "failed": [{"path": each.path, "reason": told(each.reason)} for each in self.failed],
            "warnings": [{"path": each.path, "reason": told(each.reason)} for each in self.warnings],
        }

    def joined(self, other: Report) -> Report:
        """Both reports as one."""
        return Report(
            f"{self.source}, {other.source}",
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.removed + other.removed,
            self.conflicts + other.conflicts,
            self.failed + other.failed,
            self.warnings + other.warnings,
            self.jobs + other.jobs,
            self.files + other.files,
        )

    def count(self, outcome: BatchOutcome) -> None:
        """Add what became of a batch."""
        self.added += len(outcome.added)
        self.updated += len(outcome.updated)
        self.unchanged += len(outcome.unchanged)
        self.conflicts.extend(Failure(incoming.path, reason) for incoming, reason in outcome.conflicts)
        self.failed.extend(Failure(incoming.path, reason) for incoming, reason in outcome.failed)
        self.jobs.extend(outcome.jobs)


def run_import(
    imports: Imports, request: Request, reading: Reading, tell: Callable[[Report], None] = lambda _report: None
) -> Report:
    """What the import did to the articles; its ``jobs`` make them findable. A rerun of the same files changes nothing.

    Each file or row that cannot be read fails by itself. ``tell`` hears how far the reading has come.
    """
    return _Import(imports, request, reading, tell).run()


class _Import:
    """One run: what it has seen, and the articles and files that wait to be written."""

    def __init__(self, imports: Imports, request: Request, reading: Reading, tell: Callable[[Report], None]) -> None:
        self._imports = imports
        self._request = request
        self._reading = reading
        self._tell = tell
        self._report = Report(request.source_name)
        self._run = request.run or secrets.token_hex(8)
        self._seen: dict[ArticleKey, str] = {}
        self._paths: set[str] = set()
        self._broken: set[str] = set()
        self._batch: list[Incoming] = []
        self._files: dict[str, KnownFile] = {}

    def run(self) -> Report:
        self._source = self._imports.begin(self._report.source)
        self._known = self._imports.known_files(self._source)
        self._pictures = Pictures(self._imports.keep_picture, (file.pictures for file in self._known.values()))
        for found in walk(self._request.paths):
            if isinstance(found, Failure):
                self._report.failed.append(found)
                self._broken.add(found.path)
            else:
                self._file(found)
            self._report.files += 1
            self._tell(self._report)
        self._write()
        if self._request.prune:
            self._prune()
        return self._report

    def _file(self, source: SourceFile) -> None:
        self._paths.add(source.path)
        digest = self._digest(source)
        known = self._known.get(source.path)
        if known is not None and known.digest == digest and not any(key in self._seen for key in known.articles):
            album = self._pictures.of(source)
            if album.still(known.pictures):
                self._seen.update(dict.fromkeys(known.articles, source.path))
                self._report.unchanged += len(known.articles)
                self._report.warnings.extend(album.problems)
                return
        self._read(source, digest)
        if len(self._batch) >= BULK_ARTICLES:
            self._write()

    def _read(self, source: SourceFile, digest: str) -> None:
        keys: list[ArticleKey] = []
        album = self._pictures.of(source)
        for found in parse(source, replace(self._reading, picture=album.address)):
            problem = found if isinstance(found, Failure) else self._duplicate(found)
            if problem is not None:
                self._report.failed.append(problem)
                self._broken.add(source.path)
            elif isinstance(found, ParsedArticle):
                keys.append(found.key)
                self._seen[found.key] = found.path
                self._batch.append(self._incoming(found))
        if source.path not in self._broken:
            self._files[source.path] = KnownFile(digest, tuple(keys), album.shown)
            self._report.warnings.extend(album.problems)

    def _incoming(self, found: ParsedArticle) -> Incoming:
        publish = not self._request.draft
        return Incoming(found.key, found.content, found.status, found.digest, found.path, publish)

    def _duplicate(self, found: ParsedArticle) -> Failure | None:
        first = self._seen.get(found.key)
        if first is None:
            return None
        return Failure(found.path, twice(found, first))

    def _digest(self, source: SourceFile) -> str:
        options = (READER_VERSION, self._reading.locale, self._reading.default_locale, self._request.draft)
        return hashlib.sha256(f"{source.digest} {options!r}".encode()).hexdigest()

    def _write(self) -> None:
        batch, files = self._batch, self._files
        self._batch, self._files = [], {}
        for at in range(0, max(len(batch), 1), BULK_ARTICLES):
            some = batch[at : at + BULK_ARTICLES]
            # A file counts as read once all of its articles are written.
            complete = files if at + BULK_ARTICLES >= len(batch) else {}
            if some or complete:
                outcome = self._imports.apply(
                    self._source, some, complete, self._request.actor, self._run, self._report.source
                )
                self._report.count(outcome)
                for incoming, _ in outcome.failed:
                    files = {path: file for path, file in files.items() if incoming.key not in file.articles}
                self._tell(self._report)

    def _prune(self) -> None:
        roots = {path.name for path in self._request.paths} | {str(path) for path in self._request.paths}
        if roots & self._broken:
            return  # a folder or zip that cannot be read is not one that has become empty
        paths = self._paths | {path for path in self._known if self._is_broken(path)}
        # What a file gave that cannot be read now is kept: broken is not gone.
        before = (key for path in paths if self._is_broken(path) for key in self._articles(path))
        removed, queued = self._imports.prune(
            self._source, {*self._seen, *before}, paths, self._request.actor, self._run
        )
        self._report.removed = len(removed)
        self._report.jobs.extend(queued)

    def _is_broken(self, path: str) -> bool:
        return path in self._broken or any(path.startswith(f"{folder}/") for folder in self._broken)

    def _articles(self, path: str) -> Iterable[ArticleKey]:
        known = self._known.get(path)
        return known.articles if known else ()
