from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from imd_campaign.db import Instant, RowId, metadata

petitions = Table(
    "petitions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("slug", String(64), nullable=False, unique=True),
    Column("goal", Integer, nullable=False),
    Column("milestones", JSON, nullable=False),
    Column("opens_at", Instant, nullable=False),
    Column("closes_at", Instant),
    Column("total", Integer, nullable=False, default=0),
    Column("counted_at", Instant),
    Column("published_on", Date),
)

petition_texts = Table(
    "petition_texts",
    metadata,
    Column("petition_id", ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True),
    Column("lang", String(35), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("title", String(300), nullable=False),
    Column("summary", String(1000), nullable=False),
    Column("text", Text, nullable=False),
    Column("target", String(300), nullable=False),
)

# Signatures that staff have declared invalid together, and whether they have undone it.
invalidations = Table(
    "invalidations",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("criteria", JSON, nullable=False),
    Column("selected", Integer, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("undone_at", Instant),
)

# A signature with an invalidation is kept as it is, but neither counted nor public.
signatures = Table(
    "signatures",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("petition_id", ForeignKey("petitions.id"), nullable=False),
    Column("fingerprint", LargeBinary(32), nullable=False),
    Column("country", String(2), nullable=False),
    Column("lang", String(35)),
    Column("public", Boolean, nullable=False),
    Column("updates", Boolean, nullable=False),
    Column("source", String(64)),
    Column("display_name", String(100)),
    Column("sealed", Text, nullable=False),
    Column("confirmed_at", Instant, nullable=False),
    Column("invalidation", ForeignKey("invalidations.id")),
    Column("line", String(12), nullable=False, server_default="confirmed"),
    UniqueConstraint("petition_id", "fingerprint"),
    Index(None, "petition_id", "country"),
    Index(None, "petition_id", "confirmed_at", "id"),
    Index(None, "petition_id", "public", "confirmed_at", "id"),
    Index(
        "ix_signatures_invalidation",
        "invalidation",
        sqlite_where=text("invalidation IS NOT NULL"),
        postgresql_where=text("invalidation IS NOT NULL"),
    ),
)

# One row for each signature that was confirmed (+1) or withdrawn (-1), and for each that was
# declared invalid (-1) or valid again (+1). Nothing is ever changed or deleted, but that a row gets
# its number, once. It has no person and no time finer than a day.
ledger = Table(
    "ledger",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("petition_id", ForeignKey("petitions.id"), nullable=False),
    Column("number", Integer),
    Column("change", Integer, CheckConstraint("change IN (-1, 1)", "change"), nullable=False),
    Column("country", String(2), nullable=False),
    Column("source", String(64)),
    Column("line", String(12), nullable=False),
    Column("day", Date, nullable=False),
    UniqueConstraint("petition_id", "number"),
    Index(
        "ix_ledger_unnumbered",
        "id",
        sqlite_where=text("number IS NULL"),
        postgresql_where=text("number IS NULL"),
    ),
)

# What the numbered rows of the ledger add up to, exactly: not public.
tallies = Table(
    "tallies",
    metadata,
    Column("petition_id", ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True),
    Column("country", String(2), primary_key=True),
    Column("total", Integer, nullable=False),
)

source_tallies = Table(
    "source_tallies",
    metadata,
    Column("petition_id", ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("total", Integer, nullable=False),
)

# The same by source, country and line, for the numbers of partners.
partner_tallies = Table(
    "partner_tallies",
    metadata,
    Column("petition_id", ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("country", String(2), primary_key=True),
    Column("line", String(12), primary_key=True),
    Column("total", Integer, nullable=False),
)

# What a partner sees of its source, and the secret thresholds of the next change: all of it, the
# part on its own line, and each country.
partner_counts = Table(
    "partner_counts",
    metadata,
    Column("petition_id", ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("part", String(12), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("raise_after", Integer, nullable=False),
    Column("lower_after", Integer, nullable=False),
)

# The number of a source that was published on each day.
partner_days = Table(
    "partner_days",
    metadata,
    Column("petition_id", ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("count", Integer, nullable=False),
)

# What is public about countries, and the secret thresholds of the next change.
public_counts = Table(
    "public_counts",
    metadata,
    Column("petition_id", ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True),
    Column("country", String(2), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("raise_after", Integer, nullable=False),
    Column("lower_after", Integer, nullable=False),
)

# What webhooks last announced.
petition_announcements = Table(
    "petition_announcements",
    metadata,
    Column("petition_id", ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True),
    Column("total", Integer, nullable=False),
    Column("milestone", Integer, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("announced_at", Instant, nullable=False),
)
