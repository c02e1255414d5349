"""Parts of statements that several queries share."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session


def among(session: Session, column: InstrumentedAttribute[str], values: Collection[str]) -> ColumnElement[bool]:
    """That the column is one of many values, which are bound as one parameter.

    ``in_`` binds each value by itself: for the hundred passages of a search, writing such a statement takes longer than
    running it.
    """
    if session.get_bind().dialect.name == "postgresql":
        return column == func.any(bindparam(None, list(values), ARRAY(String), unique=True))
    given: Any = func.json_each(bindparam(None, json.dumps(list(values)), String, unique=True)).table_valued("value")
    return column.in_(select(given.c.value))
