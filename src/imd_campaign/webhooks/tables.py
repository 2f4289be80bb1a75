from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from imd_campaign.db import Instant, metadata

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("api_key", String(40), nullable=False),
    # The URL can contain a secret of the receiver.
    Column("locked_url", LargeBinary, nullable=False),
    Column("locked_secret", LargeBinary, nullable=False),
    Column("locked_previous", LargeBinary),
    Column("previous_until", Instant),
    Column("types", JSON, nullable=False),
    Column("state", String(10), nullable=False),
    Column("disabled_reason", String(10)),
    Column("disabled_at", Instant),
    Column("failures", Integer, nullable=False),
    Column("failing_since", Instant),
    Column("rest_until", Instant),
    Column("created_at", Instant, nullable=False),
    Index(None, "api_key", "created_at", "id"),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("webhook", ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("type", String(40), nullable=False),
    # What it is about: an ID or a slug, never a person.
    Column("subject", String(100), nullable=False),
    Column("payload", Text),
    Column("state", String(12), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("response_status", Integer),
    Column("error", String(20)),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempted_at", Instant),
    Column("done_at", Instant),
    Column("lease", String(40)),
    Column("leased_until", Instant),
    Index(None, "state", "due_at"),
    Index(None, "webhook", "created_at", "id"),
    Index(None, "created_at"),
)
