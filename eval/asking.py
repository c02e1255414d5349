"""Questions put to an installation from the command line: answered in this process, and nothing is stored.

A server may own the data directory meanwhile, and an index opened by two processes goes stale. So the indexes there are
left alone: both are made anew from what SQL keeps, the vectors in memory and the keywords in a folder that is removed
afterwards. Nothing is embedded but the questions.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.container import Container
from assistant.domain.answers import Citation, Hit, Utterance
from assistant.domain.indexing import VectorPointer
from assistant.domain.locales import normalize
from assistant.errors import Invalid, NotFound
from assistant.flow.request import TurnRequest
from assistant.knowledge import segment
from assistant.knowledge.index import KnowledgeIndex
from assistant.knowledge.vectors import ExactVectors
from assistant.storage.index_log import IndexLog

LONGEST_TEXT = 4_000
_ROLES = ("customer", "assistant", "agent")


@dataclass(frozen=True, slots=True)
class Request:
    """A question as the command line takes it; ``locale`` is empty where the text alone tells the language."""

    id: str
    text: str
    history: tuple[Utterance, ...] = ()
    locale: str = ""


class AsideLog(IndexLog):
    """The same truth for indexes that live and die with this process: where they stand is nobody else's business."""

    _pointer: VectorPointer | None = None

    def epoch(self) -> str:
        """A name of this process's own."""
        return "aside"

    def pointer(self) -> VectorPointer | None:
        """The collection that serves here."""
        return self._pointer

    def set_pointer(self, value: VectorPointer) -> None:
        """Remember the collection that serves here."""
        self._pointer = value


@contextmanager
def aside(container: Container) -> Iterator[Container]:
    """The container with indexes of its own, until the block ends. Must be entered before anything was asked of it."""
    container.configure_words()
    with tempfile.TemporaryDirectory(prefix="askdesk-") as folder:
        index = KnowledgeIndex(
            Path(folder),
            AsideLog(container.database),
            container.models,
            ExactVectors(),
            make_reader=container.reader_of,
        )
        try:
            index.open()
            index.open_dense()
            container.knowledge = index
            _warm_up(container)
            yield container
        finally:
            index.close()


def _warm_up(container: Container) -> None:
    """Load now what the first question would otherwise be charged with."""
    segment.warm_up()
    container.warm_up_dictionary()
    serving = container.knowledge.serving
    if serving is not None:
        serving.embedder.embed_query("warm up")
    container.turns.once(TurnRequest("?"))


def answer(container: Container, asked: Request) -> dict[str, Any]:
    """One turn: outcome, text, confidence, citations and the seconds that it took."""
    started = time.perf_counter()
    given = container.turns.once(TurnRequest(asked.text, locale=_locale(container, asked), history=asked.history))
    return {
        "id": asked.id,
        "outcome": str(given.outcome),
        "text": given.text,
        "confidence": round(given.confidence, 4),
        "citations": [_cited(cited) for cited in given.citations],
        "choices": [choice.text for choice in given.choices],
        "seconds": round(time.perf_counter() - started, 4),
    }


def _cited(citation: Citation) -> dict[str, str]:
    """A citation; with its translation where the quote is in another language and a model made one."""
    names = ("article", "title", "heading", "quote", *(["translation"] if citation.translation else []))
    return {name: getattr(citation, name) for name in names}


def search(container: Container, asked: Request, k: int) -> dict[str, Any]:
    """The ``k`` best passages, best first."""
    locale = container.detect_locale(asked.text, _locale(container, asked))
    return {"id": asked.id, "results": [result(hit) for hit in container.find(asked.text, asked.locale or locale, k)]}


def result(hit: Hit) -> dict[str, Any]:
    """A passage found, with its scores."""
    passage = hit.passage
    return {
        "article": passage.article,
        "passage": passage.id,
        "title": passage.title,
        "heading": passage.heading,
        "text": passage.text,
        "score": round(hit.score, 4),
        "dense": round(hit.dense, 4),
        "keyword": round(hit.keyword, 4),
    }


def read_batch(file: Path, locale: str = "") -> list[Request]:
    """The requests of a JSON Lines file: ``{id, text, history?, locale?}`` a line, ``locale`` serving the others.

    Raises:
        NotFound: there is no such file.
        Invalid: a line cannot be read; the message names it.
    """
    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} is not UTF-8 text; save it as UTF-8.") from error
    return [_request(line, f"Line {n} of {file}", n, locale) for n, line in enumerate(lines, 1) if line.strip()]


def checked_locale(locale: str) -> str:
    """The stored spelling of a locale. Raises ``Invalid`` for what is no language tag."""
    try:
        return normalize(locale) if locale else ""
    except ValueError as error:
        raise Invalid(f"{error}.") from error


def checked_text(text: Any, where: str = "The text") -> str:
    """The text, if it may be asked. Raises ``Invalid``."""
    if not isinstance(text, str) or not text.strip():
        raise Invalid(f"{where} says nothing: “text” must be a question of 1 to {LONGEST_TEXT:,} characters.")
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"{where} has {len(text):,} characters; at most {LONGEST_TEXT:,} are allowed.")
    return text


def _locale(container: Container, asked: Request) -> str:
    return asked.locale or container.installation.current().site.default_locale


def _request(line: str, where: str, number: int, locale: str) -> Request:
    try:
        said = json.loads(line)
    except ValueError as error:
        raise Invalid(f"{where} is not JSON: {error}.") from error
    if not isinstance(said, dict):
        raise Invalid(f"{where} is not an object with “id” and “text”.")
    return Request(
        id=str(said.get("id", number)),
        text=checked_text(said.get("text"), where),
        history=_history(said.get("history") or [], where),
        locale=checked_locale(str(said.get("locale") or "")) or locale,
    )


def _history(turns: Any, where: str) -> tuple[Utterance, ...]:
    if not isinstance(turns, list):
        raise Invalid(f"{where}: “history” is not a list.")
    return tuple(_utterance(turn, where) for turn in turns)


def _utterance(turn: Any, where: str) -> Utterance:
    if not isinstance(turn, Mapping) or turn.get("role") not in _ROLES or not isinstance(turn.get("text"), str):
        raise Invalid(f"{where}: each turn of “history” needs a role ({', '.join(_ROLES)}) and a text.")
    return Utterance(turn["role"], turn["text"])
