"""Imports in the background: read by the worker, told as they go on, and finished by whoever comes after a kill."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.articles import Filters
from assistant.container import Container, open_container
from assistant.domain.people import SYSTEM
from assistant.errors import Invalid, NotFound
from assistant.settings import Settings
from assistant.storage import jobs
from assistant.storage.tables import Blob
from assistant.wording import Worded
from assistant.worker import Interrupted, JobContext
from ingest.jobs import add_jobs
from ingest.uploads import ImportView, Options, Uploads, safe_name
from tests.pictures import picture


@pytest.fixture
def container(tmp_path: Path, sqlite_url: str) -> Iterator[Container]:
    """An installation whose worker knows imports; nothing runs by itself, and no model is loaded."""
    with open_container(Settings(_env_file=None, data_dir=tmp_path)) as opened:
        add_jobs(opened)
        yield opened


@pytest.fixture
def uploads(container: Container) -> Uploads:
    """Imports of that installation."""
    return Uploads(container)


def zipped(**files: str) -> io.BytesIO:
    """A zip of Markdown files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"en/{name}.md", text)
    data.seek(0)
    return data


def run(container: Container) -> None:
    """Let the worker do the imports that wait, and no indexing."""
    container.worker.drain(lanes=(0, jobs.BULK - 1))


def kept(container: Container) -> int:
    """How many files are stored."""
    with container.database.read() as session:
        return session.query(Blob).count()


def start(uploads: Uploads, name: str = "help.zip", **files: str) -> ImportView:
    """An import of a zip."""
    return uploads.start([(name, zipped(**files))], Options(), SYSTEM)


def test_it_waits_then_reads_then_is_indexed(container: Container, uploads: Uploads) -> None:
    begun = start(uploads, a="# A\n\nText.\n", b="# B\n\nText.\n", bad="---\nstatus: perhaps\n---\n\nText.\n")
    assert (begun.state, begun.files, begun.source, begun.is_over) == ("waiting", ("help.zip",), "help.zip", False)
    run(container)
    found = uploads.get(begun.id)
    assert (found.state, found.done, found.total) == ("indexing", 3, 3)
    assert (found.counts["added"], found.counts["failed"]) == (2, 1)
    assert (found.batches, found.indexed) == (1, 0)
    (failure,) = found.failed
    assert (failure.path, str(failure.reason)) == ("en/bad.md", "The status “perhaps” is not one of draft, published.")
    assert isinstance(failure.reason, Worded)
    with container.database.write() as session:
        for job_id in jobs.unfinished(session, ["index.bulk"]):
            jobs.finish(session, job_id)
    assert uploads.get(begun.id).state == "done"
    assert [each.id for each in uploads.recent()] == [begun.id]


def test_the_files_are_dropped_once_they_are_read(container: Container, uploads: Uploads) -> None:
    picture = container.keep_file(b"\x89PNG\r\n\x1a\n", "image/png")
    first, second = (start(uploads, a="# A\n\nText.\n") for _ in range(2))
    assert kept(container) == 2
    container.worker.run_one((0, jobs.BULK - 1))
    assert {uploads.get(each.id).state for each in (first, second)} == {"indexing", "waiting"}
    assert kept(container) == 2  # the other one still needs them
    run(container)
    assert container.blob(picture) is not None
    assert kept(container) == 1


def test_one_that_was_interrupted_goes_on_and_counts_all(
    container: Container, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"n{number}": f"# N{number}\n\nText {number}.\n" for number in range(120)}
    begun = start(uploads, **files)
    real, told = JobContext.breathe, []

    def breathe(context: JobContext, progress: dict[str, object] | None = None) -> None:
        told.append(progress)
        if len(told) == 90:
            raise Interrupted
        context._told_at = 0.0
        real(context, progress)

    monkeypatch.setattr("ingest.uploads._TOLD_EVERY", 0.0)
    monkeypatch.setattr(JobContext, "breathe", breathe)
    container.worker.run_one((0, jobs.BULK - 1))
    between = uploads.get(begun.id)
    assert between.state == "reading"
    assert between.counts["added"] == 50
    assert 0 < between.done < between.total == 120
    run(container)
    found = uploads.get(begun.id)
    assert (found.counts["added"], found.counts["unchanged"], found.done) == (120, 0, 120)
    assert len(container.articles.reading.page(Filters(), limit=200).items) == 120


def test_pictures_come_with_the_articles_that_show_them(container: Container, uploads: Uploads) -> None:
    shown = picture()
    # The picture is one of the uploaded files as well, which are dropped once they are read.
    files = [("a.md", io.BytesIO(b"# A\n\n![x](a.png) ![y](b.png)\n")), ("a.png", io.BytesIO(shown))]
    begun = uploads.start(files, Options(locale="en"), SYSTEM)
    run(container)
    found = uploads.get(begun.id)
    assert (found.counts["added"], found.counts["failed"], found.counts["warnings"], found.total) == (1, 0, 1, 1)
    (warning,) = found.warnings
    assert (warning.path, warning.reason[:20]) == ("a.md", "b.png is not shown. ")
    assert isinstance(warning.reason, Worded)
    digest = hashlib.sha256(shown).hexdigest()
    assert f"![x](/files/{digest})" in container.articles.reading.get("a", "en").content.body
    kept_picture = container.blob(digest)
    assert kept_picture is not None
    assert (kept_picture.content_type, kept_picture.data) == ("image/png", shown)
    assert kept(container) == 1


def test_a_zip_that_is_none_ends_with_its_reason(container: Container, uploads: Uploads) -> None:
    begun = uploads.start([("help.zip", io.BytesIO(b"no zip"))], Options(), SYSTEM)
    run(container)
    found = uploads.get(begun.id)
    assert (found.state, found.is_over, found.counts["failed"]) == ("done", True, 1)
    assert "damaged" in found.failed[0].reason


def test_files_that_are_gone_end_it(container: Container, uploads: Uploads) -> None:
    begun = start(uploads, a="# A\n\nText.\n")
    with container.database.write() as session:
        session.query(Blob).delete()
    run(container)
    found = uploads.get(begun.id)
    assert (found.state, found.problem) == ("failed", "The uploaded files are no longer here. Import them again.")


def test_what_cannot_be_started(uploads: Uploads) -> None:
    with pytest.raises(Invalid):
        uploads.start([], Options(), SYSTEM)
    with pytest.raises(Invalid):
        uploads.start([("a.md", io.BytesIO(b"# A\n\nB"))], Options(locale="???"), SYSTEM)
    with pytest.raises(NotFound):
        uploads.get("nothing")
    assert uploads.recent() == []


@pytest.mark.parametrize(
    ("given", "safe"),
    [("../../etc/passwd", "etc/passwd"), ("C:\\docs\\a.md", "C_/docs/a.md"), ("/a/b.md", "a/b.md"), ("", "upload")],
)
def test_a_files_name_leads_nowhere_else(given: str, safe: str) -> None:
    assert safe_name(given) == safe
