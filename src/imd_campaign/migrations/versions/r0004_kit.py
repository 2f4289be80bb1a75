"""The share kit and the resources."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "resources",
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_resources")),
    )
    op.create_table(
        "resource_texts",
        sa.Column("resource", sa.String(length=64), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("summary", sa.String(length=1000), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource"],
            ["resources.slug"],
            name=op.f("fk_resource_texts_resource"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("resource", "lang", name=op.f("pk_resource_texts")),
    )
    op.create_table(
        "share_kits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("storm", sa.String(length=11), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_kits")),
    )
    op.create_table(
        "share_kit_texts",
        sa.Column("share_kit", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=35), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("hashtags", sa.JSON(), nullable=False),
        sa.Column("messages", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["share_kit"],
            ["share_kits.id"],
            name=op.f("fk_share_kit_texts_share_kit"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("share_kit", "lang", name=op.f("pk_share_kit_texts")),
    )
