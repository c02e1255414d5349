"""``askdesk`` in processes of its own.

To import what others have written (torch, transformers, …) takes a process seven seconds of processor time, more than
most tests need for all the rest. Here it is imported once, in a process that does nothing else, and each ``askdesk`` is
a fork of that one. The product's own modules are imported by each process for itself, as they are by the command. How
the command starts from nothing is tested in ``tests/api/test_cli.py`` and ``tests/integration/test_stopping.py``.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TextIO

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "sentence_transformers",
        "transformers.models.bert.modeling_bert",
        "langgraph.graph",
        "langchain_core.language_models",
        "chromadb",
        "fastapi",
        "uvicorn",
        "sqlalchemy.orm",
        "alembic.command",
    ]
)


def environment(**more: str) -> dict[str, str]:
    """This process's environment without anything that configures the product, and ``more``."""
    ours = ("ASKDESK_", "LANGSMITH_", "LANGCHAIN_", "OPENAI_", "OLLAMA_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours) and name != "DATABASE_URL"}
    return {**kept, "HF_HUB_OFFLINE": "1", **more}


class Askdesk:
    """A running ``askdesk``, with what it prints."""

    def __init__(self, *arguments: str, env: Mapping[str, str], cwd: Path) -> None:
        printed, out = _FORKS.Pipe(duplex=False)
        complained, err = _FORKS.Pipe(duplex=False)
        self._process = _FORKS.Process(target=_run, args=(arguments, dict(env), cwd, out, err), daemon=True)
        self._process.start()
        for end in (out, err):
            end.close()
        self.stdout, self.stderr = _text(os.dup(printed.fileno())), _text(os.dup(complained.fileno()))
        for end in (printed, complained):
            end.close()

    @property
    def pid(self) -> int:
        """The number of the process."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, negative for the signal that ended it; None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """The exit code, once it has ended.

        Raises:
            TimeoutError: it runs on after so many seconds.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise TimeoutError(f"askdesk runs on after {timeout:.0f} s")
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def communicate(self, timeout: float) -> tuple[str, str]:
        """What it prints to its end on either stream; it is killed where that takes longer.

        Raises:
            TimeoutError: it did.
        """
        said: dict[TextIO, str] = {}
        readers = [
            threading.Thread(target=lambda stream=stream: said.update({stream: stream.read()}))
            for stream in (self.stdout, self.stderr)
        ]
        for reader in readers:
            reader.start()
        try:
            self.wait(timeout)
        finally:
            self._process.kill()
            for reader in readers:
                reader.join()
            self.close()
        return said[self.stdout], said[self.stderr]

    def close(self) -> None:
        """Close what it printed."""
        self.stdout.close()
        self.stderr.close()


def askdesk(
    *arguments: str | Path, env: Mapping[str, str], cwd: Path | None = None, timeout: float = 280
) -> subprocess.CompletedProcess[str]:
    """What a verb printed, and its exit code.

    Raises:
        TimeoutError: it had not ended after so many seconds.
    """
    process = Askdesk(*map(str, arguments), env=env, cwd=cwd or Path.cwd())
    stdout, stderr = process.communicate(timeout)
    return subprocess.CompletedProcess(arguments, process.wait(1), stdout, stderr)


def _text(number: int, mode: str = "r", line_buffering: bool = False) -> io.TextIOWrapper:
    raw = io.FileIO(number, mode)
    buffered = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    return io.TextIOWrapper(buffered, encoding="utf-8", line_buffering=line_buffering)


def _run(arguments: tuple[str, ...], env: dict[str, str], cwd: Path, out: Connection, err: Connection) -> None:
    for number, end in ((1, out), (2, err)):
        os.dup2(end.fileno(), number)
        end.close()
    # Those that are there were made for what these were in the first process, a file perhaps.
    sys.stdout, sys.stderr = _text(1, "w"), _text(2, "w", line_buffering=True)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = ["askdesk", *arguments]
    from api.cli import main

    main()
