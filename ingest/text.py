"""Plain text files, as articles."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.domain.articles import ArticleContent, ArticleStatus
from ingest.encoding import decode
from ingest.identity import place
from ingest.markdown import name_as_title
from ingest.parsed import ParsedArticle, Reading
from ingest.sources import SourceFile

_LONGEST_TITLE = 100


def read_text(source: SourceFile, reading: Reading) -> Iterator[ParsedArticle]:
    """The one article of a text file: a short first line with a blank one below is its title, else the file's name.

    Indentation is dropped, because Markdown would take it for code.
    """
    lines = [line.strip() for line in decode(source.data).strip().split("\n")]
    title = name_as_title(source.path)
    if len(lines) > 2 and len(lines[0]) <= _LONGEST_TITLE and not lines[1]:
        title, lines = lines[0].lstrip("# "), lines[2:]
    body = "\n".join(lines).strip()
    stands = place(source.path)
    locale, origin = reading.locale_of("", "", stands.locale, f"{title}\n{body}")
    yield ParsedArticle(stands.id, locale, ArticleContent(title, body), ArticleStatus.PUBLISHED, source.path, origin)
