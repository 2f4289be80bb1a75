from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from imd_campaign.db import metadata

secret_checks = Table(
    "secret_checks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("secret", LargeBinary(32), nullable=False),
    # Of what is encrypted; of a secret that some of it is still encrypted with. A database that
    # has never been rotated by this version may have neither.
    Column("encryption", LargeBinary(32)),
    Column("previous_encryption", LargeBinary(32)),
    Column("public_key", Text, nullable=False),
)
