"""Nothing leaves the machine: tracing variables set, every socket but loopback refused, a whole turn with a model."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.fakes.openai_server import chat_server
from tests.integration.server import Customer, Server, install, until
from tests.starter import QUESTION

pytestmark = pytest.mark.timeout(900)

# Runs a verb of the command and writes down each address outside this machine that anything tries to reach.
_FENCED = """
import ipaddress, socket, sys
report = open(sys.argv.pop(1), "a", buffering=1)

def local(host):
    try:
        return ipaddress.ip_address(str(host).split("%")[0]).is_loopback
    except ValueError:
        return host in ("localhost", "", None)

def fence(name):
    real = getattr(socket.socket, name)
    def fenced(self, address, *more):
        if isinstance(address, tuple) and not local(address[0]):
            print(name, address, file=report)
            raise OSError("no way out")
        return real(self, address, *more)
    setattr(socket.socket, name, fenced)

fence("connect")
fence("connect_ex")
resolve = socket.getaddrinfo
def resolving(host, *more, **options):
    if not local(host.decode() if isinstance(host, bytes) else host):
        print("getaddrinfo", host, file=report)
        raise socket.gaierror("no way out")
    return resolve(host, *more, **options)
socket.getaddrinfo = resolving
from api.cli import main
main()
"""


@contextmanager
def tracing_server() -> Iterator[tuple[str, list[str]]]:
    """The address of what could be LangSmith, and what it was sent."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.path)
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(202)
            self.end_headers()

        do_GET = do_PATCH = do_POST  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}", heard
    httpd.shutdown()
    httpd.server_close()
    thread.join()


@pytest.mark.parametrize("asked_for", [False, True], ids=["tracing off", "tracing asked for"])
def test_a_turn_with_a_model_reaches_nobody_else(
    tmp_path: Path, models_dir: Path, starter_backup: Path, asked_for: bool
) -> None:
    data, token = install(tmp_path / "data", models_dir, starter_backup)
    report, script = tmp_path / "outside.txt", tmp_path / "fenced.py"
    script.write_text(_FENCED)
    report.touch()
    written = "Hold the pin for 8 seconds, until the LED turns orange. [1]"
    with tracing_server() as (langsmith, heard), chat_server(written) as model:
        env = {
            "LANGSMITH_TRACING": "true",
            "LANGSMITH_TRACING_V2": "true",
            "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_API_KEY": "lsv2_pt_not_a_key",
            "LANGCHAIN_API_KEY": "lsv2_pt_not_a_key",
            "LANGSMITH_ENDPOINT": langsmith,
            "LANGCHAIN_ENDPOINT": langsmith,
            "ASKDESK_LLM": "openai:scripted",
            "OPENAI_BASE_URL": model.openai,
            "OPENAI_API_KEY": "none",
            "ASKDESK_TRACING": str(asked_for).lower(),
        }
        server = Server(data, token, (sys.executable, str(script), str(report)), **env)
        try:
            server.wait("dense")
            reply = Customer(server).ask(server, QUESTION)
            assert reply["outcome"] == "answered"
            assert len(model.calls) == 1
            if asked_for:
                # That this test can fail: with the product's own setting, it is heard.
                until(lambda: heard, "a trace", 30)
        finally:
            server.stop()
    assert bool(heard) is asked_for
    assert report.read_text() == ""


def test_the_fence_holds(tmp_path: Path) -> None:
    """What is fenced in cannot reach out, and what it tries is written down."""
    report, script = tmp_path / "outside.txt", tmp_path / "fenced.py"
    tries = "import socket\ntry:\n    socket.create_connection(('192.0.2.1', 80), 1)\nexcept OSError:\n    pass\n"
    script.write_text(_FENCED.replace("from api.cli import main\nmain()\n", tries))
    subprocess.run([sys.executable, str(script), str(report)], check=True, timeout=60)
    assert "192.0.2.1" in report.read_text()
