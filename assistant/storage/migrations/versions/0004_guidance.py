"""Guidance; what was set as rules for tone becomes its first revision."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SETTINGS = sa.table("settings", sa.column("key", sa.String), sa.column("value", sa.JSON))
_KEY = "installation.assistant"


def upgrade() -> None:
    made = op.create_table(
        "guidance_revisions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_guidance_revisions_author_id")),
        sa.ForeignKeyConstraint(["published_by"], ["users.id"], name=op.f("fk_guidance_revisions_published_by")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_guidance_revisions")),
    )
    connection = op.get_bind()
    stored = connection.execute(sa.select(_SETTINGS.c.value).where(_SETTINGS.c.key == _KEY)).scalar() or {}
    lines = [" ".join(line.split()) for line in str(stored.get("tone", "")).splitlines() if line.strip()]
    if not lines:
        return
    rules = [_rule(number, line) for number, line in enumerate(lines, 1)]
    at = datetime.now(UTC)
    first = {"number": 1, "rules": rules, "author": "system", "created_at": at, "published_at": at}
    connection.execute(sa.insert(made).values(first))
    rest = {name: value for name, value in stored.items() if name != "tone"}
    connection.execute(sa.update(_SETTINGS).where(_SETTINGS.c.key == _KEY).values(value=rest))


def _rule(number: int, line: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"category": "", "locales": [], "words": [], "phrases": []}
    return {"id": f"set-{number}", "kind": "tone", "text": line, **empty}


def downgrade() -> None:
    op.drop_table("guidance_revisions")
