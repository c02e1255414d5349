"""FAQ entries and passage collections: one article a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from assistant.domain.articles import ArticleContent
from assistant.domain.markdown import plain_text
from assistant.wording import Worded
from ingest.failures import Failure, Unreadable
from ingest.fields import audience_of, id_of, status_of, text_of, texts_of
from ingest.identity import place
from ingest.parsed import ParsedArticle, Reading
from ingest.rows import Row, csv_rows, json_rows, xlsx_rows
from ingest.sources import SourceFile

_READERS: Mapping[str, Callable[[bytes], Iterator[Row | Unreadable]]] = {
    ".jsonl": json_rows,
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".xlsx": xlsx_rows,
}
_REPORTED_ROWS = 50
_TITLE_LENGTH = 80


def read_rows(source: SourceFile, reading: Reading) -> Iterator[ParsedArticle | Failure]:
    """An article for each row of a FAQ (``question``, ``answer``) or passage collection (``text``).

    A row that cannot be read fails by itself and names its line; a file of nothing but such rows is given up after 50.
    """
    failures = 0
    for row in _READERS[PurePosixPath(source.path).suffix.lower()](source.data):
        try:
            if isinstance(row, Unreadable):
                raise row
            yield _article(source, row, reading)
        except Unreadable as reason:
            failures += 1
            yield Failure(source.path, reason.message)
            if failures == _REPORTED_ROWS:
                said = Worded("The rest of the file was not read, because %(n)s rows failed.", n=failures)
                yield Failure(source.path, said)
                return


def _article(source: SourceFile, row: Row, reading: Reading) -> ParsedArticle:
    stands = place(source.path)
    try:
        content = _content(row.fields)
        said = text_of(row.fields.get("locale"))
        locale, origin = reading.locale_of(said, "", stands.locale, f"{content.title}\n{content.body}")
        key = id_of(row.fields.get("id")) or f"{stands.id}/{row.number}"
        status = status_of(row.fields.get("status"))
    except Unreadable as reason:
        raise Unreadable(Worded("%(where)s: %(reason)s", where=row.where, reason=reason.message)) from reason
    return ParsedArticle(key, locale, content, status, source.path, origin)


def _content(fields: Mapping[str, object]) -> ArticleContent:
    question, answer, text = (_words(fields.get(name)) for name in ("question", "answer", "text"))
    if question and not answer and not text:
        raise Unreadable("The question has no answer.")
    body = answer or text
    if not body or (answer and not question):
        raise Unreadable("The answer has no question." if answer else "There is no question and answer, and no text.")
    return ArticleContent(
        title=" ".join(question.split()) or text_of(fields.get("title")) or _beginning(body),
        body=body,
        category=text_of(fields.get("category")),
        tags=texts_of("tags", fields.get("tags"), r"[,，、|｜]"),
        audience=audience_of(fields.get("audience")),
        alternates=texts_of("alternates", fields.get("alternates"), r"[|｜\n]"),
    )


def _words(value: object) -> str:
    return text_of(value).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")


def _beginning(body: str) -> str:
    """A title for a text that has none: its first words."""
    line = plain_text(body).split("\n", 1)[0]
    if len(line) <= _TITLE_LENGTH:
        return line
    cut = line[:_TITLE_LENGTH]
    return cut.rsplit(" ", 1)[0] if " " in cut else cut
