"""A real HTTP server on this machine that speaks OpenAI's and Ollama's chat protocols, with faults on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

Fault = Literal[
    "none",
    "slow",
    "trickle",
    "429",
    "500",
    "half",
    "cut",
    "garbage",
    "not_json",
    "tool",
    "empty",
    "401",
    "404",
    "filter",
]


class ChatServer:
    """Answers each call with the next of ``faults``, the last one again and again; ``calls`` holds what it was sent."""

    def __init__(self, text: str, faults: tuple[Fault, ...], retry_after: str, released: threading.Event) -> None:
        self.text = text
        self.faults = faults
        self.retry_after = retry_after
        self.released = released
        self.calls: list[dict[str, Any]] = []
        self.authorizations: list[str] = []
        self.address = ""

    @property
    def openai(self) -> str:
        """The address for OpenAI's client."""
        return f"{self.address}/v1"

    def next_fault(self) -> Fault:
        """The fault of the call that was just recorded."""
        return self.faults[min(len(self.calls), len(self.faults)) - 1]


@contextmanager
def chat_server(text: str = "", *faults: Fault, retry_after: str = "") -> Iterator[ChatServer]:
    """A running server. Its hung calls are let go when the block ends."""
    fake = ChatServer(text, faults or ("none",), retry_after, threading.Event())
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(fake))
    httpd.daemon_threads = True
    fake.address = f"http://127.0.0.1:{httpd.server_port}"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.released.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def _handler(fake: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            fake.calls.append(json.loads(body))
            fake.authorizations.append(self.headers.get("Authorization", ""))
            _Reply(self, fake).send(fake.next_fault())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


class _Reply:
    def __init__(self, handler: BaseHTTPRequestHandler, fake: ChatServer) -> None:
        self._handler = handler
        self._fake = fake
        self._ollama = handler.path.endswith("/api/chat")

    def send(self, fault: Fault) -> None:
        if fault.isdigit():
            self._refuse(int(fault))
            return
        if fault == "slow":
            self._fake.released.wait(30)
        self._handler.send_response(200)
        self._handler.send_header("Content-Type", "application/x-ndjson" if self._ollama else "text/event-stream")
        self._handler.send_header("Transfer-Encoding", "chunked")
        self._handler.end_headers()
        ways: dict[str, Callable[[], None]] = {
            "trickle": self._trickle,
            "half": lambda: self._text(self._fake.text[: len(self._fake.text) // 2]),
            "cut": self._cut,
            "garbage": lambda: self._whole("%$#@ ~~~ ^^^ |||| &&&& **** {{{{ }}}} ;;;; ____ ????"),
            "not_json": lambda: self._raw("data: <html>busy</html>\n\n"),
            "tool": self._tool,
            "empty": self._end,
            "filter": lambda: self._whole(self._fake.text, "content_filter"),
        }
        try:
            ways.get(fault, lambda: self._whole(self._fake.text))()
            if fault != "cut":
                self._handler.wfile.write(b"0\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            self._handler.close_connection = True

    def _refuse(self, status: int) -> None:
        body = json.dumps({"error": {"message": f"status {status} sk-secretsecretsecret", "type": "fault"}}).encode()
        self._handler.send_response(status)
        if self._fake.retry_after:
            self._handler.send_header("Retry-After", self._fake.retry_after)
        self._handler.send_header("Content-Type", "application/json")
        self._handler.send_header("Content-Length", str(len(body)))
        self._handler.end_headers()
        self._handler.wfile.write(body)

    def _whole(self, text: str, reason: str = "stop") -> None:
        self._text(text)
        self._end(reason)

    def _trickle(self) -> None:
        while not self._fake.released.wait(0.05):
            self._raw(": still here\n\n")

    def _cut(self) -> None:
        self._text(self._fake.text[: len(self._fake.text) // 2])
        self._handler.close_connection = True

    def _tool(self) -> None:
        arguments: Any = {} if self._ollama else "{}"
        call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "refund", "arguments": arguments}}
        self._chunk({"role": "assistant", "tool_calls": [call]}, None)
        self._end("tool_calls")

    def _text(self, text: str) -> None:
        for begin in range(0, len(text), 7):
            self._chunk({"role": "assistant", "content": text[begin : begin + 7]}, None)

    def _end(self, reason: str = "stop") -> None:
        self._chunk({"content": ""}, reason)
        if not self._ollama:
            self._raw("data: [DONE]\n\n")

    def _chunk(self, delta: dict[str, Any], reason: str | None) -> None:
        if self._ollama:
            line: dict[str, Any] = {
                "model": "m",
                "created_at": "2026-01-01T00:00:00Z",
                "message": {"role": "assistant", **delta},
            }
            line |= {"done": reason is not None} | ({"done_reason": reason} if reason else {})
            line |= {"prompt_eval_count": 30, "eval_count": 12} if reason else {}
            self._raw(json.dumps(line) + "\n")
            return
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        self._raw(
            f"data: {json.dumps({'id': 'x', 'object': 'chat.completion.chunk', 'model': 'm', 'choices': [choice]})}\n\n"
        )

    def _raw(self, text: str) -> None:
        body = text.encode()
        self._handler.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
        self._handler.wfile.flush()
