"""The organisation that runs a campaign, and checks of encryption secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    for name, length in (("organisation", 200), ("contact", 500)):
        column = sa.Column(name, sa.String(length), nullable=False, server_default="")
        op.add_column("campaigns", column)
    for name in ("encryption", "previous_encryption"):
        op.add_column("secret_checks", sa.Column(name, sa.LargeBinary(32), nullable=True))
