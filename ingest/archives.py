"""Members of a zip, read one at a time and never trusted."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import IO

from assistant.wording import Worded
from ingest.encoding import decode_gb18030
from ingest.failures import Unreadable

_MEBIBYTE = 1024 * 1024
_CHUNK = 256 * 1024
_DRIVE = re.compile(r"[A-Za-z]:")
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an import may unpack: bytes of one file, of a whole zip, its members, and how well a file may pack."""

    file_bytes: int = 64 * _MEBIBYTE
    total_bytes: int = 1024 * _MEBIBYTE
    members: int = 100_000
    ratio: int = 200
    ratio_from_bytes: int = _MEBIBYTE


class Archive:
    """An open zip and what has been unpacked from it so far; an inner one counts against its outer one too."""

    def __init__(self, file: IO[bytes], limits: Limits, outer: Archive | None = None) -> None:
        """Read the list of members. Raises ``Unreadable`` when there is none or it is too long."""
        self._outer = outer
        try:
            self._zip = zipfile.ZipFile(file)
        except _READ_ERRORS as error:
            raise Unreadable(Worded("The zip file is damaged: %(problem)s.", problem=_said(error))) from error
        if len(self._zip.infolist()) > limits.members:
            self._zip.close()
            raise Unreadable(Worded("The zip file has more than %(n)s members. Split it.", n=limits.members))
        self._limits = limits
        self._unpacked: Counter[str] = Counter()

    @property
    def inner(self) -> bool:
        """Whether it lies inside another zip."""
        return self._outer is not None

    def close(self) -> None:
        """Close the zip (not the file it was opened on)."""
        self._zip.close()

    def members(self) -> Iterator[tuple[str, zipfile.ZipInfo]]:
        """Each file's name (``/`` between folders, in its own script) and entry, in order of name."""
        named = [(_name(info), info) for info in self._zip.infolist() if not info.is_dir()]
        yield from sorted(named, key=lambda pair: pair[0])

    def find(self, path: str) -> tuple[str, zipfile.ZipInfo] | None:
        """The name and entry of the file at a path inside the zip."""
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[str, tuple[str, zipfile.ZipInfo]]:
        return {posixpath.normpath(name): (name, info) for name, info in self.members()}

    def check(self, name: str, info: zipfile.ZipInfo) -> None:
        """Raises ``Unreadable`` for a member that may not even be opened."""
        if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/") or "\x00" in name:
            raise Unreadable("The name inside the zip leads out of the zip's own folder.")
        if info.flag_bits & _ENCRYPTED:
            raise Unreadable("The file is encrypted. Pack it without a password.")

    def read(self, info: zipfile.ZipInfo) -> bytes:
        """A member's bytes. Raises ``Unreadable`` when it is damaged or unpacks to more than the limits allow."""
        unpacked = io.BytesIO()
        self.unpack(info, unpacked)
        return unpacked.getvalue()

    def begin(self, info: zipfile.ZipInfo, most: int) -> bytes:
        """The first ``most`` bytes of a member that a file refers to, with the same limits as ``read``.

        What is read in this way counts by itself, so that no article fails because of its neighbours' pictures.
        """
        try:
            with self._zip.open(info) as member:
                data = member.read(most)
        except _READ_ERRORS as error:
            raise _damaged(error) from error
        self._count(len(data), "referred to")
        self._refuse_bomb(info, len(data))
        return data

    def unpack(self, info: zipfile.ZipInfo, target: IO[bytes]) -> None:
        """Write a member's bytes to ``target``, with the same limits as ``read``."""
        size = 0
        try:
            with self._zip.open(info) as member:
                while chunk := member.read(_CHUNK):
                    size += len(chunk)
                    self._count(len(chunk))
                    self._refuse_bomb(info, size)
                    target.write(chunk)
        except _READ_ERRORS as error:
            raise _damaged(error) from error

    def _refuse_bomb(self, info: zipfile.ZipInfo, size: int) -> None:
        limits = self._limits
        if size > limits.file_bytes:
            raise Unreadable(Worded("The file unpacks to more than %(n)s MiB.", n=limits.file_bytes // _MEBIBYTE))
        if size > limits.ratio_from_bytes and size > limits.ratio * max(info.compress_size, 1):
            said = "The file unpacks to more than %(n)s times its packed size, like a zip bomb."
            raise Unreadable(Worded(said, n=limits.ratio))

    def _count(self, size: int, what: str = "listed") -> None:
        self._unpacked[what] += size
        if self._unpacked[what] > self._limits.total_bytes:
            most = self._limits.total_bytes // _MEBIBYTE
            raise Unreadable(Worded("The zip unpacks to more than %(n)s MiB. Split it.", n=most))
        if self._outer is not None:
            self._outer._count(size, what)


def _name(info: zipfile.ZipInfo) -> str:
    """The member's name; ``zipfile`` reads every name without the UTF-8 flag as CP437, whatever it is in."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8_NAME and not name.isascii():
        raw = name.encode("cp437", "replace")
        name = _utf8(raw) or decode_gb18030(raw) or name
    return name.replace("\\", "/")


def _utf8(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _damaged(error: Exception) -> Unreadable:
    return Unreadable(Worded("The file inside the zip is damaged: %(problem)s.", problem=_said(error)))


def _said(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__
