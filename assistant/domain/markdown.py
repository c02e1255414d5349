"""Markdown as Askdesk reads and shows it: tokens with heading ids, safe HTML, plain text, sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import image as read_image
from markdown_it.token import Token

from assistant.domain.anchors import slug
from assistant.domain.sentences import joined, sentences

__all__ = [
    "IMAGE_SPAN",
    "document",
    "inline_text",
    "plain_text",
    "render_markdown",
    "sentences",
    "tokens_text",
    "without_foreign_images",
]

# Where in its inline token's content an image begins and ends, in its ``meta``.
IMAGE_SPAN = "span"

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False}).enable(
    ["table", "strikethrough"]
)
_BLOCK_TAGS = {"p", "br", "hr", "blockquote", "ul", "ol", "li", "pre", "table", "thead", "tbody", "tr", "th", "td"}
_INLINE_TAGS = {"code", "em", "strong", "s", "a", "img"}
_HEADINGS = {f"h{level}" for level in range(1, 7)}
_ATTRIBUTES = {
    **{name: {"id"} for name in _HEADINGS},
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "ol": {"start"},
}
_ALIGNMENTS = {"align": {"left", "center", "right"}}
_CLEANER = nh3.Cleaner(
    tags=_BLOCK_TAGS | _INLINE_TAGS | _HEADINGS,
    attributes=_ATTRIBUTES,
    tag_attribute_values={"th": _ALIGNMENTS, "td": _ALIGNMENTS},
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener",
    strip_comments=True,
)
_OWN_FILE = re.compile(r"/files/[\w\-]+(?:[/.][\w\-]+)*")
_IMAGE = re.compile(
    r"(?P<code>(`+)(?!`).*?(?<!`)\2(?!`))"
    r"|!\[(?P<alt>[^\]\n]{0,300})\](?:\(\s*<?(?P<src>[^)\s>]{0,1000})[^)\n]{0,1000}\)|\[(?P<label>[^\]\n]{0,300})\])?",
    re.DOTALL,
)
_ALIGN_STYLE = re.compile(r"text-align:(left|center|right)")


def _image(state: StateInline, silent: bool) -> bool:
    """Markdown's own rule for images, which also says where the image stands."""
    start = state.pos
    found = read_image(state, silent)
    if found and not silent:
        state.tokens[-1].meta[IMAGE_SPAN] = (start, state.pos)
    return found


_MARKDOWN.inline.ruler.at("image", _image)


def document(text: str) -> list[Token]:
    """The block tokens of a Markdown text; each ``heading_open`` carries its anchor as attribute ``id``.

    Raw HTML is text here: there is no HTML in our Markdown.
    """
    tokens = _MARKDOWN.parse(text)
    taken: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", slug(inline_text(inline), taken))
    return tokens


def render_markdown(text: str, link: Callable[[str], str] | None = None) -> str:
    """Safe HTML of a Markdown text, whoever wrote it.

    No raw HTML passes; links are http, https, mailto or relative and carry ``rel="nofollow noopener"``; images come
    from this site's ``/files/`` only, any other leaves its alternative text. Headings have the ids of ``document``.
    ``link`` may rewrite the target of each link (to lead from an article's file name to its page).
    """
    tokens = document(text)
    for token in tokens:
        _align(token)
        if token.children:
            token.children = [_safe(child, link) for child in token.children]
    rendered: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return _CLEANER.clean(rendered)


def without_foreign_images(markdown: str, definitions: Mapping[str, str] | None = None) -> str:
    """A Markdown text whose images are this site's own; of any other, its alternative text is left.

    Whoever shows the text elsewhere than in our HTML then loads nothing from strangers. ``definitions`` are those of
    links, by lower-case label.
    """
    known = definitions or {}

    def shown(match: re.Match[str]) -> str:
        if match["code"]:
            return match[0]
        source = match["src"]
        if source is None:
            source = known.get((match["label"] or match["alt"]).strip().lower(), "").partition("]:")[2].strip()
            source = source.split()[0].strip("<>") if source else ""
        return match[0] if _OWN_FILE.fullmatch(source) else match["alt"]

    return _IMAGE.sub(shown, markdown) if "![" in markdown else markdown


def plain_text(markdown: str) -> str:
    """The words of a Markdown text as a person reads them.

    Blocks are set apart by blank lines; list items keep their markers, table cells are joined by `` | ``; links and
    images leave their text.
    """
    return tokens_text(document(markdown))


def tokens_text(tokens: Sequence[Token]) -> str:
    """The plain text of block tokens (see ``plain_text``)."""
    writer = _PlainWriter()
    for token in tokens:
        writer.take(token)
    return writer.text()


def inline_text(token: Token) -> str:
    """The plain text of an ``inline`` token."""
    text = ""
    soft = False
    for child in token.children or ():
        if child.type == "softbreak":
            soft = True
            continue
        piece = _inline_piece(child)
        text, soft = (joined(text, piece), False) if soft and piece else (text + piece, soft)
    return text.strip()


def _inline_piece(child: Token) -> str:
    if child.type == "hardbreak":
        return "\n"
    return inline_text(child) if child.type == "image" else child.content


def _safe(token: Token, link: Callable[[str], str] | None) -> Token:
    if token.type == "image" and not _OWN_FILE.fullmatch(str(token.attrGet("src") or "")):
        return Token("text", "", 0, content=inline_text(token))
    if token.type == "link_open" and link is not None:
        token.attrSet("href", link(str(token.attrGet("href") or "")))
    return token


def _align(token: Token) -> None:
    """Say a cell's alignment as an attribute, because no ``style`` survives sanitising."""
    if token.type in ("th_open", "td_open"):
        match = _ALIGN_STYLE.fullmatch(str(token.attrs.pop("style", "")))
        if match:
            token.attrSet("align", match[1])


class _PlainWriter:
    """Collects the lines of a document while its tokens pass."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._lists: list[int | None] = []
        self._cells: list[str] | None = None
        self._marker = ""
        self._apart = False

    def text(self) -> str:
        return "\n".join(self._lines).strip("\n")

    def take(self, token: Token) -> None:
        method = getattr(self, "_" + token.type, None)
        if method is not None:
            method(token)
        if token.level == 0 and token.nesting != 1:
            self._apart = True

    def _write(self, text: str) -> None:
        if self._apart and self._lines:
            self._lines.append("")
        self._apart = False
        indent = "   " * max(len(self._lists) - 1, 0)
        hanging = "   " * len(self._lists)
        first, *rest = text.split("\n")
        self._lines.append((indent + self._marker if self._marker else hanging) + first)
        self._lines.extend(hanging + line for line in rest)
        self._marker = ""

    def _inline(self, token: Token) -> None:
        text = inline_text(token)
        if self._cells is not None:
            self._cells.append(text.replace("\n", " "))
        elif text or self._marker:
            self._write(text)

    def _fence(self, token: Token) -> None:
        self._write(token.content.rstrip("\n"))

    _code_block = _fence

    def _bullet_list_open(self, _token: Token) -> None:
        self._lists.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        start = token.attrGet("start")
        self._lists.append(int(start) if start is not None else 1)

    def _bullet_list_close(self, _token: Token) -> None:
        self._lists.pop()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, _token: Token) -> None:
        number = self._lists[-1]
        self._marker = "- " if number is None else f"{number}. "
        if number is not None:
            self._lists[-1] = number + 1

    def _list_item_close(self, _token: Token) -> None:
        self._marker = ""

    def _tr_open(self, _token: Token) -> None:
        self._cells = []

    def _tr_close(self, _token: Token) -> None:
        cells, self._cells = self._cells or [], None
        self._write(" | ".join(cells))
