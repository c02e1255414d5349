"""Imports of real files, and what a rerun does."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from assistant.domain.people import SYSTEM
from ingest.exporting import export
from ingest.parsed import Reading
from ingest.pipeline import Report, Request, run_import
from tests.ingest.kb import Kb


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "docs"
    (made / "zh-CN").mkdir(parents=True)
    (made / "reset.md").write_text("# Reset\n\nHold the button.\n")
    (made / "zh-CN" / "reset.md").write_text("# 重置\n\n按住按钮。\n")
    (made / "faq.csv").write_text("id,question,answer\nq1,When do you open?,At nine.\nq2,Where are you?,In Bergen.\n")
    return made


def counts(report: Report) -> tuple[int, int, int, int, int, int]:
    said = report.as_dict()
    return (
        said["added"],
        said["updated"],
        said["unchanged"],
        said["removed"],
        len(said["conflicts"]),
        len(said["failed"]),
    )


def test_import_then_rerun_then_change(kb: Kb, folder: Path) -> None:
    assert counts(kb.ingest(folder)) == (4, 0, 0, 0, 0, 0)
    kb.drain()
    assert kb.dense("opening hours")[0].article == "q1"
    assert kb.keyword("按钮")[0].locale == "zh-Hans"
    again = kb.ingest(folder)
    assert (counts(again), again.jobs) == ((0, 0, 4, 0, 0, 0), [])
    (folder / "faq.csv").write_text("id,question,answer\nq1,When do you open?,At ten.\nq2,Where are you?,In Bergen.\n")
    assert counts(kb.ingest(folder)) == (0, 1, 3, 0, 0, 0)
    kb.drain()
    assert kb.keyword("ten")[0].text.strip().endswith("At ten.")
    assert kb.keyword("nine") == []


def test_a_bad_file_fails_by_itself_again_and_again(small: Kb, folder: Path) -> None:
    (folder / "bad.md").write_text("---\ntitle: [\n---\ntext\n")
    (folder / "double.md").write_text("---\nid: reset\n---\nAgain.\n")
    (folder / "empty.md").write_text("")
    for added, unchanged in ((4, 0), (0, 4)):
        report = small.ingest(folder)
        assert (report.added, report.unchanged) == (added, unchanged)
        assert sorted(each.path for each in report.failed) == ["bad.md", "empty.md", "reset.md"]


def test_a_file_that_breaks_keeps_what_it_gave(small: Kb, folder: Path) -> None:
    small.ingest(folder)
    small.drain()
    (folder / "reset.md").write_text("---\ntitle: [\n---\ntext\n")
    report = small.ingest(folder, prune=True)
    assert counts(report) == (0, 0, 3, 0, 0, 1)
    small.drain()
    assert small.keyword("hold button")


def test_prune_follows_the_files_and_a_returning_file_returns(small: Kb, folder: Path) -> None:
    small.ingest(folder)
    text = (folder / "reset.md").read_text()
    (folder / "reset.md").unlink()
    assert counts(small.ingest(folder)) == (0, 0, 3, 0, 0, 0)
    assert counts(small.ingest(folder, prune=True)) == (0, 0, 3, 1, 0, 0)
    small.drain()
    assert small.keyword("hold button") == []
    (folder / "reset.md").write_text(text)
    assert counts(small.ingest(folder, prune=True)) == (1, 0, 3, 0, 0, 0)
    small.drain()
    assert small.keyword("hold button")


def test_a_zip_that_cannot_be_read_prunes_nothing(small: Kb, tmp_path: Path) -> None:
    archive = tmp_path / "kb.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("en/reset.md", "# Reset\n\nHold the button.\n")
    assert counts(small.ingest(archive, prune=True)) == (1, 0, 0, 0, 0, 0)
    archive.write_bytes(b"not a zip")
    assert counts(small.ingest(archive, prune=True)) == (0, 0, 0, 0, 0, 1)
    small.drain()
    assert small.keyword("button")


def test_two_sources_may_not_share_an_id(small: Kb, folder: Path, tmp_path: Path) -> None:
    small.ingest(folder)
    other = tmp_path / "other"
    other.mkdir()
    (other / "reset.md").write_text("---\nlocale: en\n---\n# Reset\n\nOther.\n")
    for _ in range(2):  # it is not taken for read
        report = small.ingest(other)
        assert "docs" in report.failed[0].reason
    assert counts(small.ingest(other, source="docs"))[:2] == (0, 1)


def test_drafts_are_published_by_the_next_import(small: Kb, folder: Path) -> None:
    assert small.ingest(folder, draft=True).added == 4
    small.drain()
    assert small.keyword("button") == []
    report = small.ingest(folder)
    assert (report.updated, report.unchanged) == (4, 0)
    small.drain()
    assert small.keyword("button")


def test_an_export_is_read_back_unchanged(kb: Kb, folder: Path, tmp_path: Path) -> None:
    (folder / "odd.md").write_text(
        '---\nid: "a/b: c?"\ntitle: "yes: 1.10"\ntags: [no, "1.0"]\naudience: agents\nalternates: ["# how?", "a | b"]\n'
        "status: draft\n---\n# yes: 1.10\n\n# yes: 1.10\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    kb.ingest(folder, source="all")
    kb.drain()
    before = {view.key: (view.content, view.status) for view in kb.articles.reading.every()}
    out = tmp_path / "out"
    assert export(kb.articles.reading.every(), out, lambda _digest: None) == 5
    report = kb.ingest(out, source="all")
    assert (counts(report), report.jobs) == ((0, 0, 5, 0, 0, 0), [])
    assert {view.key: (view.content, view.status) for view in kb.articles.reading.every()} == before


def test_an_unchanged_rerun_of_two_thousand_articles_is_quick(small: Kb, tmp_path: Path) -> None:
    archive = tmp_path / "many.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(2_000):
            page = f"<html lang=en><title>Page {number}</title><h1>Page {number}</h1>" + "<p>Some text.</p>" * 40
            packed.writestr(f"text/p{number}.html", page + "</html>")
    assert small.ingest(archive).added == 2_000
    started = time.perf_counter()
    report = small.ingest(archive)
    seconds = time.perf_counter() - started
    assert (counts(report), report.jobs) == ((0, 0, 2_000, 0, 0, 0), [])
    assert seconds < 5


def test_an_import_that_was_killed_between_chunks_goes_on(small: Kb, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(120):
        (folder / f"n{number:03}.md").write_text(f"# N{number}\n\nNumber {number} stands here.\n")

    def stop_after_one(report: Report) -> None:
        if report.added:
            raise KeyboardInterrupt

    request = Request([folder], actor=SYSTEM)
    with pytest.raises(KeyboardInterrupt):
        run_import(small.articles.imports, request, Reading(), stop_after_one)
    report = run_import(small.articles.imports, request, Reading())
    assert (report.added, report.unchanged) == (70, 50)
    small.drain()
    assert small.index.problems() == []
    assert len({passage.article for passage in small.keyword("stands here", 500)}) == 120
