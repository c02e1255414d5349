"""Measuring the check of translated quotes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.check_translations import main, measure

PASSAGES = {
    "en": "Hold the button for 10 seconds until the ring flashes white. The hub then restarts, which deletes nothing.",
    "zh": "按住按钮 10 秒，直到指示灯闪白光。随后网关会重新启动，不会删除任何内容。",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The same passage in two languages, and one that has no translation."""
    for locale, text in PASSAGES.items():
        rows = [{"id": "a", "title": "", "text": text}, {"id": f"only-{locale}", "title": "", "text": text}]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tmp_path / f"passages.{locale}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_right_ones_pass_and_wrong_ones_are_caught_both_ways(folder: Path) -> None:
    well, of = measure(folder)
    for locale in ("en", "zh"):
        assert (well[locale, "right"], of[locale, "right"]) == (1, 1)
        assert (well[locale, "link"], of[locale, "link"]) == (1, 1)


def test_the_figures_are_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder)]) == 0
    assert "into en  let pass  right                      100.0% of 1" in capsys.readouterr().out
