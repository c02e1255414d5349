"""YAML front matter, told apart from the body and read as plain texts."""

from __future__ import annotations

import re
from typing import Any

import yaml

from assistant.wording import Worded
from ingest.failures import Unreadable

_FENCE = re.compile(r"---[ \t]*")
_CLOSING = re.compile(r"(?:---|\.\.\.)[ \t]*")
_KEY = re.compile(r"[\w-]+[ \t]*:(?:\s|$)")
_LONGEST = 64 * 1024


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The fields before the body, and the body. Scalars stay as written (``yes`` is "yes", 1.10 is "1.10").

    A text that merely opens with a horizontal rule has no front matter.

    Raises:
        Unreadable: it is not closed, or not YAML; the message names the line.
    """
    lines = text.lstrip("\ufeff").split("\n")
    if not _FENCE.fullmatch(lines[0]):
        return {}, text
    end = next((number for number, line in enumerate(lines[1:], 1) if _CLOSING.fullmatch(line)), None)
    if end is None:
        if len(lines) > 1 and _KEY.match(lines[1]):
            raise Unreadable("The front matter that line 1 opens is never closed. Add a line --- below it.")
        return {}, text
    fields = _fields("\n".join(lines[1:end]))
    return ({}, text) if fields is None else (fields, "\n".join(lines[end + 1 :]))


def _fields(source: str) -> dict[str, Any] | None:
    if len(source) > _LONGEST:
        raise Unreadable("The front matter is longer than 64 KiB.")
    try:
        # BaseLoader builds nothing but texts, lists and mappings, so it is as safe as SafeLoader, and keeps scalars.
        loaded = yaml.load(source, Loader=yaml.BaseLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 2 if mark else 1
        said = "The front matter is broken on line %(n)s: %(problem)s."
        raise Unreadable(Worded(said, n=str(line), problem=str(error.problem or error.context))) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        first = str(error).splitlines()[0]
        raise Unreadable(Worded("The front matter is broken: %(problem)s.", problem=first)) from error
    if loaded is None or loaded == "":
        return {}
    if isinstance(loaded, str):
        return None
    if not isinstance(loaded, dict):
        raise Unreadable("The front matter is broken on line 2: it must be lines of “key: value”.")
    return {str(key): value for key, value in loaded.items()}
