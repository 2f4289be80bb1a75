"""Which submissions name an address with a tag, so that they replace no others."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("submissions", sa.Column("tagged", sa.LargeBinary(length=32), nullable=True))
