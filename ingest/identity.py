"""An article's id and the locale that its folder says, from where its file lies (decisions 2 and 3)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.domain.locales import is_locale, normalize
from assistant.domain.visible import visible


@dataclass(frozen=True, slots=True)
class Place:
    """What a path says: the ``id`` it gives, and the ``locale`` of a leading ``en/`` or ``zh-CN/`` if any."""

    id: str
    locale: str | None


def place(path: str) -> Place:
    """The id and locale of a path relative to the folder or zip that was named.

    A zip inside it counts as a folder of its name, so ``zh.zip/text/a.html`` and ``zh/text/a.html`` are the same place.
    Characters that nobody sees are left out: an id is part of the addresses that customers are shown.
    """
    parts = [part.removesuffix(".zip").removesuffix(".ZIP") for part in path.split("/")[:-1] if part not in ("", ".")]
    locale = normalize(parts[0]) if parts and is_locale(parts[0]) else None
    folders = parts[1:] if locale else parts
    # A name of nothing else stays as it is, to be told from others.
    return Place("/".join(visible(part) or part for part in [*folders, PurePosixPath(path).stem]), locale)
