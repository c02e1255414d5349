"""Two texts beside each other, as the lines of the diff component: what was added, what was removed, and where."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from markupsafe import Markup

_CONTEXT = 2
_WORDS = re.compile(r"[㐀-鿿豈-﫿]|\w+|\s+|[^\w\s]")
# Below this likeness, marking words would colour nearly all of them.
_LIKE = 0.4

Line = dict[str, Any]


def difference(old: str, new: str) -> list[Line]:
    """The lines that changed with two around them, ``{kind, old, new, text}``; what lies between is a ``gap``.

    Where a line was reworded, its words are marked with ``ins`` and ``del``. Empty when the texts say the same.
    """
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    lines: list[Line] = []
    reached = 0
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        if group[0][1] > reached:
            lines.append(_line("gap", None, None, ""))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                places = zip(range(old_from, old_to), range(new_from, new_to), strict=True)
                lines.extend(_line("same", at + 1, to + 1, before[at]) for at, to in places)
            else:
                lines.extend(_changed(before, after, (old_from, old_to), (new_from, new_to)))
        reached = group[-1][2]
    if lines and reached < len(before):
        lines.append(_line("gap", None, None, ""))
    return lines


def _changed(before: Sequence[str], after: Sequence[str], old: tuple[int, int], new: tuple[int, int]) -> Iterator[Line]:
    removed, added = list(before[slice(*old)]), list(after[slice(*new)])
    left: list[str | Markup] = list(removed)
    right: list[str | Markup] = list(added)
    for place, (was, will) in enumerate(zip(removed, added, strict=False)):
        left[place], right[place] = _reworded(was, will)
    yield from (_line("removed", old[0] + n + 1, None, text) for n, text in enumerate(left))
    yield from (_line("added", None, new[0] + n + 1, text) for n, text in enumerate(right))


def _reworded(was: str, will: str) -> tuple[str | Markup, str | Markup]:
    old, new = _WORDS.findall(was), _WORDS.findall(will)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < _LIKE:
        return was, will
    left, right = Markup(), Markup()
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        left += gone if tag == "equal" or not gone else Markup("<del>{}</del>").format(gone)
        right += come if tag == "equal" or not come else Markup("<ins>{}</ins>").format(come)
    return left, right


def _line(kind: str, old: int | None, new: int | None, text: str | Markup) -> Line:
    return {"kind": kind, "old": old, "new": new, "text": text}
