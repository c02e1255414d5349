"""Parts of statements that several queries share."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, String, bindparam, func, inspect, select, update
from sqlalchemy import insert as insert_plainly
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session, make_transient, make_transient_to_detached

from assistant.storage.tables import Base

Row = TypeVar("Row", bound=Base)

_SLICE = 500
_VALUES = "values_among"
_KEY = "key_of_row"


def dialect(session: Session) -> str:
    """The name of the session's database: ``sqlite`` or ``postgresql``."""
    return session.get_bind().dialect.name


def among(database: str, column: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """That the column is one of many values, bound as one parameter when the statement is executed (``bound``).

    ``in_`` binds each value by itself: for the hundred passages of a search, writing such a statement takes longer than
    running it.
    """
    if database == "postgresql":
        return column == func.any(bindparam(_VALUES, type_=postgresql.ARRAY(String)))
    given: Any = func.json_each(bindparam(_VALUES, type_=String)).table_valued("value")
    return column.in_(select(given.c.value))


def bound(database: str, values: Collection[str]) -> dict[str, Any]:
    """The parameter of a statement with ``among``."""
    return {_VALUES: list(values) if database == "postgresql" else json.dumps(list(values))}


def insert(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An insertion that can say ``on_conflict_…``, which both databases have, each in its own class."""
    return insert_into(dialect(session), table)


def insert_into(database: str, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """The same, for the database of this name, to be kept and used again."""
    return sqlite.insert(table) if database == "sqlite" else postgresql.insert(table)


def store(session: Session, row: Row) -> Row:
    """The row, inserted now and from then on the session's like any that was read.

    For what every turn writes: a flush of the session takes three times as long as the statement alone.
    """
    defaults, statement = _insertion(type(row))
    given = row.__dict__
    for name, default in defaults:
        if name not in given:
            setattr(row, name, default() if callable(default) else default)
    session.connection().execute(statement, {name: given[name] for name, _ in defaults})
    make_transient_to_detached(row)
    session.add(row)
    return row


def save(session: Session, row: Row) -> Row:
    """The row with what has changed of it written now; it stays the session's.

    As ``store``, for what every turn changes.
    """
    state = inspect(row)
    if state.identity is None:
        return row
    changed = frozenset(state.mapper.column_attrs.keys()) - state.unmodified
    if changed:
        given = row.__dict__
        values = {name: given[name] for name in changed}
        session.connection().execute(_change(type(row), changed), values | {_KEY: state.identity[0]})
        session.expunge(row)
        make_transient(row)
        make_transient_to_detached(row)
        session.add(row)
    return row


@lru_cache(maxsize=32)
def _change(table: type[Base], names: frozenset[str]) -> Any:
    """The statement that writes these columns of a row."""
    plain: Any = table.__table__
    (key,) = plain.primary_key
    return update(plain).where(key == bindparam(_KEY)).values({name: bindparam(name) for name in names})


@lru_cache(maxsize=8)
def _insertion(table: type[Base]) -> tuple[tuple[tuple[str, Any], ...], Any]:
    """What each column is unless something is given, and the statement that inserts a row."""

    def unless_given(default: Any) -> Any:
        if default is None:
            return None
        return (lambda: default.arg(None)) if default.is_callable else default.arg

    columns = tuple((column.key, unless_given(column.default)) for column in table.__table__.columns)
    return columns, insert_plainly(table)


def sliced(values: Iterable[str]) -> Iterator[list[str]]:
    """The values in lists short enough for one statement."""
    every = list(values)
    return (every[at : at + _SLICE] for at in range(0, len(every), _SLICE))
