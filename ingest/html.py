"""HTML pages, as articles in Markdown."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from assistant.domain.articles import ArticleContent, ArticleStatus
from assistant.domain.markdown import plain_text
from ingest.failures import Unreadable
from ingest.html_page import Page
from ingest.html_tables import cells_of, holds_data, pipe_table, rows_of
from ingest.html_text import code_span, emphasised, escaped, escaped_line_start
from ingest.identity import place
from ingest.markdown import name_as_title
from ingest.parsed import ParsedArticle, Reading
from ingest.sources import SourceFile

_BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset"}
    | {
        "figcaption",
        "figure",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
    }
    | {"section", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul"}
)
_STRONG = frozenset({"emph", "strong", "bold", "menuitem", "guilabel", "menuselection", "uicontrol"})
_CODE = frozenset({"code", "codeintable", "literal", "input", "command", "filename"})
_SUPERSCRIPTS = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_PAGE_ENDING = re.compile(r"\.(?:x?html?|md|markdown)$", re.IGNORECASE)
_SPACES = re.compile(r"[ \t\r\n\f\v\u00a0\u200b]+")


def read_html(source: SourceFile, reading: Reading) -> Iterator[ParsedArticle]:
    """The one article of a web page: its main content as Markdown, without navigation and scripts.

    Pictures that the import has stored stay where they stand.
    """
    page = Page(source.data)
    stands = place(source.path)
    title = page.title or name_as_title(source.path)
    body = html_markdown(
        page.content,
        lambda href: _own_link(href, page.base, source.path, stands.id),
        lambda src: reading.picture(_from_base(src.strip(), page.base)),
    )
    body = re.sub(rf"\A#+ {re.escape(escaped(title))}\n+", "", body)  # many templates say the title twice
    if not plain_text(body).strip():
        if not page.title:
            raise Unreadable("The page has no text of its own.")
        # A page of pictures can still be found by its name, and a re-import does not lose it.
        body = f"{escaped(title)}\n\n{body}".rstrip()
    locale, origin = reading.locale_of("", page.language, stands.locale, f"{title}\n{body}")
    content = ArticleContent(title, body)
    yield ParsedArticle(stands.id, locale, content, ArticleStatus.PUBLISHED, source.path, origin)


def html_markdown(
    content: HtmlElement, link: Callable[[str], str] = str, picture: Callable[[str], str] = lambda _src: ""
) -> str:
    """The Markdown of an element's content; ``link`` gives a link's target, or "" to leave only its text.

    ``picture`` gives the address at which a picture is shown, or "" to leave its words where it stands among others.
    """
    return "\n\n".join(_Blocks(link, picture).of(content))


def _own_link(href: str, base: str, path: str, article_id: str) -> str:
    """A link as it works from the article: to another page of the import by its id, to the web as it is."""
    try:
        parts, elsewhere = urlsplit(href.strip()), bool(urlsplit(base).scheme)
    except ValueError:  # an address that is none leads nowhere
        return ""
    if parts.scheme or parts.netloc:
        return href.strip() if parts.scheme in ("http", "https", "mailto", "") else ""
    if not parts.path or parts.path.startswith("/"):
        return href.strip() if parts.path else ""
    if elsewhere or not _PAGE_ENDING.search(parts.path):
        return href.strip()
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), base, unquote(parts.path)))
    inside = re.sub(r"^(?:\.\./)+", "", target)
    ending = posixpath.splitext(inside)[1]
    return posixpath.relpath(place(inside).id + ending, posixpath.dirname(article_id) or ".")


def _from_base(src: str, base: str) -> str:
    """A picture's address as seen from the page, whatever ``<base>`` says."""
    if not base or re.match(r"[\w+.-]+:|/", src):
        return src
    return posixpath.join(posixpath.dirname(base), src)


class _Blocks:
    """Turns elements into Markdown blocks, in document order."""

    def __init__(self, link: Callable[[str], str], picture: Callable[[str], str]) -> None:
        self._link = link
        self._picture = picture
        self._level = 1
        self._by_tag: Mapping[str, Callable[[HtmlElement], Iterator[str]]] = {
            **{f"h{level}": self._heading for level in range(1, 7)},
            "ul": self._list,
            "ol": self._list,
            "dl": self._definitions,
            "table": self._table,
            "pre": self._code,
            "blockquote": self._quotation,
            "summary": self._summary,
            "hr": lambda _element: iter(()),
        }

    def of(self, element: HtmlElement) -> Iterator[str]:
        """The blocks inside an element; text between them becomes paragraphs."""
        pending = [_text(element.text)]
        for child in element:
            if self._is_block(child):
                yield from self._paragraph(pending)
                yield from self._block(child)
                pending = [_text(child.tail)]
            else:
                pending += [self._inline(child), _text(child.tail)]
        yield from self._paragraph(pending)

    def _is_block(self, element: HtmlElement) -> bool:
        return element.tag in _BLOCKS or any(part.tag in _BLOCKS for part in element.iterdescendants())

    def _block(self, element: HtmlElement) -> Iterator[str]:
        if element.tag == "p" and _classes(element) & _CODE:
            yield from self._code(element)
        else:
            yield from self._by_tag.get(str(element.tag), self.of)(element)

    def _paragraph(self, pieces: list[str]) -> Iterator[str]:
        text = _tidy("".join(pieces))
        if text:
            yield "  \n".join(escaped_line_start(line) for line in text.split("\n"))

    def _heading(self, element: HtmlElement) -> Iterator[str]:
        text = _tidy(escaped(_SPACES.sub(" ", element.text_content()))).replace("\n", " ")
        if text:
            self._level = int(str(element.tag)[1])
            yield f"{'#' * self._level} {text.rstrip('#').rstrip() or text}"

    def _summary(self, element: HtmlElement) -> Iterator[str]:
        """The clickable line of a fold: a question, most often, so it heads what it unfolds."""
        text = _tidy(escaped(_SPACES.sub(" ", element.text_content())))
        if text:
            yield f"{'#' * min(self._level + 1, 6)} {text}"

    def _list(self, element: HtmlElement) -> Iterator[str]:
        start = element.get("start") or ""
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 9 else 1
        items: list[str] = []
        for child in element:
            blocks = list(self._block(child) if child.tag in ("ul", "ol") else self.of(child))
            if not blocks:
                continue
            if child.tag in ("ul", "ol") and items:
                items.append(_indented("\n".join(blocks), "   "))
                continue
            marker = f"{number}. " if element.tag == "ol" else "- "
            number += 1
            items.append(marker + _indented(_item(blocks), " " * len(marker)).lstrip())
        if items:
            yield "\n".join(items)

    def _definitions(self, element: HtmlElement) -> Iterator[str]:
        items: list[str] = []
        for child in element.iter("dt", "dd"):
            blocks = list(self.of(child))
            if not blocks:
                continue
            if child.tag == "dt" or not items:
                items.append("- " + _indented(_item(blocks), "  ").lstrip())
            else:
                items[-1] += ": " + _indented(_item(blocks), "  ").lstrip()
        if items:
            yield "\n".join(items)

    def _table(self, element: HtmlElement) -> Iterator[str]:
        if not holds_data(element):
            for caption in element.findall("caption"):
                yield from self.of(caption)
            for row in rows_of(element):
                for cell in cells_of(row):
                    yield from self.of(cell)
            return
        for caption in element.findall("caption"):
            yield from self.of(caption)
        table = pipe_table(element, self._cell)
        if table:
            yield table

    def _cell(self, element: HtmlElement) -> str:
        lines = [line.strip() for block in self.of(element) for line in block.split("\n")]
        words = " ".join(re.sub(r"^(?:[-•]|```\w*) ?", "", line) for line in lines if line)
        return words or " ".join(image.get("alt", "").strip() for image in element.iter("img")).strip()

    def _code(self, element: HtmlElement) -> Iterator[str]:
        for line_break in element.iter("br"):
            line_break.tail = "\n" + (line_break.tail or "")
        text = _dedented(str(element.text_content()))
        if not text:
            return
        inner = element.find("code")
        names = f"{element.get('class') or ''} {inner.get('class') or '' if inner is not None else ''}"
        language = re.search(r"\b(?:language|lang)-([\w+#-]+)", names)
        longest = max((len(run) for run in re.findall("`+", text)), default=0)
        fence = "`" * max(longest + 1, 3)
        yield f"{fence}{language[1] if language else ''}\n{text}\n{fence}"

    def _quotation(self, element: HtmlElement) -> Iterator[str]:
        text = "\n\n".join(self.of(element))
        if text:
            yield "\n".join(f"> {line}".rstrip() for line in text.split("\n"))

    def _inline(self, element: HtmlElement) -> str:
        """An element within a line, as Markdown."""
        if element.tag == "br":
            return "\n"
        if element.tag == "img":
            return self._image(element)
        if element.tag in ("code", "kbd", "samp", "tt"):
            text = _SPACES.sub(" ", element.text_content()).strip()
            return code_span(text) if text else ""
        inside = _text(element.text) + "".join(self._inline(child) + _text(child.tail) for child in element)
        return self._marked_up(element, inside)

    def _image(self, element: HtmlElement) -> str:
        words = escaped(_SPACES.sub(" ", element.get("alt") or ""))
        address = "" if _is_spacer(element) else self._picture(element.get("src") or "")
        if not address:
            return words if _among_words(element) else ""
        label = _unbracketed(words.strip()).rstrip("\\")
        return f"![{label}]({address})"

    def _marked_up(self, element: HtmlElement, inside: str) -> str:
        if element.tag == "a":
            return self._anchor(element, inside)
        if element.tag in ("b", "strong") or _classes(element) & _STRONG:
            return emphasised(inside, "**")
        if element.tag in ("i", "em"):
            return emphasised(inside, "*")
        if element.tag == "sup":
            return inside.translate(_SUPERSCRIPTS)
        return inside

    def _anchor(self, element: HtmlElement, inside: str) -> str:
        target = self._link(element.get("href") or "") if element.get("href") else ""
        words = inside.strip().replace("\n", " ")
        if not target or not words or "](" in words:
            return inside
        target = re.sub(r"[\s()<>\\]", lambda match: f"%{ord(match[0]):02X}", target)
        before = " " if inside[:1].isspace() else ""
        return f"{before}[{_unbracketed(words)}]({target}){' ' if inside[-1:].isspace() else ''}"


def _text(text: str | None) -> str:
    return escaped(_SPACES.sub(" ", text)) if text else ""


def _tidy(text: str) -> str:
    lines = (re.sub(r" {2,}", " ", line).strip() for line in text.replace("****", "").split("\n"))
    return "\n".join(line for line in lines if line)


def _classes(element: HtmlElement) -> set[str]:
    return set((element.get("class") or "").lower().split())


def _among_words(image: HtmlElement) -> bool:
    """Whether a picture stands within a sentence, so that its alternative text is part of what is said."""
    line = next((parent for parent in image.iterancestors() if parent.tag in _BLOCKS), None)
    return line is not None and bool(line.text_content().strip())


def _is_spacer(image: HtmlElement) -> bool:
    """Whether a picture is too small to show anything: it holds a place, or counts readers."""
    return any(re.fullmatch(r"\s*[01](?:px)?\s*", image.get(side) or "") for side in ("width", "height"))


def _item(blocks: list[str]) -> str:
    """The blocks of a list item: a nested list follows its paragraph closely, other blocks stand apart."""
    text = blocks[0]
    for block in blocks[1:]:
        text += ("\n" if re.match(r"(?:-|\d+\.) ", block) else "\n\n") + block
    return text


def _indented(text: str, indent: str) -> str:
    return "\n".join(indent + line if line.strip() else "" for line in text.split("\n"))


def _dedented(text: str) -> str:
    lines = [line.rstrip() for line in text.replace("\u00a0", " ").expandtabs(4).strip("\n").split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    margin = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
    return "\n".join(line[margin:] for line in lines)


def _unbracketed(words: str) -> str:
    return re.sub(r"(?<!\\)([\[\]])", r"\\\1", words)
