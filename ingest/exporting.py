"""Articles as files that ``ingest`` reads back unchanged: Markdown with front matter, one folder a locale."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import yaml

from assistant.articles import ArticleView
from assistant.domain.articles import ArticleContent
from assistant.domain.markdown import document, inline_text
from assistant.errors import Invalid

_UNSAFE = re.compile(r'[\x00-\x1f<>:"|?*\\]')
_LONGEST_PART = 120


def export(articles: Iterable[ArticleView], folder: Path) -> int:
    """How many articles were written to ``folder``, each as it is published, or as a draft where none is.

    Raises:
        Invalid: the folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(f"{folder} is not empty. Name a folder that does not exist yet.")
    folder.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    written = 0
    for article in articles:
        if not article.content.body.strip():
            continue  # a title alone is no article yet, and could not be read back
        path = folder / _path(article, taken)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(as_markdown(article), "utf-8", newline="\n")
        written += 1
    return written


def as_markdown(article: ArticleView) -> str:
    """The article as a file: front matter, then its body."""
    content = article.content
    fields: dict[str, object] = {
        "id": article.key.id,
        "title": content.title,
        "locale": article.key.locale,
        "category": content.category,
        "tags": list(content.tags),
        "audience": str(content.audience),
        "status": str(article.status),
        "alternates": list(content.alternates),
    }
    kept = {name: value for name, value in fields.items() if value not in ("", [])}
    head = yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=float("inf"))
    return f"---\n{head}---\n\n{_body(content)}\n"


def _body(content: ArticleContent) -> str:
    """The body; before one that opens with its own title, the title once more, for reading takes the first away."""
    heading = next((token for token in pairwise(document(content.body)) if token[0].tag == "h1"), None)
    repeats = heading is not None and inline_text(heading[1]) == content.title
    return f"# {content.title}\n\n{content.body}" if repeats else content.body


def _path(article: ArticleView, taken: set[str]) -> str:
    """A path that any file system takes; the front matter says the id, whatever becomes of it here."""
    parts = [_safe(part) for part in article.key.id.split("/")]
    base = "/".join([article.key.locale, *(part for part in parts if part)])
    path, number = f"{base}.md", 1
    while path.lower() in taken:
        number += 1
        path = f"{base}-{number}.md"
    taken.add(path.lower())
    return path


def _safe(part: str) -> str:
    plain = _UNSAFE.sub("_", part).strip(" .")
    # A leading dot would hide the file from the next import.
    return plain.encode()[:_LONGEST_PART].decode("utf-8", "ignore").lstrip("~$") or "_"
