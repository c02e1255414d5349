"""One process owns a data directory, and its lock ends with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.errors import DataDirLocked
from assistant.storage.lock import DataDirLock

_HOLD = """
import sys
from pathlib import Path
from assistant.storage.lock import DataDirLock
lock = DataDirLock(Path(sys.argv[1]))
lock.acquire("serve", "http://127.0.0.1:8000")
print("held", flush=True)
sys.stdin.read()
"""


def test_the_second_is_told_who_was_first(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        lock = DataDirLock(tmp_path)
        with pytest.raises(DataDirLocked, match=rf"askdesk serve.*http://127\.0\.0\.1:8000.*{process.pid}"):
            lock.acquire("ingest")
        holder = lock.holder()
        assert holder is not None
        assert (holder.pid, holder.address) == (process.pid, "http://127.0.0.1:8000")
        process.kill()
        process.wait()
    assert lock.holder() is None
    with lock.owned("ingest"), lock.owned("ingest"):
        assert lock.held
        assert (holder := DataDirLock(tmp_path).holder()) is not None
        assert holder.pid == os.getpid()
    assert not lock.held
    assert lock.holder() is None
