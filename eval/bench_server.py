"""A real server in a process of its own, on a data directory made for it, as a benchmark sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from assistant.errors import AskdeskError

_PATIENCE = 180.0
_FOUND_WITHIN = 60.0
_CORES = 2
_MESSAGES_A_CONVERSATION = 4


class BenchServer:
    """Turns over HTTP, and the embedding of a text by the same process alone."""

    def __init__(self, process: subprocess.Popen[str], address: str, token: str) -> None:
        self._process = process
        self._http = httpx.Client(base_url=f"{address}/api/v1", timeout=60.0, trust_env=False)
        self._root = address
        # Turns are sent by the plainest client there is: what a richer one takes is not the server's time.
        self._wire = HTTPConnection(address.partition("//")[2], timeout=60.0)
        self._staff = {"Authorization": f"Bearer {token}"}
        self._customers = count()
        self._sent = 0
        self._conversation = ""
        self._token = ""

    def wait(self) -> float:
        """The seconds until dense search served.

        Raises:
            AskdeskError: it did not within three minutes.
        """
        started = time.perf_counter()
        while time.perf_counter() - started < _PATIENCE and self._process.poll() is None:
            with suppress(httpx.TransportError):
                ready = self._http.get(f"{self._root}/readyz").json()
                if ready["ready"] and ready["parts"]["dense"] == "ok":
                    return time.perf_counter() - started
            time.sleep(0.1)
        raise AskdeskError("The server to be measured ended, or was not ready in time.")

    def turn(self, text: str) -> float:
        """The seconds that a customer waited for a reply: stored, understood, searched, decided, answered, stored."""
        if self._sent % _MESSAGES_A_CONVERSATION == 0:
            self._begin()
        self._sent += 1
        path, body = f"/api/v1/conversations/{self._conversation}/messages", json.dumps({"text": text})
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        started = time.perf_counter()
        self._wire.request("POST", path, body, headers)
        with self._wire.getresponse() as answer:
            answer.read()
        seconds = time.perf_counter() - started
        if answer.status != HTTPStatus.OK:
            raise AskdeskError(f"The server to be measured answered a turn with {answer.status}.")
        return seconds

    def embed(self, text: str) -> float:
        """The seconds that the server took to embed the text and nothing else."""
        return float(self._staff_call("POST", "/bench/embedding", {"text": text})["seconds"])

    def publish(self, times: int) -> list[float]:
        """The seconds from a change's publishing until search found what the article says now, one for each time.

        Raises:
            AskdeskError: a change was not found within a minute.
        """
        first = {
            "locale": "en",
            "title": "Reference of our repair shop",
            "body": "It has none yet.",
            "status": "published",
        }
        article = self._staff_call("POST", "/articles", first)
        seconds = []
        for number in range(times):
            # A reference that no other article has: found only by what was published just now.
            reference = f"RX-{7_000 + number}"
            change = {"revision": article["revision"], "body": f"It is {reference}.", "status": "published"}
            started = time.perf_counter()
            article = self._staff_call("PUT", f"/articles/{article['id']}?locale=en", change)
            while not self._finds(article["id"], reference):
                if time.perf_counter() - started > _FOUND_WITHIN:
                    raise AskdeskError(f"Search did not find a published change within {_FOUND_WITHIN:.0f} seconds.")
                time.sleep(0.01)
            seconds.append(time.perf_counter() - started)
        return seconds

    def _finds(self, article: str, reference: str) -> bool:
        query = {"q": f"What is the repair shop's reference {reference}?", "locale": "en"}
        found = self._http.get("/search", params=query, headers=self._staff).raise_for_status().json()["results"]
        return any(hit["article"] == article and reference in hit["text"] for hit in found)

    def _staff_call(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.request(method, path, json=body, headers=self._staff).raise_for_status()
        return dict(answer.json())

    def memory(self) -> dict[str, float]:
        """MiB that the process holds now (``rss``) and held at most (``peak``)."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text("ascii").splitlines()
        named = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmRSS", "VmHWM"))}
        return {"rss": int(named["VmRSS"]) / 1024, "peak": int(named["VmHWM"]) / 1024}

    def _begin(self) -> None:
        # A customer of one's own each time, or there would soon be too many conversations from one address.
        number = next(self._customers)
        visitor = {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
        started = self._http.post("/conversations", json={}, headers=visitor)
        started.raise_for_status()
        self._conversation, self._token = started.json()["id"], started.json()["token"]

    def close(self) -> None:
        """Stop the process."""
        self._http.close()
        self._wire.close()
        self._process.terminate()
        try:
            self._process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


@contextmanager
def serving(data_dir: Path, token: str, reranker: str = "off") -> Iterator[BenchServer]:
    """A server on the data directory, bound to two cores where there are more, stopped when the block ends.

    ``reranker``: as in ``ASKDESK_RERANKER``.

    Raises:
        AskdeskError: it did not start.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASKDESK_")}
    own = {"ASKDESK_DEVELOPMENT": "true", "ASKDESK_TRUSTED_PROXIES": "127.0.0.1", "ASKDESK_LOG_LEVEL": "error"}
    own["ASKDESK_RERANKER"] = reranker
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data-dir", str(data_dir)],
        env={**kept, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    os.sched_setaffinity(process.pid, sorted(os.sched_getaffinity(0))[:_CORES])
    said = process.stdout.readline() if process.stdout else ""
    if " at http" not in said:
        process.kill()
        process.communicate()
        raise AskdeskError("The server to be measured did not start; “askdesk serve” says why.")
    server = BenchServer(process, said.split(" at ")[1].strip(), token)
    try:
        yield server
    finally:
        server.close()
