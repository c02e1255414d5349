"""The lock on the data directory: one process owns the indexes in it and runs its jobs."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from assistant.errors import DataDirLocked, StorageUnavailable


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that owns a data directory: what it does, and the address it serves at (empty: none)."""

    pid: int
    doing: str
    address: str

    def __str__(self) -> str:
        where = f" at {self.address}" if self.address else ""
        return f"“askdesk {self.doing}”{where} (process {self.pid})"


class DataDirLock:
    """A lock that ends with the process that holds it, however that ends."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._path = data_dir / "askdesk.lock"
        self._file: IO[str] | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def acquire(self, doing: str, address: str = "") -> None:
        """Own the data directory from now on.

        Raises:
            DataDirLocked: another process owns it; the message names it.
            StorageUnavailable: the lock cannot be written.
        """
        self._data_dir.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = _read(file)
            file.close()
            raise DataDirLocked(
                f"The data directory {self._data_dir} is in use by {holder or 'another process'}. "
                "Stop that process first, or name another directory with --data-dir.",
                {"pid": holder.pid, "address": holder.address} if holder else None,
            ) from error
        try:
            file.seek(0)
            file.truncate()
            file.write(json.dumps({"pid": os.getpid(), "doing": doing, "address": address}))
            file.flush()
        except OSError as error:
            _close(file)
            raise StorageUnavailable(
                f"The data directory {self._data_dir} cannot be written: {error.strerror}. "
                "Free some space, then try again."
            ) from error
        self._file = file

    def release(self) -> None:
        """Let others own the data directory."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    @contextmanager
    def owned(self, doing: str, address: str = "") -> Iterator[None]:
        """The data directory is owned until the block ends; nothing changes where it already is.

        Raises:
            DataDirLocked: another process owns it.
        """
        if self.held:
            yield
            return
        self.acquire(doing, address)
        try:
            yield
        finally:
            self.release()

    def holder(self) -> Holder | None:
        """The process that owns the data directory now, None when none does."""
        try:
            file = self._path.open("r", encoding="utf-8")
        except OSError:
            return None
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return _read(file) or Holder(0, "", "")
            return None


def _close(file: IO[str]) -> None:
    with suppress(OSError):  # what could not be written is tried once more
        file.close()


def _read(file: IO[str]) -> Holder | None:
    file.seek(0)
    try:
        said = json.loads(file.read())
        return Holder(int(said["pid"]), str(said["doing"]), str(said["address"]))
    except (ValueError, KeyError, TypeError):
        return None
