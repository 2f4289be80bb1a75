from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from imd_campaign.db import Instant, metadata

posters = Table(
    "posters",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("artist", String(200), nullable=False),
    Column("year", Integer, nullable=False),
    Column("state", String(16), nullable=False),
)

poster_texts = Table(
    "poster_texts",
    metadata,
    Column("poster", ForeignKey("posters.slug", ondelete="CASCADE"), primary_key=True),
    Column("lang", String(35), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("title", String(300), nullable=False),
    Column("description", Text, nullable=False),
    Column("alternative_text", Text, nullable=False),
)

poster_files = Table(
    "poster_files",
    metadata,
    Column("poster", ForeignKey("posters.slug", ondelete="CASCADE"), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
)

editions = Table(
    "editions",
    metadata,
    Column("poster", ForeignKey("posters.slug", ondelete="CASCADE"), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("titles", JSON, nullable=False),
    Column("size", String(60), nullable=False),
    Column("amount", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("run", Integer),
)

# `mailbox`, `sealed` and `locked_buyer` are empty once an unpaid order has ended; `locked_buyer` is
# empty some time after a paid one was sent. Of orders from before they were confirmed by e-mail,
# only `sealed` is there, and no date.
orders = Table(
    "orders",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("poster", String(64), nullable=False),
    Column("edition", String(40), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("amount", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("mailbox", LargeBinary(32), index=True),
    Column("sealed", Text),
    Column("locked_buyer", LargeBinary),
    Column("lang", String(35)),
    Column("kept_until", Date),
    Column("created_at", Instant, nullable=False),
    Column("paid_at", Instant),
    Column("changed_at", Instant),
    ForeignKeyConstraint(["poster", "edition"], ["editions.poster", "editions.id"]),
    CheckConstraint("quantity > 0", name="quantity"),
    Index(None, "state", "created_at", "id"),
)

# A numbered edition is as many rows as it has prints; what is left is counted from them.
prints = Table(
    "prints",
    metadata,
    Column("poster", String(64), primary_key=True),
    Column("edition", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sold_to", ForeignKey("orders.id"), index=True),
    ForeignKeyConstraint(["poster", "edition"], ["editions.poster", "editions.id"]),
)

# Payments that a checkout has reported: its message's ID makes each of them count once.
payments = Table(
    "payments",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("order_id", ForeignKey("orders.id"), nullable=False, index=True),
    Column("amount", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("received_at", Instant, nullable=False),
)
