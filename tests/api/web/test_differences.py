"""Two texts beside each other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.web.differences import difference

TEXTS = st.text(alphabet="ab\n<&", max_size=40)


def test_a_reworded_line_marks_its_words() -> None:
    removed, added = difference("Wait 5 days.", "Wait 2 days.")
    assert str(removed["text"]) == "Wait <del>5</del> days."
    assert str(added["text"]) == "Wait <ins>2</ins> days."


def test_chinese_is_compared_by_character() -> None:
    _removed, added = difference("请等待五天再试一次。", "请等待两天再试一次。")
    assert str(added["text"]) == "请等待<ins>两</ins>天再试一次。"


def test_far_lines_are_left_out() -> None:
    lines = difference("\n".join("abcdefghij"), "\n".join("abcdeFghij"))
    assert [line["kind"] for line in lines] == ["gap", "same", "same", "removed", "added", "same", "same", "gap"]


def test_what_was_written_is_no_html() -> None:
    _removed, added = difference("a <b> c d e", "a <b> c d f")
    assert str(added["text"]) == "a &lt;b&gt; c d <ins>f</ins>"


@given(TEXTS)
def test_the_same_text_has_no_difference(text: str) -> None:
    assert difference(text, text) == []


@given(TEXTS, TEXTS)
def test_the_lines_are_those_of_both_texts(old: str, new: str) -> None:
    lines = difference(old, new)
    removed = {line["old"] for line in lines if line["kind"] == "removed"}
    added = {line["new"] for line in lines if line["kind"] == "added"}
    kept_old = [line for number, line in enumerate(old.splitlines(), 1) if number not in removed]
    kept_new = [line for number, line in enumerate(new.splitlines(), 1) if number not in added]
    assert kept_old == kept_new
