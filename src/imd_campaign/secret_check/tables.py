from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from imd_campaign.db import metadata

secret_checks = Table(
    "secret_checks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("secret", LargeBinary(32), nullable=False),
    Column("public_key", Text, nullable=False),
)
