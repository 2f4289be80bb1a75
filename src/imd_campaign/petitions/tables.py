from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from imd_campaign.db import Instant, metadata

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
    Column("claimed_at", Instant),
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
    UniqueConstraint("petition_id", "fingerprint"),
    Index(None, "petition_id", "country"),
    Index(None, "petition_id", "confirmed_at", "id"),
    Index(None, "petition_id", "public", "confirmed_at", "id"),
)

tallies = Table(
    "tallies",
    metadata,
    Column("petition_id", ForeignKey("petitions.id", ondelete="CASCADE"), primary_key=True),
    Column("country", String(2), primary_key=True),
    Column("total", Integer, nullable=False),
)
