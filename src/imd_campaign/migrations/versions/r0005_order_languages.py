"""The language in which somebody ordered."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("orders", sa.Column("lang", sa.String(length=35), nullable=True))
