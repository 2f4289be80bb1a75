"""Links for guests and hosts, proposed changes, and requests to come to a private home."""

from unicodedata import category, normalize

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("attendances", sa.Column("token", sa.LargeBinary(length=32), nullable=True))
    op.create_index(op.f("ix_attendances_token"), "attendances", ["token"], unique=True)
    op.add_column("events", sa.Column("host_token", sa.LargeBinary(length=32), nullable=True))
    op.add_column("events", sa.Column("requests_emailed_at", Instant(), nullable=True))
    op.add_column("events", sa.Column("requests_due_at", Instant(), nullable=True))
    op.create_index(op.f("ix_events_host_token"), "events", ["host_token"], unique=True)
    op.create_index(op.f("ix_events_requests_due_at"), "events", ["requests_due_at"])
    _create_event_changes()
    _turn_waiting_into_requested()
    _remove_private_hosts_from_search()


def _create_event_changes() -> None:
    op.create_table(
        "event_changes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["events.id"], name=op.f("fk_event_changes_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_changes")),
        sa.UniqueConstraint("event", name=op.f("uq_event_changes_event")),
    )
    op.create_index(op.f("ix_event_changes_created_at_id"), "event_changes", ["created_at", "id"])


def _turn_waiting_into_requested() -> None:
    """Nobody had been accepted to wait for a place in a private home."""
    op.execute(
        "UPDATE attendances SET status = 'requested' WHERE status = 'waiting'"
        " AND event IN (SELECT id FROM events WHERE private)"
    )


def _remove_private_hosts_from_search() -> None:
    connection = op.get_bind()
    query = "SELECT id, title, description, locality FROM events WHERE private"
    for row in connection.execute(sa.text(query)).all():
        search = _fold("\n".join((row.title, row.description, row.locality or "", "")))
        change = sa.text("UPDATE events SET search = :search WHERE id = :id")
        connection.execute(change, {"search": search, "id": row.id})


def _fold(text: str) -> str:
    bare = (character for character in normalize("NFKD", text) if category(character) != "Mn")
    shown = (" " if category(character).startswith("C") else character for character in bare)
    return " ".join("".join(shown).casefold().split())
