"""Text as Markdown that renders to that very text: what Markdown would take for markup is escaped, nothing else."""

from __future__ import annotations

import re

_SPECIAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~])"  # a backslash that would escape something
    r"|`|\*(?!\s)|(?<!\s)\*"  # code and emphasis
    r"|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)"
    r"|~(?=~)|(?<=~)~"
    r"|\](?=[(\[:])|!(?=\[)"  # links and images
    r"|<(?=[A-Za-z/!?])"
    r"|&(?=#?\w+;)"
)
_LINE_START = re.compile(r"^(\s*)(?:(#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|[-=]{2,}\s*$|\|)|(\d{1,9})([.)])(?=\s|$))")


def escaped(text: str) -> str:
    """Running text with Markdown's special characters escaped where they would mean something."""
    return _SPECIAL.sub(lambda match: "\\" + match[0], text)


def escaped_line_start(line: str) -> str:
    """A paragraph's line that does not open a heading, list, quotation or rule."""
    match = _LINE_START.match(line)
    if match is None:
        return line
    if match[3]:
        return f"{match[1]}{match[3]}\\{line[match.end(3) :]}"
    return f"{match[1]}\\{line[match.end(1) :]}"


def code_span(text: str) -> str:
    """Text as inline code, fenced by more backticks than it holds."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def emphasised(text: str, mark: str) -> str:
    """Text between marks of emphasis, where Markdown is sure to see them as such; otherwise as it is."""
    words = text.strip()
    if not words or mark[0] in words or not (words[0].isalnum() and words[-1].isalnum()):
        return text
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{before}{mark}{words}{mark}{after}"
