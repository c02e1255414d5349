"""The whole product as its users run it: ``askdesk serve`` in a process of its own, spoken to over loopback."""

from __future__ import annotations

import json
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from assistant.container import open_container
from assistant.domain.people import SYSTEM, Role
from assistant.settings import Settings
from assistant.storage import jobs
from assistant.storage.database import Database
from tests.processes import Askdesk, askdesk, environment
from tests.starter import restore

WAIT = 90.0
# The command itself, for tests of how it starts.
COLD = (sys.executable, "-m", "api.cli")


def install(folder: Path, models_dir: Path, backup: Path | None = None, **settings: Any) -> tuple[Path, str]:
    """A data directory, with the starter articles if there is a backup of them, and an admin's token."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "models").symlink_to(models_dir)
    chosen = Settings(_env_file=None, data_dir=folder, **settings)
    if backup is not None:
        with open_container(chosen):
            pass
        restore(chosen, backup)
    with open_container(chosen) as container:
        container.accounts.people.create("boss@example.com", [Role.ADMIN], "a long enough one", SYSTEM, name="Boss")
        return folder, container.accounts.tokens.create("boss@example.com", SYSTEM)


def command(*arguments: str | Path, data: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """What a verb of ``askdesk`` printed, and its exit code."""
    return askdesk(*arguments, "--data-dir", data, env=environment(**env))


class Server:
    """A running server; ``program`` is what to run instead of a process that has the libraries imported already."""

    def __init__(self, data: Path, token: str = "", program: Sequence[str] = (), **env: str) -> None:
        self.token = token
        asked, surroundings = ["serve", "--port", "0", "--data-dir", str(data)], environment(**env)
        self.process: Askdesk | subprocess.Popen[str] = (
            subprocess.Popen(
                [*program, *asked],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=surroundings,
                cwd=data,
            )
            if program
            else Askdesk(*asked, env=surroundings, cwd=data)
        )
        self.log: list[str] = []
        self._said: queue.Queue[str] = queue.Queue()
        for stream, keep in ((self.process.stdout, self._said.put), (self.process.stderr, self.log.append)):
            threading.Thread(target=_drain, args=(stream, keep), daemon=True).start()
        try:
            self.base = self._said.get(timeout=WAIT).split()[-1]
        except queue.Empty:
            self.kill()
            raise AssertionError(f"the server did not start: {self.log[-5:]}") from None

    def http(self, token: str = "", **headers: str) -> httpx.Client:
        """A client of the API, by default with the admin's token."""
        headers["Authorization"] = f"Bearer {token or self.token}"
        return httpx.Client(base_url=f"{self.base}/api/v1", headers=headers, timeout=WAIT, trust_env=False)

    def parts(self) -> Mapping[str, str]:
        """What ``/readyz`` says; empty while nothing answers."""
        try:
            parts: Mapping[str, str] = httpx.get(f"{self.base}/readyz", trust_env=False, timeout=WAIT).json()["parts"]
        except httpx.HTTPError:
            return {}
        return parts

    def wait(self, *parts: str) -> None:
        """Return once these parts are up."""
        until(lambda: all(self.parts().get(part) == "ok" for part in parts), f"{parts} to be up")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self._gone()

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code after it was asked to end."""
        self.process.send_signal(by)
        return self._gone()

    def _gone(self) -> int:
        code = self.process.wait(WAIT)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return code


def _drain(stream: Any, keep: Any) -> None:
    try:
        for line in stream:
            keep(line)
    except ValueError:  # closed with its process
        return


@contextmanager
def serving(data: Path, token: str = "", *parts: str, **env: str) -> Iterator[Server]:
    """A server of which these parts are up; it ends with the block."""
    server = Server(data, token, **env)
    try:
        server.wait("keywords", *parts)
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()


def until(holds: Any, what: str, seconds: float = WAIT) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)


class Customer:
    """One customer's conversation over HTTP; it survives a server that does not."""

    def __init__(self, server: Server) -> None:
        with server.http() as http:
            made = http.post("/conversations", json={"locale": "en"})
        made.raise_for_status()
        self.id, self.token = made.json()["id"], made.json()["token"]

    def say(self, server: Server, text: str, client_id: str | None = None) -> httpx.Response:
        with server.http(self.token) as http:
            return http.post(f"/conversations/{self.id}/messages", json={"text": text, "client_id": client_id})

    def ask(self, server: Server, text: str) -> dict[str, Any]:
        """The reply."""
        answer = self.say(server, text)
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()["reply"]
        return reply

    def transcript(self, server: Server) -> dict[str, Any]:
        with server.http(self.token) as http:
            answer = http.get(f"/conversations/{self.id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def problems(data: Path, **env: str) -> list[str]:
    """What ``askdesk doctor`` finds broken."""
    done = command("doctor", "--json", data=data, **env)
    return [f"{check['name']}: {check['seen']}" for check in json.loads(done.stdout)["checks"] if not check["ok"]]


def is_done(data: Path, *kinds: str) -> bool:
    """Whether no job of these kinds is left to do."""
    database = Database(f"sqlite:///{data / 'askdesk.db'}")
    with database.read() as session:
        left = jobs.unfinished(session, kinds)
    database.close()
    return not left


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port
