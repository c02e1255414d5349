"""The files under the paths that a person named: folders, zips and single files, one at a time."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZipInfo

from assistant.wording import Worded
from ingest.archives import Archive, Limits
from ingest.failures import Failure, Unreadable
from ingest.surroundings import FolderSurroundings, Surroundings, ZipSurroundings

READABLE = frozenset({".md", ".markdown", ".html", ".htm", ".xhtml", ".txt", ".jsonl", ".csv", ".tsv", ".xlsx"})
_OFFICE = frozenset({".pdf", ".docx", ".doc", ".xls", ".odt", ".rtf", ".pptx"})
_LEFT_BEHIND = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_ZIP = ".zip"
_KEPT_IN_MEMORY = 8 * 2**20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One readable file. ``path`` is relative to the folder or zip named, with ``/``; a zip counts as a folder.

    ``inside`` is its path in the innermost folder or zip that holds it, ``beside`` what else that holds while the file
    is at hand; a file that was named by itself has nothing beside it.
    """

    path: str
    data: bytes
    inside: str = field(default="", compare=False)
    beside: Surroundings | None = field(default=None, compare=False, repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def ending(self) -> str:
        """The lower-case ending with its dot."""
        return PurePosixPath(self.path).suffix.lower()


_Found = SourceFile | Failure


def walk(paths: Iterable[Path], limits: Limits | None = None) -> Iterator[SourceFile | Failure]:
    """Every readable file under ``paths``, in order of name, and a ``Failure`` for each that cannot be read.

    Only one file is in memory at a time. Zips are read like folders, zips inside them too, but no deeper. Hidden files,
    leftovers of operating systems and files of other kinds (styles, pictures unless a file refers to them) are passed
    over; office documents and links that lead out of the folder are reported.
    """
    walker = _Walker(limits or Limits())
    for path in paths:
        yield from walker.named(path)


def count_files(paths: Iterable[Path]) -> int:
    """About how many files ``walk`` gives, without reading them; a zip inside a zip counts as one."""
    return sum(_count(path) for path in paths)


def _count(path: Path) -> int:
    if path.is_dir():
        inside = (Path(folder, name) for folder, _folders, names in os.walk(path) for name in names)
        return sum(_count(each) for each in inside if not _left_behind(each.relative_to(path).as_posix()))
    if path.suffix.lower() != _ZIP:
        return int(path.suffix.lower() in READABLE | _OFFICE)
    try:
        with path.open("rb") as file, closing(Archive(file, Limits())) as archive:
            names = [name for name, _info in archive.members() if not _left_behind(name)]
    except (OSError, Unreadable):
        return 1
    return sum(PurePosixPath(name).suffix.lower() in READABLE | _OFFICE | {_ZIP} for name in names)


class _Walker:
    """Follows folders and zips within the limits of one import."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def named(self, path: Path) -> Iterator[_Found]:
        """What one path of the command line gives."""
        if not path.exists():
            said = Worded("There is no file or folder %(path)s.", path=str(path))
            yield Failure(path.name or str(path), said)
        elif path.is_dir():
            yield from self._folder(path)
        elif path.suffix.lower() == _ZIP:
            yield from self._zip_file(path, path.name, "")
        elif path.suffix.lower() in READABLE:
            yield self._file(path, path.name)
        else:
            yield Failure(path.name, _unreadable_kind(path.suffix))

    def _folder(self, root: Path) -> Iterator[_Found]:
        inside, beside = root.resolve(), FolderSurroundings(root)
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted([*names, *(each for each in folders if Path(folder, each).is_symlink())]):
                path = Path(folder, name)
                shown = path.relative_to(root).as_posix()
                if not _left_behind(shown):
                    yield from self._entry(path, shown, inside, beside)
            folders[:] = [each for each in folders if not _left_behind(each) and not Path(folder, each).is_symlink()]

    def _entry(self, path: Path, shown: str, inside: Path, beside: Surroundings) -> Iterator[_Found]:
        if path.is_symlink() and not _resolves_into(path, inside):
            yield Failure(shown, "This is a link that leads out of the folder, and was not followed.")
        elif not path.is_file():
            return
        elif path.suffix.lower() == _ZIP:
            yield from self._zip_file(path, shown, shown + "/")
        elif path.suffix.lower() in READABLE:
            yield self._file(path, shown, beside)
        elif path.suffix.lower() in _OFFICE:
            yield Failure(shown, _unreadable_kind(path.suffix))

    def _file(self, path: Path, shown: str, beside: Surroundings | None = None) -> SourceFile | Failure:
        try:
            if path.stat().st_size > self._limits.total_bytes:
                most = self._limits.total_bytes // 2**20
                return Failure(shown, Worded("The file is larger than %(n)s MiB. Split it.", n=most))
            return SourceFile(shown, path.read_bytes(), shown, beside)
        except OSError as error:
            return Failure(shown, _cannot_be_read(error))

    def _zip_file(self, path: Path, shown: str, prefix: str) -> Iterator[_Found]:
        try:
            with path.open("rb") as file:
                yield from self._zip(file, shown, prefix)
        except OSError as error:
            yield Failure(shown, _cannot_be_read(error))

    def _zip(self, file: IO[bytes], shown: str, prefix: str, outer: Archive | None = None) -> Iterator[_Found]:
        try:
            archive = Archive(file, self._limits, outer)
        except Unreadable as reason:
            yield Failure(shown, reason.message)
            return
        beside = ZipSurroundings(archive)
        try:
            for name, info in archive.members():
                yield from self._zip_member(archive, name, info, prefix, beside)
        finally:
            archive.close()

    def _zip_member(
        self, archive: Archive, name: str, info: ZipInfo, prefix: str, beside: Surroundings
    ) -> Iterator[_Found]:
        kind = PurePosixPath(name).suffix.lower()
        if _left_behind(name):
            return
        try:
            archive.check(name, info)
            if kind == _ZIP:
                yield from self._inner_zip(archive, info, prefix + name)
            elif kind in READABLE:
                yield SourceFile(prefix + name, archive.read(info), name, beside)
            elif kind in _OFFICE:
                yield Failure(prefix + name, _unreadable_kind(kind))
        except Unreadable as reason:
            yield Failure(prefix + name, reason.message)

    def _inner_zip(self, archive: Archive, info: ZipInfo, shown: str) -> Iterator[_Found]:
        if archive.inner:
            raise Unreadable("This zip is inside a zip inside a zip. Unpack it first.")
        with tempfile.SpooledTemporaryFile(max_size=_KEPT_IN_MEMORY) as unpacked:
            archive.unpack(info, unpacked)
            unpacked.seek(0)
            yield from self._zip(unpacked, shown, shown + "/", archive)


def _left_behind(path: str) -> bool:
    """Whether a path is hidden, or something that an operating system or office program left there."""
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    return any(part.startswith((".", "~$")) or part.lower() in _LEFT_BEHIND for part in parts)


def _resolves_into(path: Path, folder: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(folder)
    except (OSError, RuntimeError):
        return False


def _unreadable_kind(ending: str) -> str:
    kind = ending.lower().lstrip(".") or "such"
    return Worded(
        "Askdesk does not read %(kind)s files. It reads Markdown, HTML, text, JSONL, CSV, XLSX, and zips of these.",
        kind=kind,
    )


def _cannot_be_read(error: OSError) -> str:
    return Worded("The file cannot be read: %(problem)s.", problem=error.strerror or str(error))
