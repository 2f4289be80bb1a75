"""What a database remembers of the secrets that it was made with."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "secret_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=32), nullable=False),
        sa.Column("public_key", sa.String(length=44), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secret_checks")),
    )
