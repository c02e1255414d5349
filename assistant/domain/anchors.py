"""Heading anchors that the rendered article and the passages split from it agree on."""

from __future__ import annotations

import re

_DROPPED = re.compile(r"[^\w\- ]")
_SPACES = re.compile(r"\s+")
_LONGEST = 80


def slug(text: str, taken: set[str]) -> str:
    """An id for a heading: lower case, spaces as hyphens, punctuation dropped, CJK kept; unique within ``taken``.

    The id is added to ``taken``, so that calling this for each heading in document order gives ``setup``, ``setup-1``,
    ``setup-2``. A heading without letters becomes ``section``.
    """
    spaced = _SPACES.sub(" ", text.strip().lower())
    base = _DROPPED.sub("", spaced).strip().replace(" ", "-")[:_LONGEST] or "section"
    found, number = base, 0
    while found in taken:
        number += 1
        found = f"{base}-{number}"
    taken.add(found)
    return found
