"""What the confirmation of a submission has led to."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("submissions", sa.Column("outcome", sa.String(length=40), nullable=True))
