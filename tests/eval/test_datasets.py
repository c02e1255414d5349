"""Reading collections in the contract's shapes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import Invalid, NotFound
from eval.datasets import load_faq, load_labelled, load_passages, load_queries


def written(folder: Path, name: str, *rows: dict[str, Any]) -> Path:
    (folder / name).write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n", encoding="utf-8")
    return folder


def test_passages_by_part(tmp_path: Path) -> None:
    written(tmp_path, "passages.zh.jsonl", {"id": 7, "title": "退款", "text": "五天。", "locale": "zh"})
    (passage,) = load_passages(tmp_path, "zh")
    assert (passage.id, passage.title, passage.text, passage.locale) == ("7", "退款", "五天。", "zh")


@pytest.mark.parametrize(
    ("row", "gold", "answerable"),
    [
        ({"gold": "a"}, ("a",), True),
        ({"gold": ["a", "b"]}, ("a", "b"), True),
        ({"gold": None}, (), False),
        ({"gold": "a", "answerable": False}, ("a",), False),
        ({"gold": ["a"], "answerability": "PARTIAL"}, ("a",), True),
        ({"gold": None, "answerability": "UNANSWERABLE"}, (), False),
        ({"gold": ["a"], "answerability": "UNDERSPECIFIED"}, ("a",), False),
    ],
)
def test_what_can_be_answered(tmp_path: Path, row: dict[str, Any], gold: tuple[str, ...], answerable: bool) -> None:
    (question,) = load_queries(written(tmp_path, "queries.jsonl", {"id": "1", "text": "?", **row}))
    assert (question.gold, question.answerable) == (gold, answerable)


def test_history_keeps_its_order(tmp_path: Path) -> None:
    turns = [{"role": "customer", "text": "one"}, {"role": "assistant", "text": "two"}]
    (question,) = load_queries(written(tmp_path, "queries.jsonl", {"text": "?", "gold": None, "history": turns}))
    assert question.history == (("customer", "one"), ("assistant", "two"))


def test_faq_and_labels(tmp_path: Path) -> None:
    written(tmp_path, "faq.jsonl", {"id": "a", "question": "q", "alternates": ["x", "y"], "answer": "z"})
    assert load_faq(tmp_path)[0].alternates == ("x", "y")
    rows = [{"text": "hi", "intent": "b"}, {"text": "yo", "intent": "a"}, {"text": "hi", "intent": "b"}]
    written(tmp_path, "train.jsonl", *rows)
    assert load_labelled(tmp_path / "train.jsonl", "intent") == {"b": ["hi"], "a": ["yo"]}


def test_a_missing_file_and_a_bad_line_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"queries\.jsonl"):
        load_queries(tmp_path)
    (tmp_path / "faq.jsonl").write_text('{"id": "a", "question": "q", "answer": "z"}\nnonsense\n')
    with pytest.raises(Invalid, match=r"Line 2 of .*faq\.jsonl"):
        load_faq(tmp_path)
