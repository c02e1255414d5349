"""Sentences that know how they were put together, so that they can be said in another language."""

from __future__ import annotations

from collections.abc import Mapping
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
        filled = {name: _plain(value) for name, value in values.items()}
        text = super().__new__(cls, pattern % filled if filled else pattern)
        text.pattern = pattern
        text.values = values
        return text


def _plain(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


# What pydantic says of a value that it refuses, with the names by which it gives the limits.
_REFUSALS = {
    "missing": "Field required",
    "string_type": "Input should be a valid string",
    "string_too_short": "String should have at least %(min_length)s characters",
    "string_too_long": "String should have at most %(max_length)s characters",
    "too_short": "At least %(min_length)s must be given",
    "too_long": "At most %(max_length)s can be given",
    "int_parsing": "Input should be a whole number",
    "int_type": "Input should be a whole number",
    "int_from_float": "Input should be a whole number",
    "float_parsing": "Input should be a number",
    "bool_parsing": "Input should be true or false",
    "greater_than_equal": "Input should be at least %(ge)s",
    "greater_than": "Input should be more than %(gt)s",
    "less_than_equal": "Input should be at most %(le)s",
    "literal_error": "Input should be %(expected)s",
    "enum": "Input should be %(expected)s",
    "string_pattern_mismatch": "It is not written as it must be",
    "extra_forbidden": "There is no such field",
    "json_invalid": "The JSON cannot be read",
}


def problem(refusal: Mapping[str, Any]) -> str:
    """What is wrong with a value, from one of pydantic's errors, without a full stop."""
    limits = refusal.get("ctx", {})
    raised = limits.get("error")
    if isinstance(raised, Exception) and raised.args and isinstance(raised.args[0], str):
        return raised.args[0]
    pattern = _REFUSALS.get(refusal["type"])
    if pattern is None:
        return str(refusal["msg"])
    return Worded(pattern, **{name: limits[name] for name in limits if f"%({name})s" in pattern})


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
