"""Folders and zips are walked whole, and what is hostile or broken in them fails by itself."""

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest

from ingest.archives import Limits
from ingest.failures import Failure
from ingest.sources import SourceFile, walk


def packed(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def walked(*paths: Path, limits: Limits | None = None) -> tuple[dict[str, bytes], dict[str, str]]:
    files: dict[str, bytes] = {}
    failures: dict[str, str] = {}
    for found in walk(paths, limits):
        if isinstance(found, SourceFile):
            files[found.path] = found.data
        else:
            failures[found.path] = found.reason
    return files, failures


def test_a_folder_gives_its_readable_files_in_order_of_name(tmp_path: Path) -> None:
    for name in (
        "en/b.md",
        "en/a.md",
        "zh/a.html",
        "en/.draft.md",
        ".git/x.md",
        "en/pic.png",
        "~$faq.xlsx",
        "sub/f.CSV",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    files, failures = walked(tmp_path)
    assert list(files) == ["en/a.md", "en/b.md", "sub/f.CSV", "zh/a.html"]
    assert failures == {}


def test_a_single_file_and_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A")
    files, failures = walked(tmp_path / "a.md", tmp_path / "gone.md")
    assert files == {"a.md": b"# A"}
    assert "no file or folder" in failures["gone.md"]


def test_office_files_are_reported_and_pictures_passed_over(tmp_path: Path) -> None:
    (tmp_path / "manual.pdf").write_bytes(b"%PDF")
    (tmp_path / "pic.png").write_bytes(b"x")
    assert walked(tmp_path)[1].keys() == {"manual.pdf"}
    assert walked(tmp_path / "pic.png")[1].keys() == {"pic.png"}


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.md").write_text("a")
    (root / "inner.md").symlink_to(root / "a.md")
    (root / "file.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "dangling.md").symlink_to(root / "nothing.md")
    files, failures = walked(root)
    assert files.keys() == {"a.md", "inner.md"}
    assert failures.keys() == {"file.md", "folder", "dangling.md"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_without_permission_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "b.md").write_text("b")
    (tmp_path / "b.md").chmod(0)
    files, failures = walked(tmp_path)
    assert files.keys() == {"a.md"}
    assert failures.keys() == {"b.md"}


def test_a_zip_is_read_like_a_folder_and_one_inside_it_too(tmp_path: Path) -> None:
    inner = packed({"text/x.html": b"<p>x</p>", "deep.zip": packed({"y.md": b"y"})})
    data = packed({"en/a.md": b"a", "__MACOSX/en/._a.md": b"junk", ".DS_Store": b"", "zh.zip": inner})
    (tmp_path / "kb.zip").write_bytes(data)
    files, failures = walked(tmp_path / "kb.zip")
    assert files == {"en/a.md": b"a", "zh.zip/text/x.html": b"<p>x</p>"}
    assert "inside a zip inside a zip" in failures["zh.zip/deep.zip"]
    assert list(walked(tmp_path)[0]) == ["kb.zip/en/a.md", "kb.zip/zh.zip/text/x.html"]


def test_names_are_read_in_their_own_encoding(tmp_path: Path) -> None:
    raw = packed({"AAAA/BBBB.md": b"gb", "CCCCCC.md": b"utf8", "caf1.md": b"cp437"})
    for ascii_name, name in (
        (b"AAAA/BBBB", "帮助/退货".encode("gb18030")),
        (b"CCCCCC", "退货".encode()),
        (b"caf1", b"caf\x82"),
    ):
        raw = raw.replace(ascii_name, name)
    (tmp_path / "names.zip").write_bytes(raw)
    assert walked(tmp_path / "names.zip")[0] == {"帮助/退货.md": b"gb", "退货.md": b"utf8", "café.md": b"cp437"}


@pytest.mark.parametrize("name", ["../evil.md", "a/../../evil.md", "/etc/evil.md", "C:\\evil.md", "..\\evil.md"])
def test_a_member_that_leads_out_of_the_zip_fails_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / "kb.zip").write_bytes(packed({name: b"x", "good.md": b"good"}))
    files, failures = walked(tmp_path / "kb.zip")
    assert files == {"good.md": b"good"}
    assert [*failures.values()] == ["The name inside the zip leads out of the zip's own folder."]


def test_backslashes_of_old_windows_zips_part_folders(tmp_path: Path) -> None:
    (tmp_path / "kb.zip").write_bytes(packed({"en\\a.md": b"a"}))
    assert walked(tmp_path / "kb.zip")[0] == {"en/a.md": b"a"}


def test_a_zip_bomb_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "kb.zip").write_bytes(packed({"bomb.md": b"0" * 5_000_000, "good.md": b"good"}))
    files, failures = walked(tmp_path / "kb.zip")
    assert files == {"good.md": b"good"}
    assert "zip bomb" in failures["bomb.md"]


def test_a_bomb_inside_an_inner_zip_counts_against_the_whole(tmp_path: Path) -> None:
    inner = packed({f"{number}.md": os.urandom(400_000) for number in range(4)})
    (tmp_path / "kb.zip").write_bytes(packed({"a.zip": inner, "b.zip": inner}))
    files, failures = walked(tmp_path / "kb.zip", limits=Limits(total_bytes=4_000_000))
    assert len(files) < 8
    assert all("unpacks to more than" in reason for reason in failures.values())
    assert failures


def test_a_member_that_lies_about_its_size_is_still_limited(tmp_path: Path) -> None:
    data = bytearray(packed({"a.md": os.urandom(3_000_000), "good.md": b"good"}, zipfile.ZIP_STORED))
    (tmp_path / "kb.zip").write_bytes(bytes(data))
    files, failures = walked(tmp_path / "kb.zip", limits=Limits(file_bytes=2**20))
    assert files == {"good.md": b"good"}
    assert failures == {"a.md": "The file unpacks to more than 1 MiB."}


def test_an_encrypted_member_fails_alone(tmp_path: Path) -> None:
    data = bytearray(packed({"a.md": b"secret", "good.md": b"good"}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature) + offset
        data[at : at + 2] = struct.pack("<H", struct.unpack("<H", data[at : at + 2])[0] | 1)
    (tmp_path / "kb.zip").write_bytes(bytes(data))
    files, failures = walked(tmp_path / "kb.zip")
    assert files == {"good.md": b"good"}
    assert "encrypted" in failures["a.md"]


def test_a_damaged_member_and_a_damaged_zip_fail_alone(tmp_path: Path) -> None:
    data = packed({"a.md": b"x" * 100, "good.md": b"good"}, zipfile.ZIP_STORED).replace(b"xxxxx", b"yyyyy", 1)
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 this is no zip")
    (tmp_path / "c.md").write_text("c")
    files, failures = walked(tmp_path)
    assert files == {"a.zip/good.md": b"good", "c.md": b"c"}
    assert failures.keys() == {"a.zip/a.md", "b.zip"}


def test_too_many_members_refuse_the_zip(tmp_path: Path) -> None:
    (tmp_path / "kb.zip").write_bytes(packed({f"{number}.md": b"x" for number in range(11)}))
    assert "more than 10 members" in walked(tmp_path / "kb.zip", limits=Limits(members=10))[1]["kb.zip"]


def test_digest_follows_the_bytes() -> None:
    assert SourceFile("a", b"x").digest == SourceFile("b", b"x").digest != SourceFile("a", b"y").digest


def test_files_come_one_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a")
    (tmp_path / "b.md").write_text("b")
    found = walk([tmp_path])
    first = next(found)
    assert not isinstance(first, Failure)
    (tmp_path / "b.md").write_text("changed")
    assert [each.data for each in found if isinstance(each, SourceFile)] == [b"changed"]
