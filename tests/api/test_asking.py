"""``askdesk ask`` and ``askdesk search`` as scripts use them, with and without a server on the data directory."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import processes

ARTICLES = {
    "en/returns.md": "---\nid: returns\ntitle: Return an item\nalternates: [send something back]\n---\n\n"
    "## How long\n\nYou can return most items within 30 days of delivery. The label is free.\n",
    "en/hub-reset.md": "---\nid: hub-reset\ntitle: Reset your hub\nalternates: [hub factory reset]\n---\n\n"
    "Hold the button under the base for 15 seconds, until the ring blinks red three times.\n",
    "zh/returns.md": "---\nid: returns\ntitle: 如何退货\nalternates: [不想要了怎么退]\n---\n\n## 期限\n\n"
    "签收次日起 7 天内可以申请退货，运费由您承担。\n",
    "en/desk-only.md": "---\nid: desk-only\ntitle: Goodwill vouchers\naudience: agents\n---\n\n"
    "Agents may give a goodwill voucher of up to 20 pounds without asking a supervisor.\n",
}


class Askdesk:
    """The command over one data directory."""

    def __init__(self, folder: Path, models: Path) -> None:
        data = folder / "data"
        data.mkdir()
        models.mkdir(parents=True, exist_ok=True)
        (data / "models").symlink_to(models, target_is_directory=True)
        self.folder = folder
        self.environment = processes.environment(ASKDESK_DATA_DIR=str(data))

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return processes.askdesk(*arguments, env=self.environment, cwd=self.folder)

    def lines(self, *arguments: str) -> list[Any]:
        """What a successful call prints, as JSON a line."""
        done = self(*arguments)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def rows(self) -> dict[str, int]:
        """How much of what a turn could store is stored."""
        import sqlite3

        with sqlite3.connect(self.folder / "data" / "askdesk.db") as connection:
            return {
                table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                for table in ("conversations", "messages", "tickets", "traces", "events", "jobs", "index_changes")
            }


@pytest.fixture(scope="module")
def askdesk(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Askdesk:
    """A data directory that holds four articles."""
    folder = tmp_path_factory.mktemp("asking")
    for name, text in ARTICLES.items():
        (folder / "kb" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "kb" / name).write_text(text, "utf-8")
    made = Askdesk(folder, models_dir)
    assert made.lines("ingest", "kb", "--json")[0]["added"] == len(ARTICLES)
    return made


@pytest.fixture(scope="module")
def batch(askdesk: Askdesk) -> Path:
    """Questions in three scripts: alone, with history, out of scope, and for a person."""
    said = [
        {"role": "customer", "text": "how do I send something back?"},
        {"role": "assistant", "text": "Within 30 days."},
    ]
    asked: list[dict[str, Any]] = [
        {"id": "z", "text": "How do I factory reset my hub?"},
        {"id": "a", "text": "不想要了怎么退", "locale": "zh-CN"},
        {"id": 7, "text": "and who pays for the label?", "history": said},
        {"id": "person", "text": "轉人工"},
        {"id": "voucher", "text": "what goodwill voucher may agents give"},
    ]
    file = askdesk.folder / "asked.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in asked) + "\n\n", "utf-8")
    return file


@pytest.fixture(scope="module")
def alone(askdesk: Askdesk, batch: Path) -> list[Any]:
    """The answers to the batch while nothing else runs."""
    return askdesk.lines("ask", "--batch", str(batch))


class TestBatch:
    def test_answers_in_the_order_of_the_questions(self, alone: list[Any]) -> None:
        assert [row["id"] for row in alone] == ["z", "a", "7", "person", "voucher"]
        assert all(set(row) >= {"outcome", "text", "confidence", "citations", "seconds"} for row in alone)

    def test_answers_from_the_right_article_in_the_customers_language(self, alone: list[Any]) -> None:
        hub, returned, label, *_ = alone
        assert (hub["outcome"], hub["citations"][0]["article"]) == ("answered", "hub-reset")
        assert "15 seconds" in hub["text"]
        assert set(hub["citations"][0]) == {"article", "title", "heading", "quote"}
        assert (returned["outcome"], returned["citations"][0]["article"]) == ("answered", "returns")
        assert "7 天" in returned["text"]
        assert {cited["article"] for cited in label["citations"]} <= {"returns"}

    def test_hands_over(self, alone: list[Any]) -> None:
        assert alone[3]["outcome"] == "handed_over"

    def test_shows_nothing_that_is_not_for_customers(self, alone: list[Any]) -> None:
        assert "20 pounds" not in alone[4]["text"]
        assert "desk-only" not in [cited["article"] for cited in alone[4]["citations"]]

    def test_says_which_line_is_wrong(self, askdesk: Askdesk) -> None:
        file = askdesk.folder / "broken.jsonl"
        file.write_text('{"id": 1, "text": "ok"}\n{"id": 2, "text": ""}\n', "utf-8")
        done = askdesk("ask", "--batch", str(file))
        assert (done.returncode, done.stdout) == (1, "")
        assert "Line 2" in done.stderr


def test_search_ranks_passages_with_their_scores(askdesk: Askdesk, batch: Path) -> None:
    found = askdesk.lines("search", "--batch", str(batch), "-k", "2")
    assert [row["id"] for row in found] == ["z", "a", "7", "person", "voucher"]
    best = found[0]["results"][0]
    assert best["article"] == "hub-reset"
    assert set(best) == {"article", "passage", "title", "heading", "text", "score", "dense", "keyword"}
    for row in found:
        scores = [one["score"] for one in row["results"]]
        assert scores == sorted(scores, reverse=True)
        assert len(scores) == 2
        assert "desk-only" not in [one["article"] for one in row["results"]]


def test_reads_well() -> None:
    from api.commands import ask, search

    hit = {
        "article": "hub",
        "title": "Reset",
        "heading": "",
        "text": "Hold  it.",
        "score": 1.5,
        "dense": 0.9,
        "keyword": 2,
    }
    assert search.told([hit]) == " 1. Reset\n    1.500  (dense 0.900, keyword 2.00)  hub\n    Hold it."
    assert search.told([]) == "Nothing was found."
    cited = {"article": "hub", "title": "Reset", "heading": "Steps", "quote": "Hold it."}
    given = {"text": "Hold it. [1]", "citations": [cited], "choices": [], "outcome": "answered", "confidence": 0.91}
    assert ask.told({**given, "seconds": 0.042}).splitlines() == [
        "Hold it. [1]",
        "",
        "  [1] Reset › Steps  (hub)",
        "",
        "  answered, confidence 0.91, 0.04 s",
    ]


@pytest.mark.parametrize("arguments", [["ask"], ["search"], ["ask", "x", "--batch", "y"], ["search", "x", "-k", "0"]])
def test_wrong_usage(askdesk: Askdesk, arguments: list[str]) -> None:
    done = askdesk(*arguments)
    assert (done.returncode, done.stdout) == (2, "")


def test_nothing_of_a_file_that_is_not_there(askdesk: Askdesk) -> None:
    done = askdesk("ask", "--batch", "nowhere.jsonl")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "There is no file nowhere.jsonl.\n")


@pytest.fixture
def served(askdesk: Askdesk) -> Iterator[str]:
    """A server that owns the data directory."""
    process = processes.Askdesk("serve", "--port", "0", env=askdesk.environment, cwd=askdesk.folder)
    yield process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(60)


def test_answers_the_same_beside_a_server_and_stores_nothing(
    askdesk: Askdesk, batch: Path, alone: list[Any], served: str
) -> None:
    assert served.startswith("Askdesk is at")
    before = askdesk.rows()
    again = askdesk.lines("ask", "--batch", str(batch))
    assert [{**row, "seconds": 0} for row in again] == [{**row, "seconds": 0} for row in alone]
    assert askdesk.rows() == before
