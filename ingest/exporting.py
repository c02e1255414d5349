"""Articles as files that ``ingest`` reads back unchanged: Markdown with front matter, one folder a locale, pictures."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import yaml

from assistant.articles import ArticleView
from assistant.domain.articles import ArticleContent
from assistant.domain.image_links import with_image_links
from assistant.domain.markdown import document, inline_text
from assistant.domain.pictures import STORED_AT
from assistant.errors import Invalid
from assistant.storage.tables import Blob

_UNSAFE = re.compile(r'[\x00-\x1f<>:"|?*\\]')
_LONGEST_PART = 120
_IMAGE = "image/"
_PICTURES = "pictures"

Stored = Callable[[str], Blob | None]


def export(articles: Iterable[ArticleView], folder: Path, stored: Stored) -> int:
    """How many articles were written to ``folder``, each as it is published, or as a draft where none is.

    ``stored`` gives a file by its hash; the pictures that articles show lie beside them.

    Raises:
        Invalid: the folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(f"{folder} is not empty. Name a folder that does not exist yet.")
    folder.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    pictures = _Pictures(folder, stored)
    written = 0
    for article in articles:
        if not article.content.body.strip():
            continue  # a title alone is no article yet, and could not be read back
        path = folder / _path(article, taken)
        path.parent.mkdir(parents=True, exist_ok=True)
        body = with_image_links(article.content.body, pictures.beside(path.parent))
        shown = replace(article, content=replace(article.content, body=body))
        path.write_text(as_markdown(shown), "utf-8", newline="\n")
        written += 1
    return written


class _Pictures:
    """The pictures of an export, each written once."""

    def __init__(self, folder: Path, stored: Stored) -> None:
        self._folder = folder
        self._stored = stored
        self._written: dict[str, str] = {}

    def beside(self, place: Path) -> Callable[[str], str]:
        """What a file in this folder calls a picture by its address in an article; "" for one that is not stored."""
        up = posixpath.relpath(self._folder.as_posix(), place.as_posix())

        def named(address: str) -> str:
            digest = address.removeprefix(STORED_AT)
            name = self._name(digest) if digest != address else ""
            return f"{up}/{_PICTURES}/{name}" if name else ""

        return named

    def _name(self, digest: str) -> str:
        if digest not in self._written:
            found = self._stored(digest)
            self._written[digest] = self._write(found) if found and found.content_type.startswith(_IMAGE) else ""
        return self._written[digest]

    def _write(self, picture: Blob) -> str:
        name = f"{picture.hash}.{picture.content_type.removeprefix(_IMAGE)}"
        (self._folder / _PICTURES).mkdir(exist_ok=True)
        (self._folder / _PICTURES / name).write_bytes(picture.data)
        return name


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
