"""When a published event got a note about its calendar that nobody has decided on."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0027"
down_revision = "0023"


def upgrade() -> None:
    op.add_column("calendar_entries", sa.Column("noted_at", Instant(), nullable=True))
    # When these notes came up was not kept: the latest reading stands for it.
    op.execute(
        "UPDATE calendar_entries SET noted_at = "
        "(SELECT checked_at FROM calendars WHERE calendars.id = calendar_entries.calendar) "
        "WHERE state <> 'followed' OR private"
    )
