"""A web page's own words: its title, language and main content, without what every page of the site repeats."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from assistant.wording import Worded
from ingest.encoding import decode
from ingest.failures import Unreadable

_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_CHINESE_CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs"}
_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "video", "audio", "map"}
    | {"nav", "footer", "button", "input", "select", "textarea", "dialog", "head", "link", "meta", "base"}
)
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "dialog", "menu", "menubar"})
_AROUND = re.compile(
    r"(?:related|relatedtopics|related-\w+|breadcrumbs?|toc|table-of-contents|sidebar|side-?nav|nav|navbar|navigation|"
    r"menu|pagination|pager|share|sharing|social|cookie\S*|prev-?next|skip-?link)"
)
_MOSTLY = 0.6
_LONGEST_CAPTION = 40


class Page:
    """A parsed page; ``content`` holds only what the article says."""

    def __init__(self, data: bytes) -> None:
        """Raises ``Unreadable`` for bytes that are no text or no HTML."""
        parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False)
        try:
            self._root: HtmlElement = document_fromstring(_text(data).encode("utf-8", "replace"), parser=parser)
        except (etree.LxmlError, ValueError) as error:
            raise Unreadable(Worded("The page is not HTML: %(problem)s.", problem=str(error))) from error
        self.language = (
            self._root.get("lang") or self._root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
        ).strip()
        base = self._root.find(".//base[@href]")
        self.base = base.get("href", "") if base is not None else ""
        self._head_title = _words(self._root.findtext(".//title") or "")
        self.content = self._main()
        _prune(self.content)
        self.title = self._title()

    def _main(self) -> HtmlElement:
        for path in (".//main", ".//*[@role='main']", ".//article", ".//*[@itemprop='articleBody']"):
            found = self._root.findall(path)
            if len(found) == 1 and _words(found[0].text_content()):
                return found[0]
        body = self._root.find("body")
        return body if body is not None else self._root

    def _title(self) -> str:
        """The only heading of level 1, which then leaves the content; else the page's ``<title>``."""
        headings = [heading for heading in self.content.iter("h1") if _words(heading.text_content())]
        same = [heading for heading in headings if _words(heading.text_content()) == self._head_title]
        chosen = same[:1] or (headings if len(headings) == 1 else [])
        if not chosen:
            return self._head_title
        title = _words(chosen[0].text_content())
        _drop(chosen[0])
        return title


def _text(data: bytes) -> str:
    declared = _CHARSET.search(data[:4096])
    name = declared[1].decode("ascii").lower() if declared else ""
    if name and name not in ("utf-8", "utf8") and not data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode(_CHINESE_CHARSETS.get(name, name))
        except (UnicodeDecodeError, LookupError):
            return decode(data)
    return decode(data)


def _words(text: str) -> str:
    return " ".join(text.split())


def _prune(content: HtmlElement) -> None:
    """Take away what is no part of the article, once hidden alternatives that a script chooses among are settled."""
    for group in list(content.iter("span", "div", "td", "p")):
        _settle_alternatives(group)
    for element in list(content.iter(etree.Element)):
        if element is not content and _is_around(element):
            _drop(element)


def _settle_alternatives(group: HtmlElement) -> None:
    """Show one of several hidden variants in a line (the default, where it is marked), all of those that are blocks.

    Pages with variants for each system hide all of them until a script shows one; taken as hidden, the sentence around
    them would lose its words.
    """
    variants = [child for child in group if child.get("hidden") is not None]
    if not variants or len(variants) != len(group) or _words(group.text or ""):
        return
    marked = [each for each in variants if "default" in f"{each.get('id', '')} {each.get('class', '')}".lower()]
    inline = all(not any(_is_block(part) for part in each.iter()) for each in variants)
    shown = marked[:1] if inline and marked else [each for each in variants if _words(each.text_content())]
    for number, variant in enumerate(variants):
        if variant not in shown:
            _drop(variant)
            continue
        variant.attrib.pop("hidden")
        if inline and variant is not shown[-1] and number < len(variants):
            variant.tail = " / "


def _is_block(element: HtmlElement) -> bool:
    return element.tag in ("p", "div", "ul", "ol", "table", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "dl")


def _is_around(element: HtmlElement) -> bool:
    if element.tag in _DROPPED or element.get("role") in _ROLES or element.get("aria-hidden") == "true":
        return True
    if element.get("hidden") is not None and element.get("hidden") != "until-found":
        return True
    if element.tag in ("header", "aside"):
        return not any(parent.tag in ("main", "article") for parent in element.iterancestors())
    return _named_around(element) and _is_mostly_links(element)


def _named_around(element: HtmlElement) -> bool:
    names = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
    return any(_AROUND.fullmatch(name) for name in names)


def _is_mostly_links(element: HtmlElement) -> bool:
    """Whether an element leads elsewhere rather than saying something (a caption such as “Related” aside)."""
    whole = len(_words(element.text_content()))
    linked = sum(len(_words(link.text_content())) for link in element.iter("a") if link.get("href"))
    return whole - linked <= _LONGEST_CAPTION or linked > _MOSTLY * whole


def _drop(element: HtmlElement) -> None:
    element.drop_tree()
