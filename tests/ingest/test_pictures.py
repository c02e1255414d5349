"""Pictures come in with the articles that refer to them, from the same folder or zip and from nowhere else."""

from __future__ import annotations

import hashlib
import io
import random
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from assistant.articles import Articles
from assistant.articles.imports import Imports
from assistant.domain.markdown import render_markdown
from assistant.domain.people import SYSTEM
from assistant.domain.pictures import LARGEST_IMAGE, without_metadata
from assistant.storage import blobs, jobs
from assistant.storage.database import Database
from assistant.storage.tables import Blob
from ingest import pipeline
from ingest.archives import Limits
from ingest.exporting import export
from ingest.parsed import Reading
from ingest.pictures import Picture, Pictures
from ingest.pipeline import Report, Request, run_import
from ingest.sources import SourceFile, walk
from tests.pictures import picture

RED_EDGE = picture()
WIDE = picture(width=200)
JPEG = picture("JPEG", orientation=1)
# Larger than any picture may be, and nothing that a zip could make smaller.
NOISE = random.Random(1).randbytes(LARGEST_IMAGE)


@pytest.fixture
def articles(database: Database) -> Articles:
    """Articles of an empty installation; nothing is indexed."""
    return Articles(database)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the pictures that are read, as they are."""
    from ingest import surroundings

    read: list[str] = []
    for kind in (surroundings.FolderSurroundings, surroundings.ZipSurroundings):

        def begin(self: Any, path: str, most: int, real: Any = kind.begin) -> bytes:
            read.append(path)
            return bytes(real(self, path, most))

        monkeypatch.setattr(kind, "begin", begin)
    return read


def address(data: bytes) -> str:
    return f"/files/{hashlib.sha256(without_metadata(data)).hexdigest()}"


def written(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def zipped(files: dict[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def ingest(articles: Articles, *paths: Path, prune: bool = False) -> Report:
    request = Request(paths, "docs", prune=prune, actor=SYSTEM)
    return run_import(articles.imports, request, Reading(locale="en"))


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, len(report.failed)


def body(articles: Articles, article: str) -> str:
    return articles.reading.get(article, "en").content.body


def told(report: Report) -> list[tuple[str, str]]:
    return [(each.path, each.reason) for each in report.warnings]


def stored(database: Database) -> dict[str, str]:
    """The stored files' types by their addresses."""
    with database.read() as session:
        return {f"/files/{row.hash}": row.content_type for row in session.query(Blob)}


GUIDE: dict[str, str | bytes] = {
    "guide/setup.md": "# Setup\n\n1. Press.\n\n   ![The button](../images/step%201.png)\n",
    "guide/hub.html": '<h1>Hub</h1><p>Press it:</p><p><img src="../images/hub.jpg" alt="The [hub]"></p>',
    "images/step 1.png": RED_EDGE,
    "images/hub.jpg": JPEG,
    "images/unused.png": WIDE,
}


@pytest.mark.parametrize("packed", [False, True])
def test_pictures_of_a_folder_or_zip_are_shown(
    articles: Articles, database: Database, tmp_path: Path, reads: list[str], packed: bool
) -> None:
    if packed:
        (root := tmp_path / "docs.zip").write_bytes(zipped(GUIDE))
    else:
        root = written(tmp_path / "docs", GUIDE)
    report = ingest(articles, root)
    assert (counts(report), told(report)) == ((2, 0, 0, 0), [])
    assert body(articles, "guide/setup") == f"1. Press.\n\n   ![The button]({address(RED_EDGE)})"
    assert body(articles, "guide/hub") == f"Press it:\n\n![The \\[hub\\]]({address(JPEG)})"
    assert f'<img src="{address(JPEG)}" alt="The [hub]">' in render_markdown(body(articles, "guide/hub"))
    assert stored(database) == {address(RED_EDGE): "image/png", address(JPEG): "image/jpeg"}
    with database.read() as session:
        kept = blobs.get(session, address(JPEG).removeprefix("/files/"))
    assert kept is not None
    assert not Image.open(io.BytesIO(kept.data)).getexif()
    assert sorted(reads) == ["images/hub.jpg", "images/step 1.png"]


def test_each_picture_is_read_once_and_stored_once(
    articles: Articles, database: Database, tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: dict[str, str | bytes] = {f"n{n}.md": f"# N{n}\n\nText ![x](a.png) ![y](a.png)\n" for n in range(3)}
    root = written(tmp_path / "docs", {**pages, "a.png": JPEG})
    kept: list[str] = []
    real = Imports.keep_picture

    def keep(self: Imports, data: bytes, kind: str) -> str:
        kept.append(kind)
        return real(self, data, kind)

    monkeypatch.setattr(Imports, "keep_picture", keep)
    assert counts(ingest(articles, root)) == (3, 0, 0, 0)
    assert (reads, kept) == (["a.png"], ["image/jpeg"])
    again = ingest(articles, root)
    assert (counts(again), again.jobs) == ((0, 0, 3, 0), [])
    assert (reads, kept) == (["a.png"] * 2, ["image/jpeg"])
    # An article that is new finds a picture that an earlier import has stored.
    written(root, {"n9.md": "# N9\n\n![x](a.png)\n"})
    assert counts(ingest(articles, root)) == (1, 0, 3, 0)
    assert (reads, kept) == (["a.png"] * 3, ["image/jpeg"])
    assert body(articles, "n9") == f"![x]({address(JPEG)})"


def test_a_changed_picture_changes_the_articles_that_show_it(articles: Articles, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.md": "# A\n\n![x](a.png)\n", "b.md": "# B\n\nNo picture.\n", "a.png": RED_EDGE}
    root = written(tmp_path / "docs", files)
    ingest(articles, root)
    (root / "a.png").write_bytes(WIDE)
    assert counts(ingest(articles, root)) == (0, 1, 1, 0)
    assert body(articles, "a") == f"![x]({address(WIDE)})"
    (root / "a.png").unlink()
    report = ingest(articles, root)
    assert counts(report) == (0, 1, 1, 0)
    assert body(articles, "a") == "![x](a.png)"
    (root / "a.png").write_bytes(RED_EDGE)
    assert counts(ingest(articles, root)) == (0, 1, 1, 0)
    assert body(articles, "a") == f"![x]({address(RED_EDGE)})"


LEFT_OUT: Sequence[tuple[str, str]] = [
    ("gone.png", "It is not among the files."),
    ("drawing.svg", "no PNG, JPEG, WebP or GIF"),
    ("large.png", "larger than 5 MB"),
    ("damaged.png", "is damaged"),
    ("/etc/images/a.png", "outside of the folder or zip"),
    ("../../secret.png", "outside of the folder or zip"),
    ("%2e%2e/%2e%2e/secret.png", "outside of the folder or zip"),
    ("C:/images/a.png", "outside of the folder or zip"),
    ("C:%5Cimages%5Ca.png", "outside of the folder or zip"),
    ("a%00.png", "outside of the folder or zip"),
    ("folder", "It is not among the files."),
]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("target", "reason"), LEFT_OUT)
def test_what_cannot_be_shown_leaves_its_words_and_is_told(
    articles: Articles, database: Database, tmp_path: Path, packed: bool, target: str, reason: str
) -> None:
    files: dict[str, str | bytes] = {
        "en/a.md": f"# A\n\nSee ![the words]({target}) here.\n",
        "en/b.html": f'<h1>B</h1><p>See <img src="{target}" alt="the words"> here.</p>',
        "en/drawing.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "en/large.png": RED_EDGE + NOISE,
        "en/damaged.png": RED_EDGE[:60],
        "en/folder/x.txt": "Text.",
    }
    written(tmp_path, {"secret.png": RED_EDGE})
    if packed:
        (root := tmp_path / "docs.zip").write_bytes(zipped({**files, "secret.png": RED_EDGE}))
    else:
        root = written(tmp_path / "docs", files)
    for expected in ((3, 0, 0, 0), (0, 0, 3, 0)):
        report = ingest(articles, root)
        assert counts(report) == expected
        assert [path for path, _ in told(report)] == ["en/a.md", "en/b.html"]
        assert all(said.startswith(f"{target} is not shown. ") and reason in said for _, said in told(report))
    shown = [render_markdown(body(articles, each)) for each in ("a", "b")]
    assert shown == ["<p>See the words here.</p>\n"] * 2
    assert stored(database) == {}


def test_links_are_followed_within_the_folder_only(articles: Articles, tmp_path: Path) -> None:
    written(tmp_path, {"secret/a.png": RED_EDGE})
    root = written(tmp_path / "docs", {"a.md": "# A\n\n![in](in.png) ![out](out.png) ![up](up/a.png)\n", "x.png": WIDE})
    (root / "in.png").symlink_to("x.png")
    (root / "out.png").symlink_to(tmp_path / "secret" / "a.png")
    (root / "up").symlink_to(tmp_path / "secret")
    report = ingest(articles, root)
    assert body(articles, "a") == f"![in]({address(WIDE)}) ![out](out.png) ![up](up/a.png)"
    assert [said.split(" ")[0] for _, said in told(report)] == ["out.png", "up/a.png"]


def test_a_file_named_by_itself_has_nothing_beside_it(articles: Articles, tmp_path: Path) -> None:
    root = written(tmp_path / "docs", {"a.md": "# A\n\n![x](a.png)\n", "a.png": RED_EDGE})
    report = ingest(articles, root / "a.md")
    assert body(articles, "a") == "![x](a.png)"
    assert "Import the folder or zip that holds it" in report.warnings[0].reason


def test_a_zip_in_a_zip_has_pictures_of_its_own(articles: Articles, tmp_path: Path) -> None:
    inner = zipped({"text/a.md": "# A\n\n![in](../a.png) ![out](../../b.png)\n", "a.png": RED_EDGE})
    (path := tmp_path / "docs.zip").write_bytes(zipped({"zh.zip": inner, "b.png": WIDE}))
    report = ingest(articles, path)
    assert body(articles, "text/a") == f"![in]({address(RED_EDGE)}) ![out](../../b.png)"
    assert [path for path, _ in told(report)] == ["zh.zip/text/a.md"]


def test_pictures_count_against_the_limits_of_their_zip_by_themselves(tmp_path: Path) -> None:
    pages: dict[str, str | bytes] = {f"n{n}.md": f"# N{n}\n\n![x](n{n}.png)\n" for n in range(4)}
    for n in range(4):
        pages[f"n{n}.png"] = picture(width=100 + n)
    (path := tmp_path / "docs.zip").write_bytes(zipped(pages))
    size = len(picture(width=100))
    pictures = Pictures(lambda data, _kind: hashlib.sha256(data).hexdigest(), [])
    found = []
    for source in walk([path], Limits(total_bytes=2 * size + size // 2)):
        assert isinstance(source, SourceFile)
        found.append(bool(pictures.of(source).address(f"{source.path[:2]}.png")))
    assert found == [True, True, False, False]


def test_pictures_elsewhere_and_stored_ones_are_let_be(articles: Articles, tmp_path: Path) -> None:
    text = "![a](https://e.example/a.png) ![b](//e.example/b.png) ![c](data:image/png;base64,AA==) ![d](/files/abc)"
    report = ingest(articles, written(tmp_path / "docs", {"a.md": f"# A\n\n{text}\n"}))
    assert (body(articles, "a"), told(report)) == (text, [])


def exported(database: Database, articles: Articles, out: Path) -> Path:
    def kept(digest: str) -> Blob | None:
        with database.read() as session:
            return blobs.get(session, digest)

    export(articles.reading.every(), out, kept)
    return out


def test_an_export_is_read_back_unchanged(database: Database, articles: Articles, tmp_path: Path) -> None:
    draft = "---\nstatus: draft\n---\n"
    pages = {
        "deep/a.md": f"{draft}# A\n\n![x](../a.png) ![gone](/files/abc)\n",
        "b.md": f"{draft}# B\n\n![x](a.png)\n",
    }
    ingest(articles, written(tmp_path / "docs", {**pages, "a.png": RED_EDGE}))
    out = exported(database, articles, tmp_path / "out")
    before = body(articles, "deep/a")
    report = ingest(articles, out)
    assert (counts(report), report.jobs, told(report)) == ((0, 0, 2, 0), [], [])
    assert body(articles, "deep/a") == before == f"![x]({address(RED_EDGE)}) ![gone](/files/abc)"
    assert [path.read_bytes() for path in (out / "pictures").iterdir()] == [without_metadata(RED_EDGE)]


def test_an_export_brings_its_pictures_elsewhere(
    database: Database, articles: Articles, tmp_path: Path, migrated_sqlite: Path
) -> None:
    ingest(articles, written(tmp_path / "docs", {"a.md": "# A\n\n![x](a.jpg)\n", "a.jpg": JPEG}))
    out = exported(database, articles, tmp_path / "out")
    (other := tmp_path / "other.db").write_bytes(migrated_sqlite.read_bytes())
    elsewhere = Database(f"sqlite:///{other}")
    report = ingest(Articles(elsewhere), out)
    assert (counts(report), told(report)) == ((1, 0, 0, 0), [])
    assert stored(elsewhere) == stored(database) == {address(JPEG): "image/jpeg"}
    elsewhere.close()


def test_an_export_takes_nothing_but_pictures(articles: Articles, tmp_path: Path) -> None:
    ingest(articles, written(tmp_path / "docs", {"a.md": "# A\n\n![x](/files/abc)\n"}))
    secret = Blob(hash="abc", content_type="application/octet-stream", data=b"secret")
    export(articles.reading.every(), tmp_path / "out", lambda _digest: secret)
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["a.md"]


def test_pages_see_their_pictures_from_their_base(articles: Articles, tmp_path: Path) -> None:
    page = '<head><base href="{base}"></head><body><h1>{title}</h1><p>Text <img src="a.png" alt="x"></p></body>'
    root = written(
        tmp_path / "docs",
        {
            "en/a.html": page.format(base="../img/", title="A"),
            "en/b.html": page.format(base="https://e.example/img/", title="B"),
            "img/a.png": RED_EDGE,
        },
    )
    report = ingest(articles, root)
    assert body(articles, "a") == f"Text ![x]({address(RED_EDGE)})"
    assert (body(articles, "b"), told(report)) == ("Text x", [])


def test_pictures_in_pages(articles: Articles, tmp_path: Path) -> None:
    page = (
        '<h1>A</h1><ul><li>Press:<p><img src="a.png" alt="the\nbutton "></p></li></ul>'
        "<table><tr><th>Key</th><th>Does</th></tr>"
        '<tr><td><img src="a.png" alt="on | off"></td><td>Off</td></tr></table>'
        '<a href="a.png"><img src="a.png" alt="large"></a><p>End<img src="a.png" width="1" height="1">.</p>'
    )
    root = written(tmp_path / "docs", {"a.html": page, "a.png": RED_EDGE, "b.html": '<h1>B</h1><img src="a.png">'})
    ingest(articles, root)
    html, at = render_markdown(body(articles, "a")), address(RED_EDGE)
    assert f'<img src="{at}" alt="the button">' in html
    assert f'<td><img src="{at}" alt="on | off"></td>' in html
    assert f'<p><img src="{at}" alt="large"></p>' in html
    assert "<p>End.</p>" in html
    assert body(articles, "b") == f"B\n\n![]({at})"


def test_files_that_an_earlier_version_read_are_read_again(
    articles: Articles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = written(tmp_path / "docs", {"a.md": "# A\n\n![x](a.png)\n", "b.md": "# B\n\nText.\n", "a.png": RED_EDGE})
    with monkeypatch.context() as before:
        before.setattr(pipeline, "READER_VERSION", 1)
        before.setattr(Pictures, "find", lambda *_: Picture(""))
        ingest(articles, root)
    assert body(articles, "a") == "![x](a.png)"
    assert counts(ingest(articles, root)) == (0, 1, 1, 0)
    assert body(articles, "a") == f"![x]({address(RED_EDGE)})"


def test_it_goes_on_where_it_was_killed(articles: Articles, database: Database, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"n{n:03}.md": f"# N{n}\n\nNo. {n} ![x](a.png)\n" for n in range(60)}
    root = written(tmp_path / "docs", {**files, "a.png": RED_EDGE})

    def stop(report: Report) -> None:
        if report.added:
            raise KeyboardInterrupt

    request = Request([root], "docs", actor=SYSTEM)
    with pytest.raises(KeyboardInterrupt):
        run_import(articles.imports, request, Reading(locale="en"), stop)
    assert counts(ingest(articles, root)) == (10, 0, 50, 0)
    assert list(stored(database)) == [address(RED_EDGE)]
    with database.read() as session:
        assert jobs.failed(session, 5) == []
