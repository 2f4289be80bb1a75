"""When the database was restored from a backup, and when its e-mails were released."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0024"
down_revision = "0022"

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("backup_made_at", Instant(), nullable=False),
        sa.Column("restored_at", Instant(), nullable=False),
        sa.Column("resumed_at", Instant()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_restores")),
    )
