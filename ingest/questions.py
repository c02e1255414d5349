"""Past questions from a CSV file, in whichever of the usual encodings and with whichever separator it comes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.domain.locales import normalize
from assistant.domain.trials import LONGEST_QUESTION
from assistant.errors import Invalid
from assistant.trials import PastQuestion
from assistant.wording import Worded
from ingest.encoding import decode
from ingest.failures import Unreadable

_SEPARATORS = (",", ";", "\t")
_QUESTION = frozenset(
    (
        "question",
        "questions",
        "text",
        "message",
        "query",
        "问题",
        "問題",
        "提问",
        "提問",
        "客户问题",
        "客戶問題",
        "消息",
    )
)
_LOCALE = frozenset(("locale", "language", "lang", "语言", "語言"))
_TOLD = 20
# A table by accident: in so few rows, commas of sentences may well agree.
_FEW_ROWS = 3


@dataclass(frozen=True, slots=True)
class Questions:
    """What a file asks. ``skipped`` rows are empty where the question should stand."""

    asked: Sequence[PastQuestion]
    skipped: int = 0


@dataclass(slots=True)
class _Columns:
    """Where the question stands, and the locale if it stands anywhere; ``width`` columns have a header."""

    separator: str
    question: int = 0
    locale: int | None = None
    width: int = 0

    @property
    def has_header(self) -> bool:
        return self.width > 0


@dataclass(slots=True)
class _Read:
    asked: list[PastQuestion] = field(default_factory=list)
    skipped: int = 0
    problems: list[tuple[int, str]] = field(default_factory=list)


def read_questions(data: bytes, locale_of: Callable[[str], str], locale: str = "") -> Questions:
    """The questions of a file: its column ``question``, ``text`` or ``问题``, or else its first column.

    ``locale`` holds for rows that name none; without it, ``locale_of`` tells from the text. Rows count as a spreadsheet
    counts them, the header included.

    Raises:
        Invalid: the file cannot be read, or rows of it; the message names the first, ``details["rows"]`` up to twenty.
    """
    try:
        text = decode(data)
    except Unreadable as error:
        raise Invalid(error.message, {"field": "file"}) from error
    if text[:4].lower() == "sep=":
        text = text.partition("\n")[2]
    columns = _columns(text)
    read = _Read()
    for row, cells in _records(text, columns.separator):
        if row == 1 and columns.has_header:
            continue
        _take(read, columns, row, cells, locale, locale_of)
    if read.problems:
        raise _refusal(read.problems)
    return Questions(read.asked, read.skipped)


def _take(
    read: _Read, columns: _Columns, row: int, cells: Sequence[str], locale: str, locale_of: Callable[[str], str]
) -> None:
    question = _question(columns, cells)
    if not question:
        read.skipped += any(cell.strip() for cell in cells)
        return
    if len(question) > LONGEST_QUESTION:
        said = "Row %(row)s has %(n)s characters; a question has at most %(most)s."
        read.problems.append((row, Worded(said, row=str(row), n=len(question), most=LONGEST_QUESTION)))
        return
    named = cells[columns.locale].strip() if columns.locale is not None and columns.locale < len(cells) else ""
    try:
        known = normalize(named) if named else locale or locale_of(question)
    except ValueError as error:
        said = "Row %(row)s: %(problem)s."
        read.problems.append((row, Worded(said, row=str(row), problem=error.args[0])))
        return
    read.asked.append(PastQuestion(row, question, known))


def _question(columns: _Columns, cells: Sequence[str]) -> str:
    if columns.question >= len(cells):
        return ""
    # A sentence's own commas, which nobody quoted, are no separators.
    is_last = columns.question == max(columns.width, 1) - 1
    own = cells[columns.question :] if columns.has_header and is_last else [cells[columns.question]]
    return columns.separator.join(own).replace("\x00", "").strip()


def _columns(text: str) -> _Columns:
    for separator in _SEPARATORS:
        header = [_plain(cell) for cell in next(csv.reader(io.StringIO(text), delimiter=separator), [])]
        asks = next((place for place, name in enumerate(header) if name in _QUESTION), None)
        if asks is not None:
            tongue = next((place for place, name in enumerate(header) if name in _LOCALE), None)
            return _Columns(separator, asks, tongue, len(header))
    return _Columns(_separator(text))


def _separator(text: str) -> str:
    """What parts the cells of a file without a header; a character that never occurs where nothing does."""
    for separator in ("\t", ";", ","):
        widths = {len(cells) for _, cells in _records(text, separator) if cells}
        several = text.count("\n") >= _FEW_ROWS
        if len(widths) == 1 and max(widths) > 1 and several:
            return separator
    return "\x1f"


def _plain(cell: str) -> str:
    return cell.strip().lstrip("\ufeff").strip().lower()


def _records(text: str, separator: str) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    row = 0
    while True:
        row += 1
        try:
            yield row, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            said = "The CSV is broken in row %(row)s: %(problem)s. Perhaps a quotation mark is never closed."
            message = Worded(said, row=str(row), problem=str(error))
            raise Invalid(message, {"field": "file", "rows": [{"row": row, "problem": message}]}) from error


def _refusal(problems: Sequence[tuple[int, str]]) -> Invalid:
    first = problems[0][1]
    rows = [{"row": row, "problem": problem} for row, problem in problems[:_TOLD]]
    if len(problems) == 1:
        return Invalid(first, {"field": "file", "rows": rows})
    said = "%(first)s There are %(n)s more such rows. Nothing was taken; mend them and upload the file again."
    return Invalid(Worded(said, first=first, n=len(problems) - 1), {"field": "file", "rows": rows})
