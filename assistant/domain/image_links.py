"""Where the images of a Markdown text lead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from markdown_it.token import Token

from assistant.domain.markdown import IMAGE_SPAN, document

_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Edit:
    """What is to stand between two places (line, column) of the text."""

    start: _Place
    end: _Place
    text: str


def with_image_links(text: str, target: Callable[[str], str]) -> str:
    """The Markdown text with each image's target replaced by what ``target`` gives for it.

    An image for which it gives "" stays as it is written. Code is let be; an image that names its target elsewhere in
    the text (``![words][label]``) gets it in its own place.
    """
    if "![" not in text:
        return text
    lines = text.split("\n")
    for edit in reversed(list(_edits(text, lines, target))):
        (first, begin), (last, end) = edit.start, edit.end
        lines[first : last + 1] = [lines[first][:begin] + edit.text + lines[last][end:]]
    return "\n".join(lines)


def _edits(text: str, lines: list[str], target: Callable[[str], str]) -> Iterator[_Edit]:
    searched: dict[int, int] = {}
    for token in document(text):
        if token.type != "inline" or token.map is None:
            continue
        places = _places(token, lines, searched)
        for image in token.children or () if places else ():
            found = target(str(image.attrGet("src") or "")) if image.type == "image" else ""
            if found:
                start, end = image.meta[IMAGE_SPAN]
                yield _Edit(_place(token, places, start), _place(token, places, end), _written(image, found))


def _places(token: Token, lines: list[str], searched: dict[int, int]) -> list[_Place]:
    """Where each line of an inline token's content begins in the text; empty where it is written otherwise there.

    ``searched`` says up to where each line of the text is known to belong to what came before: cells share a line.
    """
    places: list[_Place] = []
    first = token.map[0] if token.map else 0
    for number, line in enumerate(token.content.split("\n"), first):
        words = line.strip()
        column = lines[number].find(words, searched.get(number, 0)) if number < len(lines) else -1
        if column < 0:
            return []
        searched[number] = column + len(words)
        places.append((number, column - (len(line) - len(line.lstrip()))))
    return places


def _place(token: Token, places: list[_Place], position: int) -> _Place:
    line = token.content.count("\n", 0, position)
    number, column = places[line]
    return number, column + position - (token.content.rfind("\n", 0, position) + 1)


def _written(image: Token, target: str) -> str:
    title = " ".join(str(image.attrGet("title") or "").split())
    quoted = title.replace("\\", "\\\\").replace('"', '\\"')
    words = " ".join(image.content.split("\n"))
    return f'![{words}]({target} "{quoted}")' if quoted else f"![{words}]({target})"
