"""Imports that a page starts: the files wait in SQL, the worker reads them, and anyone may look how far it has come."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Literal

from assistant.container import Container
from assistant.domain.indexing import IMPORT
from assistant.domain.people import Actor
from assistant.errors import AskdeskError, Invalid, NotFound
from assistant.storage import blobs, jobs
from assistant.storage.tables import Job
from assistant.wording import packed, unpacked
from assistant.worker import is_permanent
from ingest.failures import Failure
from ingest.pipeline import Report, Request, run_import
from ingest.reading import reading_of
from ingest.sources import count_files

State = Literal["waiting", "reading", "indexing", "done", "failed"]

_PART = 4 * 2**20
_KIND = blobs.UNKNOWN
# Ahead of the indexing that other imports have left to do, behind everything that someone waits for.
_LANE = jobs.BULK - 1
_SHOWN = 500
_RECENT = 20
_TOLD_EVERY = 0.6
SEVERAL = "uploads"
_NUMBERS = ("added", "updated", "unchanged", "removed")


@dataclass(frozen=True, slots=True)
class Options:
    """How files are to be imported."""

    source: str = ""
    locale: str = ""
    draft: bool = False
    prune: bool = False


@dataclass(frozen=True, slots=True)
class ImportView:
    """How an import stands.

    ``done`` of ``total`` files are read, and ``indexed`` of ``batches`` batches can be found. ``conflicts``, ``failed``
    and ``warnings`` name at most 500 each; ``counts`` has their number. ``problem`` says why nothing could be imported.
    """

    id: str
    state: State
    files: tuple[str, ...]
    source: str
    by: str
    draft: bool
    created_at: datetime
    finished_at: datetime | None
    done: int = 0
    total: int = 0
    batches: int = 0
    indexed: int = 0
    stuck: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    conflicts: tuple[Failure, ...] = ()
    failed: tuple[Failure, ...] = ()
    warnings: tuple[Failure, ...] = ()
    problem: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed")


class Uploads:
    """Starts imports and tells of them."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def start(self, files: Sequence[tuple[str, IO[bytes]]], options: Options, actor: Actor) -> ImportView:
        """A new import, which the worker begins in a moment. The files' names may name folders of their own.

        Raises:
            Invalid: there is no file, or the locale is no language tag.
        """
        if not files:
            raise Invalid("Name at least one file, folder or zip to import.")
        reading_of(self._container, options.locale)
        named = [{"name": safe_name(name), "parts": self._kept(file)} for name, file in files]
        payload = {
            "files": named,
            "source": options.source.strip() or (named[0]["name"] if len(named) == 1 else SEVERAL),
            "locale": options.locale,
            "draft": options.draft,
            "prune": options.prune,
            "actor": [actor.id, actor.label],
        }
        with self._container.database.write() as session:
            job = jobs.enqueue(session, IMPORT, payload, lane=_LANE)
            made = _view(job, (0, 0))
        self._container.worker.wake()
        return made

    def get(self, import_id: str) -> ImportView:
        """One import.

        Raises:
            NotFound: there is none, or it ended more than a week ago.
        """
        with self._container.database.read() as session:
            job = jobs.get(session, import_id)
            if job is None or job.kind != IMPORT:
                raise NotFound("There is no such import, or it ended more than a week ago.")
            return _view(job, jobs.left_of(session, [job.id])[job.id])

    def recent(self) -> list[ImportView]:
        """The imports of the last week, newest first."""
        with self._container.database.read() as session:
            found = jobs.newest(session, IMPORT, _RECENT)
            left = jobs.left_of(session, [job.id for job in found])
            return [_view(job, left[job.id]) for job in found]

    def _kept(self, file: IO[bytes]) -> list[str]:
        """The parts of a file as stored, each small enough not to hold up whoever else writes."""
        return [self._container.keep_file(part, _KIND) for part in iter(lambda: file.read(_PART), b"")]

    def run(self, context: Any, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Read the files of an import; what an earlier try has brought counts as brought by this one."""
        told = _Telling(context, self._before(context.job_id))
        try:
            with tempfile.TemporaryDirectory(prefix="askdesk-import-") as folder:
                paths = self._unpack(payload["files"], Path(folder))
                told.total = count_files(paths)
                report = self._read(paths, payload, context.job_id, told)
        except AskdeskError as error:
            if not is_permanent(error):
                raise
            self._forget(context.job_id, payload)
            return {"problem": packed(error.message)}
        self._forget(context.job_id, payload)
        return told.progress(report)

    def _read(self, paths: Sequence[Path], payload: Mapping[str, Any], run: str, told: _Telling) -> Report:
        actor = Actor(*payload["actor"])
        request = Request(paths, payload["source"], payload["draft"], payload["prune"], actor, run)
        return run_import(
            self._container.articles.imports, request, reading_of(self._container, payload["locale"]), told
        )

    def _before(self, job_id: str) -> Mapping[str, Any]:
        with self._container.database.read() as session:
            job = jobs.get(session, job_id)
            return dict(job.progress) if job else {}

    def _unpack(self, files: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
        for each in files:
            path = folder / each["name"]
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as written:
                for digest in each["parts"]:
                    part = self._container.blob(digest)
                    if part is None:
                        raise NotFound("The uploaded files are no longer here. Import them again.")
                    written.write(part.data)
        single = len(files) == 1 and "/" not in files[0]["name"]
        return [folder / files[0]["name"]] if single else [folder]

    def _forget(self, job_id: str, payload: Mapping[str, Any]) -> None:
        """Drop the files, but for parts that another import still waits to read."""
        with self._container.database.write() as session:
            others = [job.payload for job in jobs.waiting(session, IMPORT) if job.id != job_id]
            needed = {part for other in others for part in _parts(other)}
            blobs.drop(session, set(_parts(payload)) - needed, _KIND)


class _Telling:
    """Tells the job's progress as the import goes on."""

    def __init__(self, context: Any, before: Mapping[str, Any]) -> None:
        self._context = context
        self._before = before
        self._told_at = 0.0
        self.total = 0

    def __call__(self, report: Report) -> None:
        due = time.monotonic() - self._told_at >= _TOLD_EVERY
        if due:
            self._told_at = time.monotonic()
        self._context.breathe(self.progress(report) if due else None)

    def progress(self, report: Report) -> dict[str, Any]:
        earlier = self._before.get("counts", {})
        counts = {name: getattr(report, name) for name in _NUMBERS}
        for name in ("added", "updated", "removed"):
            counts[name] += earlier.get(name, 0)
        counts["unchanged"] = max(0, counts["unchanged"] - earlier.get("added", 0) - earlier.get("updated", 0))
        # A conflict is told once: the next try finds that nothing has changed since.
        conflicts = [*_failures(self._before.get("conflicts", ())), *report.conflicts]
        counts |= {"conflicts": len(conflicts), "failed": len(report.failed), "warnings": len(report.warnings)}
        return {
            "done": min(report.files, self.total),
            "total": self.total,
            "batches": len(report.jobs) + (self._before.get("batches", 0) if earlier else 0),
            "counts": counts,
            "conflicts": _packed(conflicts),
            "failed": _packed(report.failed),
            "warnings": _packed(report.warnings),
        }


def safe_name(name: str) -> str:
    """The name that a file came with, which may name folders of its own but leads nowhere else."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..")]
    return "/".join(re.sub(r"[\x00-\x1f:]", "_", part)[-200:] for part in parts) or "upload"


def _packed(failures: Sequence[Failure]) -> list[list[Any]]:
    return [[each.path, packed(each.reason)] for each in failures[:_SHOWN]]


def _failures(kept: Sequence[Sequence[Any]]) -> tuple[Failure, ...]:
    return tuple(Failure(path, unpacked(reason)) for path, reason in kept)


def _parts(payload: Mapping[str, Any]) -> Iterator[str]:
    for file in payload["files"]:
        yield from file["parts"]


def _view(job: Job, left: tuple[int, int]) -> ImportView:
    said, (waiting, stuck) = job.progress or {}, left
    batches = said.get("batches", 0)
    problem = unpacked(said["problem"]) if "problem" in said else job.error if job.state == "failed" else ""
    return ImportView(
        id=job.id,
        state=_state(job, waiting, bool(problem)),
        files=tuple(each["name"] for each in job.payload["files"]),
        source=job.payload["source"],
        by=job.payload["actor"][0] or job.payload["actor"][1],
        draft=job.payload["draft"],
        created_at=job.created_at,
        finished_at=job.finished_at,
        done=said.get("done", 0),
        total=said.get("total", 0),
        batches=batches,
        indexed=max(0, batches - waiting - stuck),
        stuck=stuck,
        counts=said.get("counts", {}),
        conflicts=_failures(said.get("conflicts", ())),
        failed=_failures(said.get("failed", ())),
        warnings=_failures(said.get("warnings", ())),
        problem=problem,
    )


def _state(job: Job, waiting: int, has_problem: bool) -> State:
    if job.state == "failed" or (job.state == "done" and has_problem):
        return "failed"
    if job.state == "done":
        return "indexing" if waiting else "done"
    return "reading" if job.state == "running" or job.progress else "waiting"
