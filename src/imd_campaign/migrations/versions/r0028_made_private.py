"""When a moderator made the place of an event private."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("events", sa.Column("made_private_at", Instant(), nullable=True))
