"""Sentences that know how they were put together, so that they can be said in another language."""

from __future__ import annotations

from typing import Any


class Worded(str):
    """A finished English sentence that remembers its ``pattern`` and the ``values`` in it.

    It can stand wherever a text does: in an error, a report, JSON. Whoever shows it to a person looks the pattern up in
    a catalogue and fills in the values again. Whole numbers are written with separators; one that is no quantity, such
    as a port or a year, is passed as text. A value may itself be ``Worded``.
    """

    __slots__ = ("pattern", "values")

    pattern: str
    values: dict[str, object]

    def __new__(cls, pattern: str, **values: object) -> Worded:
        """``pattern`` with its ``%(name)s`` filled in."""
        text = super().__new__(cls, pattern % {name: _plain(value) for name, value in values.items()})
        text.pattern = pattern
        text.values = values
        return text


def _plain(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


def packed(text: str) -> Any:
    """What JSON keeps of a text so that ``unpacked`` gives it back."""
    if not isinstance(text, Worded):
        return str(text)
    values = {name: packed(value) if isinstance(value, str) else value for name, value in text.values.items()}
    return {"pattern": text.pattern, "values": values}


def unpacked(kept: Any) -> str:
    """The text that ``packed`` was given."""
    if not isinstance(kept, dict):
        return str(kept)
    values = {name: unpacked(value) if isinstance(value, dict) else value for name, value in kept["values"].items()}
    return Worded(kept["pattern"], **values)
