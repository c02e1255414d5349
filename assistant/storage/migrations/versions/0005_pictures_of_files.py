"""Pictures that imported files refer to."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("source_files") as batch_op:
        batch_op.add_column(sa.Column("pictures", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("source_files") as batch_op:
        batch_op.drop_column("pictures")
