"""Blocks cut to the size of a passage: between sentences, items or rows, never inside one that fits."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from assistant.domain.articles import PassageKind
from assistant.domain.markdown import inline_text, plain_text
from assistant.domain.sentences import joined, sentences
from ingest.blocks import Block

PASSAGE_TOKENS = 200
WHOLE_TOKENS = 350  # steps, a table or code are worth more in one piece than a paragraph is
_CLAUSE = re.compile(r"(?<=[，、；：,;:])|(?<=\s)")
_MARKER = re.compile(r"(\s{0,3})(\d{1,9})([.)])(\s|$)")

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Piece:
    """Markdown that becomes one passage, unless neighbours are small enough to join it."""

    kind: PassageKind
    text: str


def cut(block: Block, lead: str, count: Count) -> list[Piece]:
    """The block in pieces of passage size, the first one led in by ``lead`` (Markdown, may be empty)."""
    whole = PASSAGE_TOKENS if block.kind in (PassageKind.PARAGRAPH, PassageKind.LIST) else WHOLE_TOKENS
    if count(f"{lead} {block.plain}") <= whole:
        return [Piece(block.kind, _led(lead, block.text))]
    room = PASSAGE_TOKENS - (count(lead) if lead else 0)
    texts = list(_CUTTERS.get(block.kind, _cut_paragraph)(block, max(room, PASSAGE_TOKENS // 2), count))
    return [Piece(block.kind, _led(lead if number == 0 else "", text)) for number, text in enumerate(texts)]


def _led(lead: str, text: str) -> str:
    return f"{lead}\n\n{text}" if lead else text


def _cut_paragraph(block: Block, room: int, count: Count) -> Iterator[str]:
    if block.flowing:
        return _flow(block.text, room, count)
    return _by_lines(block.text, room, count)


def _flow(text: str, room: int, count: Count) -> Iterator[str]:
    """Running text between its sentences, in pieces of about equal size."""
    parts = [part for sentence in sentences(text) for part in _clauses(sentence, room, count)]
    total = sum(count(part) for part in parts)
    even = total / max(math.ceil(total / room), 1)
    return _pack(parts, room, count, joined, enough=even)


def _clauses(sentence: str, room: int, count: Count) -> Iterator[str]:
    """A sentence too long for a passage, cut at commas or spaces; failing that, anywhere."""
    if count(sentence) <= room:
        yield sentence
        return
    runs = [run[at : at + room] for run in _CLAUSE.split(sentence) for at in range(0, len(run), room)]
    for text in _pack(runs, room, count, str.__add__):
        yield text.strip()


def _by_lines(text: str, room: int, count: Count) -> Iterator[str]:
    """Text whose line breaks mean something, cut between lines; a line too long is cut as running text."""
    lines: list[str] = []
    for line in text.split("\n"):
        lines.extend([line] if count(line) <= room else _flow(line, room, count))
    return (piece.strip("\n") for piece in _pack(lines, room, count, lambda first, second: f"{first}\n{second}"))


def _pack(
    parts: Iterable[str], room: int, count: Count, join: Callable[[str, str], str], enough: float = math.inf
) -> Iterator[str]:
    """Parts joined in order for as long as they fit into ``room`` tokens and have not reached ``enough``."""
    packed, used = "", 0
    for part in parts:
        needed = count(part)
        if packed.strip() and (used + needed > room or used >= enough):
            yield packed
            packed, used = "", 0
        packed = join(packed, part) if packed else part
        used += needed
    if packed.strip():
        yield packed


def _cut_list(block: Block, room: int, count: Count) -> Iterator[str]:
    pending: list[str] = []
    used = 0
    for number, item in enumerate(_items(block), _first_number(block)):
        size = count(plain_text(item))
        if pending and used + size > room:
            yield "\n".join(pending)
            pending, used = [], 0
        item_text = item if pending or block.kind is PassageKind.LIST else _numbered(item, number)
        if size > WHOLE_TOKENS:
            yield from _by_lines(item_text, room, count)
        else:
            pending.append(item_text)
            used += size
    if pending:
        yield "\n".join(pending)


def _first_number(block: Block) -> int:
    start = block.tokens[0].attrGet("start")
    return 1 if start is None else int(start)


def _items(block: Block) -> Iterator[str]:
    starts = [t.map[0] - block.first for t in block.tokens if t.type == "list_item_open" and t.level == 1 and t.map]
    for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        yield "\n".join(block.lines[start:end]).rstrip()


def _numbered(item: str, number: int) -> str:
    """The item under its own number, also where the source numbers lazily (1., 1., 1.)."""
    match = _MARKER.match(item)
    if match is None or int(match[2]) == number:
        return item
    wider = " " * max(len(str(number)) - len(match[2]), 0)
    first, *rest = item.split("\n")
    first = f"{match[1]}{number}{match[3]}{first[match.end(3) :]}"
    return "\n".join([first, *(wider + line if line.strip() else line for line in rest)])


def _cut_table(block: Block, room: int, count: Count) -> Iterator[str]:
    """Runs of rows, each under the table's header."""
    header = "\n".join(block.lines[:2])
    left = max(room - count(plain_text(header)), room // 2)
    pending: list[str] = []
    used = 0
    for row, cells in _rows(block):
        size = count(" | ".join(cells))
        if pending and used + size > left:
            yield "\n".join([header, *pending])
            pending, used = [], 0
        if size > WHOLE_TOKENS:
            yield from _by_lines(_spelt_out(block, cells), room, count)
        else:
            pending.append(row)
            used += size
    if pending:
        yield "\n".join([header, *pending])


def _rows(block: Block) -> Iterator[tuple[str, list[str]]]:
    for token, cells in _table_rows(block.tokens):
        if token.map and token.map[0] >= block.first + 2:
            yield block.lines[token.map[0] - block.first], cells


def _table_rows(tokens: Sequence[Token]) -> Iterator[tuple[Token, list[str]]]:
    row, cells = tokens[0], list[str]()
    for token in tokens:
        if token.type == "tr_open":
            row, cells = token, []
        elif token.type == "inline":
            cells.append(token.content)
        elif token.type == "tr_close":
            yield row, cells


def _spelt_out(block: Block, cells: Sequence[str]) -> str:
    """A row too long for a table, as paragraphs that say which column each cell is of."""
    names = [inline_text(token) for token in block.tokens if token.type == "inline"][: len(cells)]
    return "\n\n".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=False) if cell)


def _cut_code(block: Block, room: int, count: Count) -> Iterator[str]:
    if block.tokens[0].type != "fence":
        return _by_lines(block.text, room, count)
    opening = block.lines[0]
    closed = len(block.lines) > 1 and block.lines[-1].strip().startswith(block.tokens[0].markup)
    inside = "\n".join(block.lines[1:-1] if closed else block.lines[1:])
    mark = block.tokens[0].markup
    return (f"{opening}\n{piece}\n{mark}" for piece in _by_lines(inside, room, count))


_CUTTERS: dict[PassageKind, Callable[[Block, int, Count], Iterator[str]]] = {
    PassageKind.LIST: _cut_list,
    PassageKind.STEPS: _cut_list,
    PassageKind.TABLE: _cut_table,
    PassageKind.CODE: _cut_code,
}
