"""An operator's day with the command: real processes over a small knowledge base."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

Askdesk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def data(tmp_path: Path, models_dir: Path) -> Path:
    """A data directory in which the model is unpacked already."""
    made = tmp_path / "data"
    made.mkdir()
    (made / "models").symlink_to(models_dir)
    return made


@pytest.fixture
def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASKDESK_")}
    return {**kept, "HF_HUB_OFFLINE": "1"}


@pytest.fixture
def askdesk(environment: dict[str, str], data: Path, tmp_path: Path) -> Askdesk:
    def run(*arguments: str | Path, data_dir: Path = data) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api.cli", *map(str, arguments), "--data-dir", str(data_dir)]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=280, check=False)

    return run


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    made.mkdir()
    (made / "reset.md").write_text("# Reset\n\nHold the round button for ten seconds.\n")
    (made / "faq.csv").write_text("id,question,answer\nhours,When do you open?,At nine.\n")
    return made


def checks(done: subprocess.CompletedProcess[str]) -> dict[str, bool]:
    return {check["name"]: check["ok"] for check in json.loads(done.stdout)["checks"]}


@pytest.mark.timeout(900)
def test_ingest_doctor_reindex_export_backup_restore(askdesk: Askdesk, data: Path, docs: Path, tmp_path: Path) -> None:
    (docs / "bad.md").write_text("")
    first = askdesk("ingest", docs, "--json")
    report: dict[str, Any] = json.loads(first.stdout)
    assert first.returncode == 1
    assert (report["added"], [each["path"] for each in report["failed"]]) == (2, ["bad.md"])
    (docs / "bad.md").unlink()
    again = askdesk("ingest", docs, "--prune")
    assert (again.returncode, again.stdout.strip()) == (
        0,
        "0 added, 0 updated, 2 unchanged, 0 removed, 0 conflicts, 0 failed.",
    )
    healthy = askdesk("doctor", "--json")
    assert (healthy.returncode, set(checks(healthy).values())) == (0, {True}), healthy.stdout
    shutil.rmtree(data / "index" / "vectors")
    broken = askdesk("doctor", "--json")
    assert broken.returncode == 1
    assert [name for name, ok in checks(broken).items() if not ok] == ["vector index"]
    assert askdesk("reindex").returncode == 0
    mended = askdesk("doctor", "--json")
    assert (mended.returncode, set(checks(mended).values())) == (0, {True}), mended.stdout
    exported = tmp_path / "exported"
    assert askdesk("export", exported).returncode == 0
    assert sorted(path.name for path in exported.rglob("*.md")) == ["hours.md", "reset.md"]
    backup = tmp_path / "backup.zip"
    assert askdesk("backup", backup).returncode == 0
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "models").symlink_to(data / "models")
    assert askdesk("restore", backup, data_dir=elsewhere).returncode == 0
    refused = askdesk("restore", backup, data_dir=elsewhere)
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert askdesk("reindex", data_dir=elsewhere).returncode == 0
    assert askdesk("doctor", data_dir=elsewhere).returncode == 0
    unchanged = json.loads(askdesk("ingest", exported, "--source", "docs", "--json", data_dir=elsewhere).stdout)
    assert (unchanged["unchanged"], unchanged["added"], unchanged["updated"]) == (2, 0, 0)


@contextmanager
def serving(environment: dict[str, str], data: Path) -> Iterator[str]:
    """The address of a running server."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data-dir", str(data)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found
        drain = threading.Thread(target=process.stdout.read, daemon=True)
        drain.start()
        try:
            yield found[0]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
            drain.join(10)


@pytest.mark.timeout(900)
def test_beside_a_running_server(askdesk: Askdesk, environment: dict[str, str], data: Path, docs: Path) -> None:
    with serving(environment, data) as address:
        done = askdesk("ingest", docs, "--json")
        assert (done.returncode, json.loads(done.stdout)["added"]) == (0, 2), done.stderr
        assert "keywords" in httpx.get(f"{address}/readyz", timeout=60).text
        # Indexed by the server: nothing is left to do, and the files are its own.
        assert askdesk("reindex").returncode == 0
        refused = askdesk("restore", data / "none.zip")
        assert refused.returncode == 1
        assert address in refused.stderr
        second = askdesk("serve", "--port", "0")
        assert second.returncode == 1
        assert address in second.stderr
        looked = askdesk("doctor", "--json")
        assert looked.returncode == 0, looked.stdout
        assert address in looked.stdout
    assert askdesk("doctor").returncode == 0
