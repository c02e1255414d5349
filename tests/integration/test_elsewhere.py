"""The same code at other addresses: records in PostgreSQL, vectors on a Chroma server."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import postgres_url
from tests.integration.server import Customer, command, free_port, install, serving, until
from tests.processes import environment
from tests.starter import KB_DOCS, QUESTION

pytestmark = pytest.mark.timeout(900)

NEW = "Press the golden pin for twenty-one seconds."


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database on a real PostgreSQL, in the spelling that everybody uses."""
    server, name = request.getfixturevalue("postgres"), f"t{uuid.uuid4().hex}"
    server.psql(f"CREATE DATABASE {name}")
    yield postgres_url(server, name).replace("postgresql+psycopg://", "postgresql://")
    server.psql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def chroma_url(tmp_path: Path) -> Iterator[str]:
    """The address of a real ``chroma run``."""
    port = free_port()
    asked = [str(Path(sys.executable).parent / "chroma"), "run", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*asked, "--path", str(tmp_path / "chroma")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(),
    )

    def listens() -> bool:
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", port)) == 0

    until(listens, "chroma run", 30)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """One article in two languages."""
    for language in ("en", "zh"):
        (tmp_path / "docs" / language).mkdir(parents=True)
        shutil.copy(KB_DOCS / language / "hub-h1-reset.md", tmp_path / "docs" / language)
    return tmp_path / "docs"


@pytest.mark.parametrize("where", [["database_url"], ["chroma_url"]], ids="+".join)
def test_ingest_ask_hand_over_publish(
    request: pytest.FixtureRequest, tmp_path: Path, models_dir: Path, docs: Path, where: list[str]
) -> None:
    chosen = {name: request.getfixturevalue(name) for name in where}
    names = {"database_url": "DATABASE_URL", "chroma_url": "ASKDESK_CHROMA_URL"}
    env = {names[name]: url for name, url in chosen.items()}
    data, token = install(tmp_path / "data", models_dir, **chosen)
    done = command("ingest", docs, "--json", data=data, **env)
    assert (done.returncode, json.loads(done.stdout)["added"]) == (0, 2), done.stderr
    assert (data / "askdesk.db").exists() == ("database_url" not in where)
    assert (data / "index" / "vectors").exists() == ("chroma_url" not in where)
    again = command("ingest", docs, "--json", data=data, **env)
    assert json.loads(again.stdout)["unchanged"] == 2
    with serving(data, token, "dense", **env) as server:
        customer = Customer(server)
        reply = customer.ask(server, QUESTION)
        assert (reply["outcome"], reply["citations"][0]["article"]) == ("answered", "hub-h1-reset")
        assert customer.say(server, "转人工").json()["ticket"]["status"] == "new"
        with server.http() as http:
            number = http.get("/tickets").json()["items"][0]["number"]
            assert http.post(f"/tickets/{number}/messages", json={"text": "Hello, Mia here."}).status_code == 201
            before = http.get("/articles/hub-h1-reset", params={"locale": "en"}).json()
            body = before["body"].replace("hold it for 8 seconds", "hold it for 21 seconds") + f"\n\n{NEW}\n"
            changed = http.put(
                "/articles/hub-h1-reset",
                params={"locale": "en"},
                json={"revision": before["revision"], "body": body, "status": "published"},
            )
            assert changed.status_code == 200, changed.text

            def found() -> bool:
                hits = http.get("/search", params={"q": NEW, "k": 1, "locale": "en"}).json()["results"]
                return bool(hits) and NEW in hits[0]["text"]

            until(found, "the new text to be found", 20)
        assert "Mia here" in json.dumps(customer.transcript(server))
        reply = Customer(server).ask(server, QUESTION)
        assert "8 seconds" not in reply["text"]
