"""A disk that is full or cannot be written: an honest 503, nothing acknowledged that is not stored, and back again."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.integration.server import Customer, Server, command, install, serving, until
from tests.starter import QUESTION

pytestmark = pytest.mark.timeout(900)

_SIZE_MIB = 192


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own; only root can mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SIZE_MIB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a file system can be mounted by root only; the test with a limit on files runs everywhere")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that leaves no room for anything else."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while file.write(b"\0" * size) == size:
                    continue
            except OSError:
                continue
    return filler


def refused(answer: httpx.Response) -> bool:
    """Whether the answer is the 503 that the widget waits after."""
    if answer.status_code == 200:
        return False
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "storage_unavailable"), answer.text
    assert int(answer.headers["retry-after"]) > 0
    return True


def goes_and_comes_back(server: Server, spoil: Callable[[], object], mend: Callable[[], object]) -> None:
    """The disk goes away while customers write, and comes back."""
    customer = Customer(server)
    assert customer.ask(server, QUESTION)["outcome"] == "answered"
    before = customer.transcript(server)["messages"]
    spoil()
    acknowledged = []
    for number in range(5):
        answer = customer.say(server, QUESTION, f"lost-{number}")
        if not refused(answer):
            acknowledged.append(answer.json()["message"]["id"])
    assert len(acknowledged) < 5
    with server.http() as http:
        assert refused(http.post("/conversations", json={}))
    # What is there can still be read, the process is alive, and pages are served.
    told = customer.transcript(server)["messages"]
    assert [message["id"] for message in told[: len(before)]] == [message["id"] for message in before]
    assert set(acknowledged) <= {message["id"] for message in told}
    assert httpx.get(f"{server.base}/healthz", trust_env=False).status_code == 200
    assert httpx.get(f"{server.base}/help", trust_env=False).status_code == 200
    mend()
    # The widget sends again what was refused, under the same client id.
    until(lambda: not refused(customer.say(server, QUESTION, "lost-4")), "the disk to be written again", 30)
    until(lambda: not customer.transcript(server)["pending"], "every answer", 30)
    stored = customer.transcript(server)["messages"]
    assert set(acknowledged) <= {message["id"] for message in stored}
    said = [message["client_id"] for message in stored if message["role"] == "customer"]
    assert len(said) == len(set(said))
    assert stored[-1]["role"] == "assistant"


def test_full_disk(tmp_path: Path, models_dir: Path, starter_backup: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        data, token = install(disk / "data", models_dir, starter_backup)
        with serving(data, token, "dense") as server:
            goes_and_comes_back(server, lambda: fill(disk), lambda: (disk / "filler").unlink())
        with serving(data, token, "dense") as server:
            assert Customer(server).ask(server, QUESTION)["outcome"] == "answered"


def test_no_file_can_be_written(tmp_path: Path, models_dir: Path, starter_backup: Path) -> None:
    data, token = install(tmp_path / "data", models_dir, starter_backup)
    with serving(data, token, "dense") as server:
        hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)[1]

        def limit(size: int) -> None:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, hard))

        goes_and_comes_back(server, lambda: limit(0), lambda: limit(hard))


def test_start_on_a_full_disk(tmp_path: Path, models_dir: Path, starter_backup: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        data, token = install(disk / "data", models_dir, starter_backup)
        with serving(data, token) as server:
            customer = Customer(server)
            customer.ask(server, "hello")
            before = customer.transcript(server)["messages"]
        filler = fill(disk)
        for verb in (["serve", "--port", "0"], ["ingest", starter_backup.parent / "kb"]):
            refused_in_a_sentence(command(*verb, data=data), str(data), "disk is full", "Free some space")
        filler.unlink()
        with serving(data, token, "dense") as server:
            assert customer.transcript(server)["messages"] == before
            assert Customer(server).ask(server, QUESTION)["outcome"] == "answered"


def test_start_on_a_read_only_data_directory(tmp_path: Path, models_dir: Path, starter_backup: Path) -> None:
    with read_only(tmp_path / "disk", models_dir, starter_backup) as (data, token, mend):
        refused_in_a_sentence(command("serve", "--port", "0", data=data), str(data), "cannot be written", "--data-dir")
        mend()
        with serving(data, token, "dense") as server:
            assert Customer(server).ask(server, QUESTION)["outcome"] == "answered"


def test_what_keeps_the_server_from_starting_is_said_last(tmp_path: Path, models_dir: Path) -> None:
    data, _ = install(tmp_path / "data", models_dir)
    (data / "index").write_text("This is no folder.")
    done = command("serve", "--port", "0", data=data)
    assert done.returncode == 1
    assert str(data / "index") in done.stderr.strip().splitlines()[-1]


def test_a_backup_without_room_leaves_nothing(tmp_path: Path, models_dir: Path, starter_backup: Path) -> None:
    data, _ = install(tmp_path / "data", models_dir, starter_backup)
    with small_disk(tmp_path / "disk") as disk:
        fill(disk)
        done = command("backup", disk / "backup.zip", data=data)
        assert done.returncode == 1
        assert (
            done.stderr.strip().splitlines()[-1].startswith("The disk cannot be written: No space left on device. Free")
        )
        assert [path.name for path in disk.iterdir()] == ["filler"]


def refused_in_a_sentence(done: subprocess.CompletedProcess[str], *said: str) -> None:
    """It ended with exit code 1 and one line that holds all of this."""
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert all(each in done.stderr for each in said), done.stderr


@contextmanager
def read_only(folder: Path, models_dir: Path, backup: Path) -> Iterator[tuple[Path, str, Callable[[], object]]]:
    """A data directory that nobody can write, by the means that even root obeys where there is root; its cure."""
    if os.geteuid() == 0:
        with small_disk(folder) as disk:
            data, token = install(disk / "data", models_dir, backup)
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            yield data, token, lambda: subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        return
    data, token = install(folder, models_dir, backup)
    folders = [path for path in [data, *data.rglob("*")] if path.is_dir() and not path.is_symlink()]

    def allow(mode: int) -> None:
        for path in folders:
            path.chmod(mode)

    allow(0o555)
    yield data, token, lambda: allow(0o755)
    allow(0o755)
