"""Source files as articles: the right reader for each ending, each failure by itself, no id twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from assistant.domain.articles import ArticleKey
from assistant.wording import Worded
from ingest.archives import Limits
from ingest.failures import Failure, Unreadable
from ingest.faq import read_rows
from ingest.html import read_html
from ingest.markdown import read_markdown
from ingest.parsed import ParsedArticle, Reading
from ingest.sources import SourceFile, walk
from ingest.text import read_text

LONGEST_BODY = 1_000_000
_READERS: Mapping[str, Callable[[SourceFile, Reading], Iterator[ParsedArticle | Failure]]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".txt": read_text,
    ".jsonl": read_rows,
    ".csv": read_rows,
    ".tsv": read_rows,
    ".xlsx": read_rows,
}


def read_articles(
    paths: Iterable[Path], reading: Reading, limits: Limits | None = None
) -> Iterator[ParsedArticle | Failure]:
    """Every article under ``paths`` and a ``Failure`` for each file or row that gives none, one file at a time.

    The second article with the id and locale of an earlier one fails, and names where the first one is.
    """
    seen: dict[ArticleKey, str] = {}
    for source in walk(paths, limits):
        for found in [source] if isinstance(source, Failure) else parse(source, reading):
            yield found if isinstance(found, Failure) else _first_only(found, seen)


def parse(source: SourceFile, reading: Reading) -> Iterator[ParsedArticle | Failure]:
    """The articles of one file (a FAQ has one a row), and a ``Failure`` for each row or file that cannot be read."""
    found = 0
    try:
        for each in _READERS[source.ending](source, reading):
            found += 1
            yield _short_enough(each)
    except Unreadable as reason:
        found += 1
        yield Failure(source.path, reason.message)
    if not found:
        yield Failure(source.path, "The file holds no article.")


def _short_enough(found: ParsedArticle | Failure) -> ParsedArticle | Failure:
    if isinstance(found, Failure) or len(found.content.body) <= LONGEST_BODY:
        return found
    said = Worded("The article “%(id)s” is longer than %(n)s characters. Split it.", id=found.key_id, n=LONGEST_BODY)
    return Failure(found.path, said)


def twice(article: ParsedArticle, first: str) -> str:
    """What to say of an article whose id another file, ``first``, has used already."""
    return Worded(
        "The id “%(id)s” (%(locale)s) is in %(first)s and in %(path)s. "
        "The first was kept; give one of them another id.",
        id=article.key_id,
        locale=article.locale,
        first=first,
        path=article.path,
    )


def _first_only(article: ParsedArticle, seen: dict[ArticleKey, str]) -> ParsedArticle | Failure:
    first = seen.get(article.key)
    if first is None:
        seen[article.key] = article.path
        return article
    return Failure(
        article.path,
        twice(article, first),
    )
