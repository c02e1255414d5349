"""Sets of other people's questions become suites, whatever form their articles have."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from assistant.errors import NotFound
from eval.cases import suite


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A set whose articles are zips of pages in two languages, asked for by terms."""
    folder = tmp_path / "manual"
    folder.mkdir()
    for language, title in (("en", "Volume"), ("zh", "音量")):
        with zipfile.ZipFile(folder / f"{language}.zip", "w") as packed:
            packed.writestr("sound/volume.html", f"<h1>{title}</h1><p>{title}</p>")
        row = {"text": title, "gold": ["sound/volume.html"]}
        (folder / f"terms.{language}.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    return folder


def test_a_manual_is_asked_in_its_own_language(pages: Path) -> None:
    made = suite("manual:zh", pages.parent)
    assert [(part.path.name, part.locale) for part in made.parts] == [("zh.zip", "zh-Hans")]
    (case,) = made.cases
    assert (case.text, case.gold, case.kind, case.locale) == (
        "音量",
        frozenset({"sound/volume"}),
        "answerable",
        "zh-Hans",
    )


def test_one_language_can_be_asked_of_another(pages: Path) -> None:
    made = suite("manual:zh-en", pages.parent)
    assert [part.path.name for part in made.parts] == ["en.zip"]
    assert made.cases[0].text == "音量"


def test_a_set_of_nothing_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound, match="zip of pages"):
        suite("empty", tmp_path)


def test_a_question_is_asked_after_two_about_something_else() -> None:
    alone = {case.text: case for case in suite("starter", Path("nowhere")).cases if not case.history}
    switched = suite("switched", Path("nowhere")).cases
    assert {case.text for case in switched} == {text for text, case in alone.items() if case.decidable}
    assert len({case.id for case in switched}) == len(switched)
    for case in switched:
        first, second = (alone[said.text] for said in case.history if said.role == "customer")
        assert len({first.text, second.text, case.text}) == 3
        for other in (first, second):
            assert other.answerable
            assert not other.gold & case.gold
