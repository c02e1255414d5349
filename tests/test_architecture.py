"""The arrows point one way, and a command pays only for what it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = ["torch", "sentence_transformers", "transformers", "chromadb", "fastapi", "langchain_core", "langgraph"]


def test_imports_keep_to_the_contracts() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["serve", "--help"], ["ingest", "--help"]])
def test_help_loads_no_model_and_no_server(arguments: list[str]) -> None:
    script = (
        "import json, sys\nfrom api.cli import askdesk\n"
        f"askdesk.main({arguments!r}, standalone_mode=False)\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []
