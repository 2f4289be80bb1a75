from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from imd_campaign.db import Instant, metadata

# The URL is encrypted: some of them let anybody who knows them read a calendar that is not public.
calendars = Table(
    "calendars",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("locked_url", LargeBinary, nullable=False),
    Column("url_fingerprint", LargeBinary(32), nullable=False, unique=True),
    Column("host", String(253), nullable=False),
    Column("name", String(100), nullable=False),
    Column("lang", String(35), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("locality", Text, nullable=False),
    Column("country", String(2), nullable=False),
    Column("latitude", Float(53), nullable=False),
    Column("longitude", Float(53), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False, index=True),
    Column("checked_at", Instant),
    Column("read_at", Instant),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("problem", String(200)),
    Column("etag", String(200)),
    Column("last_modified", String(100)),
)

calendar_entries = Table(
    "calendar_entries",
    metadata,
    # A digest of the calendar, UID and RECURRENCE-ID.
    Column("identity", LargeBinary(32), primary_key=True),
    Column("calendar", ForeignKey(calendars.c.id, ondelete="CASCADE"), nullable=False, index=True),
    # Not a foreign key: an event can be deleted, and its entry is not proposed again.
    Column("event", String(40), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("state", String(12), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("duplicate_of", String(40)),
    Column("starts_at", Instant, nullable=False, index=True),
    # When a change came up that a published event needs a decision for; empty once it is kept.
    Column("noted_at", Instant),
    Index(None, "event"),
)
