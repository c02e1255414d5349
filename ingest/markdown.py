"""Markdown files with optional front matter, as articles."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from markdown_it.token import Token

from assistant.domain.articles import ArticleContent
from assistant.domain.image_links import with_image_links
from assistant.domain.markdown import document, inline_text
from ingest.encoding import decode
from ingest.failures import Unreadable
from ingest.fields import audience_of, id_of, status_of, text_of, texts_of
from ingest.front_matter import front_matter
from ingest.identity import place
from ingest.parsed import ParsedArticle, Reading
from ingest.sources import SourceFile

_COMMENT = re.compile(r"^[ \t]*<!--.*?-->[ \t]*\n|<!--.*?-->", re.DOTALL | re.MULTILINE)
_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)


def read_markdown(source: SourceFile, reading: Reading) -> Iterator[ParsedArticle]:
    """The one article of a Markdown file.

    Its title is that of the front matter, else the first heading of level 1, else the file's name. HTML comments are
    for writers and are dropped; keys that Askdesk does not know are let be. Images lead to what is stored of them.
    """
    fields, text = front_matter(decode(source.data))
    title, body = _titled(" ".join(text_of(fields.get("title")).split()), _without_comments(text))
    if not body:
        raise Unreadable("The article has no text below its title.")
    body = with_image_links(body, reading.picture)
    stands = place(source.path)
    locale, origin = reading.locale_of(text_of(fields.get("locale")), "", stands.locale, f"{title}\n{body}")
    yield ParsedArticle(
        key_id=id_of(fields.get("id")) or stands.id,
        locale=locale,
        content=ArticleContent(
            title=title or name_as_title(source.path),
            body=body,
            category=text_of(fields.get("category")),
            tags=texts_of("tags", fields.get("tags"), r"[,，、]"),
            audience=audience_of(fields.get("audience")),
            alternates=texts_of("alternates", fields.get("alternates"), r"[|｜\n]"),
        ),
        status=status_of(fields.get("status")),
        path=source.path,
        locale_from=origin,
    )


def name_as_title(path: str) -> str:
    """The file's name as a person would write it."""
    return re.sub(r"[-_\s]+", " ", PurePosixPath(path).stem).strip() or path


def _titled(title: str, text: str) -> tuple[str, str]:
    """The title and the body without the heading that only repeats or gives it."""
    heading = _first_heading(document(text))
    if heading is not None and heading[1].map and (not title or inline_text(heading[1]) == title):
        start, end = heading[0].map or (0, 0)
        lines = text.split("\n")
        return title or inline_text(heading[1]), "\n".join([*lines[:start], *lines[end:]]).strip()
    return title, text.strip("\n").rstrip()


def _first_heading(tokens: Sequence[Token]) -> tuple[Token, Token] | None:
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1" and token.level == 0 and inline_text(tokens[number + 1]):
            return token, tokens[number + 1]
    return None


def _without_comments(text: str) -> str:
    """The text without HTML comments, code blocks left alone."""
    if "<!--" not in text or "-->" not in text:
        return text
    text, closed, rest = text.rpartition("-->")  # beyond it, the pattern would search to the end for each opening
    text += closed
    kept: list[str] = []
    begin = 0
    for match in _FENCED.finditer(text):
        kept += [_COMMENT.sub("", text[begin : match.start()]), match[0]]
        begin = match.end()
    return "".join([*kept, _COMMENT.sub("", text[begin:] + "\n").removesuffix("\n"), rest])
