"""The index folder deleted or filled with garbage, before the start or while serving: still answered, then healed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.domain.indexing import REINDEX
from tests.integration.server import Customer, Server, install, is_done, problems, serving, until
from tests.starter import QUESTION

pytestmark = pytest.mark.timeout(900)


def delete(index: Path) -> None:
    shutil.rmtree(index)


def spoil(index: Path) -> None:
    """Overwrite every file in place with noise."""
    for path in index.rglob("*"):
        if path.is_file() and path.name != "home":
            path.write_bytes(os.urandom(max(64, min(path.stat().st_size, 1 << 16))))


@pytest.mark.parametrize("destroy", [delete, spoil])
def test_lost_while_serving_and_before_the_start(
    tmp_path: Path, models_dir: Path, starter_backup: Path, destroy: Callable[[Path], None]
) -> None:
    data, token = install(tmp_path / "data", models_dir, starter_backup)
    with serving(data, token, "dense") as server:
        destroy(data / "index")
        customer = Customer(server)
        for _ in range(3):
            assert customer.ask(server, QUESTION)["outcome"] == "answered"
        publish_and_find(server)
    destroy(data / "index")
    with serving(data, token) as server:
        # Words are found at once, meaning as soon as the model is loaded.
        assert Customer(server).ask(server, QUESTION)["outcome"] in {"answered", "handover_offered", "clarifying"}
        server.wait("dense")
        assert Customer(server).ask(server, QUESTION)["outcome"] == "answered"
        until(lambda: is_done(data, REINDEX), "the indexes to be rebuilt", 60)
    assert problems(data) == []


def publish_and_find(server: Server) -> None:
    """A new article is found by both searches although what they had is gone."""
    article = {
        "id": "zorblax",
        "locale": "en",
        "title": "Change the bulb of the Zorblax lamp",
        "body": "Turn the brass ring of the lamp to the left seven times, then pull the bulb out.",
        "status": "published",
    }
    with server.http() as http:
        made = http.post("/articles", json=article)
        assert made.status_code == 201, made.text

        def found() -> bool:
            hits = http.get("/search", params={"q": "bulb of the Zorblax lamp", "k": 3, "locale": "en"})
            assert hits.status_code == 200, hits.text
            return "zorblax" in [hit["article"] for hit in hits.json()["results"]]

        until(found, "the new article to be found", 30)
