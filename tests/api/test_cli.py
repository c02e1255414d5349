"""The command as operators run it: real processes, exit codes, what is printed where."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from api.commands.user import ROLES
from assistant.domain.people import Role

Askdesk = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ASKDESK_")}
    return {**kept, "ASKDESK_DATA_DIR": str(tmp_path / "data"), "HF_HUB_OFFLINE": "1"}


@pytest.fixture
def askdesk(environment: dict[str, str], tmp_path: Path) -> Askdesk:
    """Runs the command in an empty folder."""

    def run(*arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "api.cli", *arguments]
        return subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            text=True,
            env={**environment, **more},
            cwd=tmp_path,
            timeout=60,
            check=False,
        )

    return run


class TestHelp:
    def test_is_fast_and_needs_no_model(self, environment: dict[str, str]) -> None:
        code = (
            "import sys, time; began = time.perf_counter()\n"
            "from api.cli import askdesk\n"
            "try: askdesk.main(['--help'])\n"
            "except SystemExit: pass\n"
            "heavy = {'torch', 'chromadb', 'fastapi', 'sqlalchemy', 'langgraph', 'pydantic'}\n"
            "print(time.perf_counter() - began, sorted(heavy & set(sys.modules)))"
        )
        command, taken = [sys.executable, "-c", code], []
        for _ in range(4):
            done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
            seconds, heavy = done.stdout.splitlines()[-1].split(" ", 1)
            assert heavy == "[]"
            taken.append(float(seconds))
        assert min(taken) < 0.5

    def test_every_verb_has_help(self, askdesk: Askdesk) -> None:
        verbs = re.findall(r"^  ([a-z-]+)  ", askdesk("--help").stdout.split("Commands:")[1], re.MULTILINE)
        assert {"serve", "migrate", "user", "token"} <= set(verbs)
        for verb in verbs:
            done = askdesk(verb, "--help")
            assert done.returncode == 0, done.stderr

    def test_roles_are_those_that_exist(self) -> None:
        assert tuple(Role) == ROLES


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [["dance"], ["user", "add", "a@b.c"], ["user", "add", "a@b.c", "--role", "owner"], ["serve", "--port", "x"]],
    )
    def test_wrong_usage_is_2(self, askdesk: Askdesk, arguments: list[str]) -> None:
        done = askdesk(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr

    def test_failure_is_1_with_one_sentence(self, askdesk: Askdesk) -> None:
        done = askdesk("user", "disable", "nobody@b.c")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.splitlines() == [
            "Nobody here has the e-mail nobody@b.c. `askdesk user list` shows who does."
        ]

    def test_misspelt_setting(self, askdesk: Askdesk) -> None:
        done = askdesk("migrate", ASKDESK_DATBASE_URL="x")
        assert done.returncode == 1
        assert "ASKDESK_DATBASE_URL" in done.stderr

    def test_data_directory_that_cannot_be(self, askdesk: Askdesk, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("", "utf-8")
        done = askdesk("migrate", "--data-dir", str(tmp_path / "file" / "below"))
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1


class TestUser:
    def test_add_with_a_password_of_ones_own(self, askdesk: Askdesk) -> None:
        done = askdesk(
            "user",
            "add",
            "li@b.c",
            "--role",
            "agent",
            "--role",
            "editor",
            "--name",
            "李娜",
            "--password-stdin",
            stdin="correct horse\n",
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "correct horse" not in done.stdout
        listed = json.loads(askdesk("user", "list", "--json").stdout)
        assert [(one["email"], one["name"], one["roles"]) for one in listed] == [
            ("li@b.c", "李娜", ["agent", "editor"])
        ]

    def test_add_twice(self, askdesk: Askdesk) -> None:
        askdesk("user", "add", "li@b.c", "--role", "agent")
        done = askdesk("user", "add", "li@b.c", "--role", "agent")
        assert (done.returncode, done.stderr) == (1, "li@b.c has an account already.\n")

    def test_made_up_password_is_printed_once(self, askdesk: Askdesk) -> None:
        made = json.loads(askdesk("user", "add", "li@b.c", "--role", "agent", "--json").stdout)
        other = json.loads(askdesk("user", "password", "li@b.c", "--json").stdout)
        assert made["password"] != other["password"]
        assert made["password"] not in askdesk("user", "list", "--json").stdout

    def test_disable(self, askdesk: Askdesk) -> None:
        askdesk("user", "add", "boss@b.c", "--role", "admin")
        assert "last active admin" in askdesk("user", "disable", "boss@b.c").stderr
        askdesk("user", "add", "li@b.c", "--role", "agent")
        assert askdesk("user", "disable", "li@b.c").returncode == 0
        assert "li@b.c  agent  (disabled)" in askdesk("user", "list").stdout


def test_migrate_says_what_it_did(askdesk: Askdesk) -> None:
    assert json.loads(askdesk("migrate", "--json").stdout)["changed"] is True
    assert "Nothing to do" in askdesk("migrate").stdout


class Served:
    """A server in a process of its own."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "0"]
        self.process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().split(" at ")[1].strip()

    def line(self) -> str:
        """What it prints next."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def stop(self) -> tuple[int, str]:
        """End it as a service manager does: its exit code, and the rest of what it printed."""
        self.process.terminate()
        printed, _ = self.process.communicate(timeout=60)
        return self.process.returncode, printed


@pytest.fixture
def environment_with_models(environment: dict[str, str], models_dir: Path) -> dict[str, str]:
    """An empty data directory, but for the models, which would take their time to unpack."""
    data = Path(environment["ASKDESK_DATA_DIR"])
    data.mkdir()
    models_dir.mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(models_dir, target_is_directory=True)
    return environment


@pytest.fixture
def served(environment_with_models: dict[str, str], tmp_path: Path) -> Iterator[Served]:
    server = Served(environment_with_models, tmp_path)
    yield server
    server.process.kill()
    server.process.communicate()


def test_served_from_an_empty_folder(served: Served, askdesk: Askdesk) -> None:
    found = re.fullmatch(r"First admin: (\S+), one-time password: (\S+)\n", served.line())
    assert found
    with httpx.Client(base_url=served.address, timeout=30) as client:
        # Whoever comes before it is ready waits; nobody is turned away.
        assert client.get("/healthz").json() == {"status": "ok"}
        me = client.post("/api/v1/auth/login", json={"email": found[1], "password": found[2]}).json()
        assert me["user"]["roles"] == ["admin"]
        token = askdesk("token", "create", found[1]).stdout.strip()
        client.cookies.clear()
        assert client.get("/api/v1/users", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    port = served.address.rsplit(":", 1)[1]
    refused = askdesk("serve", "--port", port, "--data-dir", "elsewhere")
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert served.stop()[0] == 0


def test_admin_of_the_environment(environment_with_models: dict[str, str], tmp_path: Path) -> None:
    given = {"ASKDESK_ADMIN_EMAIL": "boss@b.c", "ASKDESK_ADMIN_PASSWORD": "given by the environment"}
    server = Served({**environment_with_models, **given}, tmp_path)
    body = {"email": "boss@b.c", "password": "given by the environment"}
    status = httpx.post(f"{server.address}/api/v1/auth/login", json=body, timeout=30).status_code
    assert (status, server.stop()) == (200, (0, ""))
