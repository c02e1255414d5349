"""Past questions are read from the CSV files that people have."""

from __future__ import annotations

import pytest

from assistant.errors import Invalid
from assistant.knowledge.scripts import detect_locale
from ingest.questions import Questions, read_questions


def read(text: str, encoding: str = "utf-8", locale: str = "") -> Questions:
    return read_questions(text.encode(encoding), detect_locale, locale)


def texts(text: str, encoding: str = "utf-8") -> list[str]:
    return [question.text for question in read(text, encoding).asked]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("header", ["问题", "question", "Text"])
def test_the_usual_encodings_and_headers(header: str, encoding: str) -> None:
    assert texts(f"id,{header}\n1,怎么申请退款？\n2,多久可以到账？\n", encoding) == ["怎么申请退款？", "多久可以到账？"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_separator_and_any_place_of_the_column(separator: str) -> None:
    found = read(f"date{separator}Question{separator}Locale\r\nMay{separator}Where is it?{separator}zh-TW\r\n")
    assert [(each.text, each.locale, each.row) for each in found.asked] == [("Where is it?", "zh-Hant", 2)]


def test_without_a_header_the_first_column_is_read_from_the_first_row() -> None:
    assert texts("Where is my parcel?,May\nHow do I reset it?,June\nCan I return it?,June\n") == [
        "Where is my parcel?",
        "How do I reset it?",
        "Can I return it?",
    ]


def test_one_question_a_line_keeps_its_commas() -> None:
    lines = ["Hello, where is my parcel?", "I waited, called, and wrote; nothing.", "Reset?"]
    assert texts("\n".join(lines)) == lines
    assert texts("question\n" + "\n".join(lines)) == lines
    assert texts("question\n" + "\n".join(f'"{line}"' for line in lines)) == lines


def test_rows_count_as_a_spreadsheet_counts_them() -> None:
    found = read('question,locale\n"two\nlines",en\n\n,en\nlast,en\n')
    assert [(each.row, each.text) for each in found.asked] == [(2, "two\nlines"), (5, "last")]
    assert found.skipped == 1


def test_the_language_is_what_the_row_says_or_the_upload_or_the_text() -> None:
    lines = "question,locale\nWhere is it?,\n退款多久到账？,\n退款,zh-TW\n"
    assert [each.locale for each in read(lines).asked] == ["en", "zh-Hans", "zh-Hant"]
    assert [each.locale for each in read(lines, locale="fr").asked] == ["fr", "fr", "zh-Hant"]


def test_wrong_rows_are_named_and_nothing_is_taken() -> None:
    with pytest.raises(Invalid) as refused:
        read(f"question,locale\nfine,en\n{'x' * 4_001},en\nfine,!!\n")
    assert "Row 3 has 4,001 characters; a question has at most 4,000." in refused.value.message
    assert "There are 1 more such rows." in refused.value.message
    assert [each["row"] for each in refused.value.details["rows"]] == [3, 4]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not UTF-8|binary"),
        (b"question\n\xff\xfe\xfa\x81 caf\xe9\n", "not UTF-8"),
        (b'question\n"never closed' + b" and on" * 30_000, "The CSV is broken in row 2"),
    ],
    ids=["empty", "binary", "strange", "unclosed"],
)
def test_what_cannot_be_read_is_refused_with_the_reason(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_questions(data, detect_locale)
