from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from imd_campaign.db import Instant, RowId, metadata

events = Table(
    "events",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("lang", String(35), nullable=False),
    Column("languages", JSON, nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant),
    Column("time_zone", String(64), nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("url", Text),
    Column("private", Boolean, nullable=False),
    Column("place_name", Text),
    Column("address", Text),
    Column("locality", Text),
    Column("region", Text),
    Column("country", String(2)),
    Column("latitude", Float(53)),
    Column("longitude", Float(53)),
    Column("locked_place", LargeBinary),
    Column("host", Text, nullable=False),
    Column("locked_host", LargeBinary),
    Column("host_token", LargeBinary(32)),
    Column("requests_emailed_at", Instant),
    Column("requests_due_at", Instant),
    Column("host_mailbox", LargeBinary(32), index=True),
    Column("capacity", Integer),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("made_private_at", Instant),
    Index(None, "state", "created_at", "id"),
    Index(None, "host_token", unique=True),
    Index(None, "requests_due_at"),
)

attendances = Table(
    "attendances",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("event", ForeignKey(events.c.id), nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("locked", LargeBinary, nullable=False),
    Column("token", LargeBinary(32)),
    Column("guests", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("decided_at", Instant),
    UniqueConstraint("event", "fingerprint"),
    Index(None, "event", "status", "guests"),
    Index(None, "token", unique=True),
    Index(None, "created_at", "id"),
)

event_changes = Table(
    "event_changes",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("event", ForeignKey(events.c.id), nullable=False, unique=True),
    Column("locked", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index(None, "created_at", "id"),
)

# ------------------------------------------------------------------ the index of public events
# `index.store` and `index.cell_store` write these tables, and make them again from `events`.

event_index = Table(
    "event_index",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("event", ForeignKey(events.c.id), nullable=False, unique=True),
    Column("position", BigInteger, nullable=False, unique=True),
    Column("recency", BigInteger, nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("languages", JSON, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("locality", Text),
    Column("country", String(2)),
    Column("latitude", Float(53)),
    Column("longitude", Float(53)),
    Column("cell", BigInteger, index=True),
    Column("text", Text, nullable=False),
)

event_terms = Table(
    "event_terms",
    metadata,
    Column("term", String(64), primary_key=True),
    Column("block", Integer, primary_key=True),
    Column("bits", LargeBinary, nullable=False),
)

event_columns = Table(
    "event_columns",
    metadata,
    Column("block", Integer, primary_key=True, autoincrement=False),
    Column("positions", LargeBinary, nullable=False),
    Column("recencies", LargeBinary, nullable=False),
    Column("cells", LargeBinary, nullable=False),
    Column("x", LargeBinary, nullable=False),
    Column("y", LargeBinary, nullable=False),
    Column("z", LargeBinary, nullable=False),
)

event_cells = Table(
    "event_cells",
    metadata,
    Column("key", RowId, primary_key=True, autoincrement=False),
    Column("total", Integer, nullable=False),
    Column("latitude_sum", BigInteger, nullable=False),
    Column("longitude_sum", BigInteger, nullable=False),
    Column("west", Integer, nullable=False),
    Column("south", Integer, nullable=False),
    Column("east", Integer, nullable=False),
    Column("north", Integer, nullable=False),
    Column("locality", Text, nullable=False),
    Column("countries", Text, nullable=False),
    Column("event", String(40)),
    Column("localities", JSON, nullable=False),
)

event_index_versions = Table(
    "event_index_versions",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
)
