"""Orders without reservations, with the date until which the prints are kept.

Reservations take no prints any more, so nothing of them is stored. Orders that were placed before
have no date, because nobody can tell which of them are paid: they do not expire. Their buyers'
mailboxes are known to the organisation only.
"""

import sqlalchemy as sa
from alembic import op

from imd_campaign.db import Instant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _set_aside()
    for table in ("prints", "orders", "reservations"):
        op.drop_table(table)
    _create_orders()
    _create_prints()
    _put_back()


def _set_aside() -> None:
    op.execute(
        "CREATE TABLE earlier_orders AS SELECT orders.id, state, poster, edition, quantity, "
        "amount, currency, sealed, lang, orders.created_at "
        "FROM orders JOIN reservations ON reservations.id = orders.reservation"
    )
    op.execute("CREATE TABLE earlier_prints AS SELECT poster, edition, number, sold_to FROM prints")


def _create_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("poster", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("mailbox", sa.LargeBinary(length=32), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("locked_buyer", sa.LargeBinary(), nullable=True),
        sa.Column("lang", sa.String(length=35), nullable=True),
        sa.Column("kept_until", sa.Date(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_orders_quantity")),
        sa.ForeignKeyConstraint(
            ["poster", "edition"], ["editions.poster", "editions.id"], name=op.f("fk_orders_poster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index(op.f("ix_orders_mailbox"), "orders", ["mailbox"])
    op.create_index(op.f("ix_orders_state_created_at_id"), "orders", ["state", "created_at", "id"])


def _create_prints() -> None:
    op.create_table(
        "prints",
        sa.Column("poster", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sold_to", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["poster", "edition"], ["editions.poster", "editions.id"], name=op.f("fk_prints_poster")
        ),
        sa.ForeignKeyConstraint(["sold_to"], ["orders.id"], name=op.f("fk_prints_sold_to")),
        sa.PrimaryKeyConstraint("poster", "edition", "number", name=op.f("pk_prints")),
    )
    op.create_index(op.f("ix_prints_sold_to"), "prints", ["sold_to"])


def _put_back() -> None:
    op.execute(
        "INSERT INTO orders "
        "(id, state, poster, edition, quantity, amount, currency, sealed, lang, created_at) "
        "SELECT id, state, poster, edition, quantity, amount, currency, sealed, lang, created_at "
        "FROM earlier_orders"
    )
    op.execute(
        "INSERT INTO prints (poster, edition, number, sold_to) "
        "SELECT poster, edition, number, sold_to FROM earlier_prints"
    )
    for table in ("earlier_orders", "earlier_prints"):
        op.drop_table(table)
