"""What Alembic runs for each migration command; the connection is handed in by ``assistant.storage.migrate``."""

from typing import Any, Literal

from alembic import context

from assistant.storage.tables import Base
from assistant.storage.types import UtcDateTime


def _render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    # Migrations must keep meaning the same when the program's own types change.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    render_item=_render,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
