"""The sections of a Markdown text and the blocks in them, each as the text's own lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from assistant.domain.articles import PassageKind
from assistant.domain.markdown import document, inline_text, tokens_text

_DEFINITION = re.compile(r"\s{0,3}\[([^\]\n]+)\]:\s*\S")
_KINDS = {
    "bullet_list_open": PassageKind.LIST,
    "ordered_list_open": PassageKind.STEPS,
    "table_open": PassageKind.TABLE,
    "fence": PassageKind.CODE,
    "code_block": PassageKind.CODE,
}


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list, table, quotation or code block of the top level.

    ``lines`` are its source lines and ``first`` the number of the first one in the document (token maps count from
    there); ``plain`` is its text without Markdown.
    """

    kind: PassageKind
    tokens: Sequence[Token]
    first: int
    lines: Sequence[str]

    @property
    def text(self) -> str:
        """The block's own Markdown."""
        return "\n".join(self.lines)

    @property
    def plain(self) -> str:
        """The block's words."""
        return tokens_text(self.tokens)

    @property
    def flowing(self) -> bool:
        """Whether it is a paragraph (and not, say, a quotation)."""
        return self.tokens[0].type == "paragraph_open"


@dataclass(slots=True)
class Section:
    """What stands under one heading: ``headings`` is the path to it, ``level`` 0 before the first heading."""

    headings: tuple[str, ...]
    level: int
    anchor: str
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outline:
    """A document's sections in order, and its link definitions by lower-case label."""

    sections: Sequence[Section]
    definitions: dict[str, str]


def outline(text: str) -> Outline:
    """The sections and link definitions of a Markdown text."""
    source = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = source.split("\n")
    sections = [Section((), 0, "")]
    path: list[tuple[int, str]] = []
    covered: set[int] = set()
    for group in _groups(document(source)):
        start, end = group[0].map or (0, 0)
        covered.update(range(start, end))
        if group[0].type == "heading_open":
            level = int(group[0].tag[1:])
            path = [step for step in path if step[0] < level]
            path.append((level, " ".join(inline_text(group[1]).split())))
            headings = tuple(heading for _, heading in path if heading)
            sections.append(Section(headings, level, str(group[0].attrGet("id"))))
        elif group[0].type != "hr":
            sections[-1].blocks.append(_block(group, lines, start, end))
    return Outline(sections, dict(_definitions(lines, covered)))


def _groups(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """The tokens of each top-level block, from its opening to its closing one."""
    begin = 0
    for index, token in enumerate(tokens):
        if token.level == 0 and token.nesting != 1:
            yield tokens[begin : index + 1]
            begin = index + 1


def _block(group: Sequence[Token], lines: Sequence[str], start: int, end: int) -> Block:
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    kind = _KINDS.get(group[0].type, PassageKind.PARAGRAPH)
    return Block(kind, group, start, lines[start:end])


def _definitions(lines: Sequence[str], covered: set[int]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines):
        match = _DEFINITION.match(line)
        if match and number not in covered:
            yield match[1].strip().lower(), line.strip()
