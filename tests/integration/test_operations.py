"""An operator's day with the command: real processes over a small knowledge base."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.server import command, serving

Askdesk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def data(tmp_path: Path, models_dir: Path) -> Path:
    """A data directory in which the model is unpacked already."""
    made = tmp_path / "data"
    made.mkdir()
    (made / "models").symlink_to(models_dir)
    return made


@pytest.fixture
def askdesk(data: Path) -> Askdesk:
    def run(*arguments: str | Path, data_dir: Path = data) -> subprocess.CompletedProcess[str]:
        return command(*arguments, data=data_dir)

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


@pytest.mark.timeout(900)
def test_beside_a_running_server(askdesk: Askdesk, data: Path, docs: Path) -> None:
    with serving(data) as server:
        address = server.base
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
