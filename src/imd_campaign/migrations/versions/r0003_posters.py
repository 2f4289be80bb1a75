"""Posters, their prints, and who holds and buys them."""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "posters",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("artist", sa.String(length=200), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_posters")),
    )
    op.create_table(
        "poster_texts",
        sa.Column("poster", sa.String(length=64), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("alternative_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["poster"], ["posters.slug"], name=op.f("fk_poster_texts_poster"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("poster", "lang", name=op.f("pk_poster_texts")),
    )
    op.create_table(
        "poster_files",
        sa.Column("poster", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["poster"], ["posters.slug"], name=op.f("fk_poster_files_poster"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("poster", "name", name=op.f("pk_poster_files")),
    )
    op.create_table(
        "editions",
        sa.Column("poster", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.Column("size", sa.String(length=60), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["poster"], ["posters.slug"], name=op.f("fk_editions_poster"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("poster", "id", name=op.f("pk_editions")),
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("poster", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity")),
        sa.ForeignKeyConstraint(
            ["poster", "edition"],
            ["editions.poster", "editions.id"],
            name=op.f("fk_reservations_poster"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("reservation", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reservation"], ["reservations.id"], name=op.f("fk_orders_reservation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("reservation", name=op.f("uq_orders_reservation")),
    )
    op.create_table(
        "prints",
        sa.Column("poster", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reservation", sa.String(length=40), nullable=True),
        sa.Column("held_until", Instant(), nullable=True),
        sa.Column("sold_to", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "sold_to IS NULL OR reservation IS NOT NULL", name=op.f("ck_prints_sold")
        ),
        sa.ForeignKeyConstraint(
            ["poster", "edition"], ["editions.poster", "editions.id"], name=op.f("fk_prints_poster")
        ),
        sa.ForeignKeyConstraint(
            ["reservation"], ["reservations.id"], name=op.f("fk_prints_reservation")
        ),
        sa.ForeignKeyConstraint(["sold_to"], ["orders.id"], name=op.f("fk_prints_sold_to")),
        sa.PrimaryKeyConstraint("poster", "edition", "number", name=op.f("pk_prints")),
    )
    op.create_index(op.f("ix_prints_reservation"), "prints", ["reservation"], unique=False)
