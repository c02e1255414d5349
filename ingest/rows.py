"""The rows of JSONL, CSV and XLSX files, as records with the names that Askdesk uses."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openpyxl

from assistant.wording import Worded
from ingest.archives import Archive, Limits
from ingest.encoding import decode
from ingest.failures import Unreadable
from ingest.fields import text_of

_SEPARATORS = (",", ";", "\t")
_HEADERS = {
    "id": "id 编号 編號 faq_id",
    "question": "question q query standard_question 标准问 标准问题 标准问法 问题 提问 標準問 標準問題 問題",
    "answer": "answer a response reply 答案 标准答案 回答 答复 回复 標準答案 答覆 回覆",
    "alternates": "alternates alternate_questions alternatives variants similar_questions similar phrasings "
    "相似问 相似问法 相似问题 扩展问 扩展问法 同义问 近似问 相似問 相似問法 相似問題 擴展問 同義問",
    "locale": "locale language lang 语言 語言",
    "category": "category 分类 类别 目录 类目 分類 類別 目錄",
    "tags": "tags tag keywords 标签 標籤 关键词 關鍵詞",
    "audience": "audience 可见范围",
    "status": "status 状态 狀態",
    "title": "title 标题 標題",
    "text": "text passage content body 正文 内容 內容",
}
_NAMES = {spelling: name for name, spellings in _HEADERS.items() for spelling in spellings.split(" ")}


@dataclass(frozen=True, slots=True)
class Row:
    """One record: ``number`` counts records from 1, ``where`` says where a person finds it ("Line 7")."""

    number: int
    where: str
    fields: Mapping[str, Any]


def json_rows(data: bytes) -> Iterator[Row | Unreadable]:
    """The objects of a JSONL file, one a line; blank lines are passed over."""
    number = 0
    for line_number, line in enumerate(decode(data).split("\n"), 1):
        if not line.strip():
            continue
        number += 1
        where = Worded("Line %(n)s", n=str(line_number))
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Unreadable(Worded("%(where)s is not JSON: %(problem)s.", where=where, problem=str(error)))
            continue
        if not isinstance(record, dict):
            said = "%(where)s is not a JSON object such as {“question”: …, “answer”: …}."
            yield Unreadable(Worded(said, where=where))
            continue
        yield Row(number, where, {_known(str(key)): value for key, value in record.items()})


def csv_rows(data: bytes) -> Iterator[Row | Unreadable]:
    """The rows of a CSV file below its header, whichever of comma, semicolon and tab parts its cells."""
    text = decode(data)
    if text[:4].lower() == "sep=":
        text = text.partition("\n")[2]
    separator = max(_SEPARATORS, key=lambda mark: _headers_known(text, mark))
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    yield from _table_rows(_csv_lines(reader))


def xlsx_rows(data: bytes) -> Iterator[Row | Unreadable]:
    """The rows of the first sheet that has the headers of a FAQ or a collection."""
    _refuse_unpacking_much(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that do not concern us
        try:
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = [[(n, tuple(row)) for n, row in enumerate(sheet.iter_rows(values_only=True), 1)] for sheet in book]
            book.close()
        except Exception as error:
            said = "The workbook cannot be read: %(problem)s. Save it as XLSX or CSV again."
            raise Unreadable(Worded(said, problem=str(error))) from error
    chosen = next((sheet for sheet in sheets if sheet and _answers(_header(sheet[0][1]))), None)
    yield from _table_rows(iter(chosen if chosen is not None else next((sheet for sheet in sheets if sheet), [])))


def _refuse_unpacking_much(data: bytes) -> None:
    """A workbook is a zip: refuse a bomb before openpyxl unpacks it."""
    limits = Limits(total_bytes=256 * 2**20)
    archive = Archive(io.BytesIO(data), limits)
    try:
        for _, info in archive.members():
            archive.read(info)
    finally:
        archive.close()


def _csv_lines(reader: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            said = "The CSV is broken on line %(n)s: %(problem)s."
            raise Unreadable(Worded(said, n=str(reader.line_num), problem=str(error))) from error
        yield first, cells


def _table_rows(lines: Iterator[tuple[int, Sequence[Any]]]) -> Iterator[Row | Unreadable]:
    filled = ((where, cells) for where, cells in lines if any(text_of(cell) for cell in cells))
    _, first = next(filled, (0, ()))
    header = _header(first)
    if not _answers(header):
        found = ", ".join(text_of(cell) for cell in first if text_of(cell))[:200]
        raise Unreadable(
            Worded(
                "The first row names no question and answer column (it has: %(found)s). "
                "Name them “question” and “answer”, or 标准问 and 答案.",
                found=found,
            )
        )
    for number, (where, cells) in enumerate(filled, 1):
        pairs = zip(header, cells, strict=False)
        yield Row(
            number, Worded("Row %(n)s", n=str(where)), {name: cell for name, cell in pairs if name and text_of(cell)}
        )


def _header(cells: Sequence[Any]) -> list[str]:
    return [_known(text_of(cell)) for cell in cells]


def _answers(header: Sequence[str]) -> bool:
    return {"question", "answer"} <= set(header) or "text" in header


def _headers_known(text: str, separator: str) -> int:
    first = next(csv.reader(io.StringIO(text.lstrip()), delimiter=separator), [])
    return sum(_known(cell) in _HEADERS for cell in first)


def _known(header: str) -> str:
    plain = header.strip().lstrip("\ufeff").strip().lower().replace(" ", "_").replace("-", "_")
    return _NAMES.get(plain, plain)
