"""What words may mean in another language, and what happens where the dictionary's file cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.knowledge import dictionary
from assistant.knowledge.segment import tokens


@pytest.fixture
def folder(tmp_path: Path, models_dir: Path) -> Iterator[Path]:
    """A folder of the test's own, in place of the one that has the file."""
    dictionary.configure(tmp_path)
    yield tmp_path
    dictionary.configure(models_dir)


@pytest.fixture(autouse=True)
def file(models_dir: Path) -> Path:
    """The dictionary's file."""
    dictionary.configure(models_dir)
    dictionary.warm_up()
    (found,) = models_dir.glob("cedict-*")
    return found


def test_english_words_and_phrases_have_chinese_meanings() -> None:
    found = dictionary.translations(tokens("Can I get a refund to my credit card?"), "en")
    assert "退款" in found["refund"]
    assert "信用 信用卡" in found["credit"]
    assert "信用 信用卡" in found["card"]
    assert "卡" in found["card"]


def test_chinese_words_have_english_meanings_as_articles_are_cut() -> None:
    found = dictionary.translations(tokens("信用卡退款要几天？摄像机怎么重置"), "zh")
    assert "refund" in found["退款"]
    assert "credit card" in found["信用卡"]
    assert set(tokens("resetting")) <= set(found["重置"])


def test_definitions_that_only_explain_are_no_meanings() -> None:
    found = dictionary.translations(["个", "的", "王", "倶", "后"], "zh")
    every = [means for word in found for means in found[word]]
    assert every
    assert not [means for means in every if {"variant", "surnam", "classifi", "abbr"} & set(means.split())]


def test_a_word_that_no_dictionary_has_means_nothing() -> None:
    assert dictionary.translations(["xqzzy", "h2"], "en") == {}
    assert dictionary.translations([], "zh") == {}


def test_the_file_is_made_once(file: Path, folder: Path) -> None:
    made = file.stat().st_mtime_ns
    dictionary.configure(file.parent)
    assert dictionary.translations(["refund"], "en")
    assert file.stat().st_mtime_ns == made
    assert not list(file.parent.glob(".dictionary-*"))


def test_a_damaged_file_is_put_away_and_questions_go_on_without(
    file: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = folder / file.name
    damaged.write_bytes(b"no database at all" * 100)
    assert dictionary.translations(["refund"], "en") == {}
    assert not damaged.exists()
    assert "the dictionary cannot be used" in caplog.text


def test_a_folder_that_cannot_be_written_costs_the_translations_only(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "file").write_text("in the way", encoding="utf-8")
    dictionary.configure(folder / "file" / "models")
    dictionary.warm_up()
    assert "the dictionary cannot be made" in caplog.text
    assert dictionary.translations(["refund"], "en") == {}


def test_no_question_waits_for_it_to_be_made_and_what_is_urgent_goes_first(folder: Path) -> None:
    class Urgent(Exception):
        pass

    asked = []

    def breathe() -> None:
        asked.append(dictionary.translations(["refund"], "en"))
        dictionary.warm_up(breathe)
        if len(asked) == 3:
            raise Urgent

    with pytest.raises(Urgent):
        dictionary.warm_up(breathe)
    assert asked == [{}, {}, {}]
    assert list(folder.iterdir()) == []
