"""Reported payments of orders, and partners with keys, links and numbers of their own."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0023"
down_revision = "0026"


def upgrade() -> None:
    _date_orders()
    _create_payments()
    op.add_column("api_keys", sa.Column("partner", sa.String(length=64), nullable=True))
    op.add_column(
        "signatures",
        sa.Column("line", sa.String(length=12), nullable=False, server_default="confirmed"),
    )
    _create_partners()
    _create_partner_numbers()
    _fill_partner_tallies()


def _date_orders() -> None:
    """The day of a payment was not kept: that of the order stands for it."""
    op.add_column("orders", sa.Column("paid_at", Instant(), nullable=True))
    op.add_column("orders", sa.Column("changed_at", Instant(), nullable=True))
    op.execute("UPDATE orders SET changed_at = created_at")
    op.execute(
        "UPDATE orders SET paid_at = created_at WHERE state IN ('paid', 'sent') "
        "OR (state = 'cancelled' AND sealed IS NOT NULL)"
    )


def _create_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", sa.String(length=128), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(op.f("ix_payments_order_id"), "payments", ["order_id"])


def _create_partners() -> None:
    op.create_table(
        "partners",
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("published_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_partners")),
    )
    op.create_table(
        "partner_links",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source"], ["partners.source"], name=op.f("fk_partner_links_source")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_partner_links")),
    )
    op.create_index(op.f("ix_partner_links_source"), "partner_links", ["source"])


def _create_partner_numbers() -> None:
    _create_numbers(
        "partner_tallies",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("line", sa.String(length=12), nullable=False),
        values=("total",),
    )
    _create_numbers(
        "partner_counts",
        sa.Column("part", sa.String(length=12), nullable=False),
        values=("count", "raise_after", "lower_after"),
    )
    _create_numbers("partner_days", sa.Column("day", sa.Date(), nullable=False), values=("count",))


def _create_numbers(name: str, *keys: sa.Column[Any], values: tuple[str, ...]) -> None:
    names = ["petition_id", "source", *(key.name for key in keys)]
    op.create_table(
        name,
        sa.Column("petition_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        *keys,
        *(sa.Column(value, sa.Integer(), nullable=False) for value in values),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petitions.id"],
            name=op.f(f"fk_{name}_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(*names, name=op.f(f"pk_{name}")),
    )


def _fill_partner_tallies() -> None:
    op.execute(
        "INSERT INTO partner_tallies (petition_id, source, country, line, total) "
        "SELECT petition_id, source, country, line, sum(change) FROM ledger "
        "WHERE number IS NOT NULL AND source IS NOT NULL "
        "GROUP BY petition_id, source, country, line"
    )
