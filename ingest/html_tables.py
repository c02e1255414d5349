"""HTML tables: which hold data, which only lay out the page, and the data as pipe tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lxml.html import HtmlElement

_MOST_COLUMNS = 40
_HEAD_WORDS = ("head", "title")


def rows_of(table: HtmlElement) -> list[HtmlElement]:
    """The table's own rows, not those of a table inside it."""
    return [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]


def cells_of(row: HtmlElement) -> list[HtmlElement]:
    """The cells of a row."""
    return [cell for cell in row if cell.tag in ("td", "th")]


def holds_data(table: HtmlElement) -> bool:
    """Whether it is a table for its reader, not a way to place things on a page."""
    if table.get("role") in ("presentation", "none") or table.find(".//table") is not None:
        return False
    rows = rows_of(table)
    if any(cell.find(f".//{tag}") is not None for row in rows for cell in cells_of(row) for tag in ("h1", "h2", "pre")):
        return False
    widest = max((len(cells_of(row)) for row in rows), default=0)
    return widest >= 2 and (len(rows) >= 2 or table.find(".//th") is not None)


def pipe_table(table: HtmlElement, cell_text: Callable[[HtmlElement], str]) -> str:
    """The table in Markdown; ``cell_text`` gives a cell's one line. Merged rows say their text in each row."""
    rows = rows_of(table)
    grid = _grid(rows, cell_text)
    kept = [index for index, cells in enumerate(grid) if any(cells)]
    if not kept:
        return ""
    width = max(len(grid[index]) for index in kept)
    lines = [[*grid[index], *[""] * (width - len(grid[index]))] for index in kept]
    header = lines.pop(0) if _is_header(rows[kept[0]]) else [""] * width
    return "\n".join([_line(header), "|" + "---|" * width, *map(_line, lines)])


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _grid(rows: Sequence[HtmlElement], cell_text: Callable[[HtmlElement], str]) -> list[list[str]]:
    grid: list[list[str]] = []
    reaching: dict[int, tuple[int, str]] = {}
    for row in rows:
        line: list[str] = []
        for cell in cells_of(row):
            line.extend(_carried(reaching, len(line)))
            text = cell_text(cell).replace("|", "\\|")
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            for offset in range(across):
                if down > 1:
                    reaching[len(line)] = (down - 1, text if offset == 0 else "")
                line.append(text if offset == 0 else "")
        line.extend(_carried(reaching, len(line)))
        grid.append(line[:_MOST_COLUMNS])
    return grid


def _carried(reaching: dict[int, tuple[int, str]], column: int) -> Iterator[str]:
    """The cells of rows above that reach down into this row, from ``column`` on."""
    while column in reaching:
        left, text = reaching.pop(column)
        if left > 1:
            reaching[column] = (left - 1, text)
        yield text
        column += 1


def _span(cell: HtmlElement, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return min(max(int(value), 1), _MOST_COLUMNS) if value.isascii() and value.isdigit() else 1


def _is_header(row: HtmlElement) -> bool:
    cells = cells_of(row)
    if row.getparent().tag == "thead" or all(cell.tag == "th" for cell in cells):
        return True
    return all(_looks_like_head(cell) for cell in cells if cell.text_content().strip())


def _looks_like_head(cell: HtmlElement) -> bool:
    if any(word in (part.get("class") or "").lower() for part in cell.iter("td", "p", "div") for word in _HEAD_WORDS):
        return True
    bold = "".join(str(part.text_content()) for part in cell.iter("b", "strong"))
    return bold.split() == str(cell.text_content()).split()
