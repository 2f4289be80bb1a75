"""What a backup contains: the first entry of its archive, which the server's secret signs."""

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from imd_campaign.backup.errors import BackupFailed
from imd_campaign.crypto import Vault

VERSION = 1
DATABASE = "campaign.sqlite3"
PURPOSE = "backup-manifest"
PART = r"[^./\\\x00-\x1f][^/\\\x00-\x1f]*"
POSTER_FILE = re.compile(f"posters/{PART}/{PART}")

OTHER_SECRETS = (
    "the backup was made with other secrets, or was changed since. Use the secrets file of the "
    "campaign at that time (IMD_CAMPAIGN_SECRETS_FILE)"
)
UNKNOWN_VERSION = "the backup was made by a newer version of this software; install that version"


def _check_name(name: str) -> str:
    """Accept the names that a backup can have, so that none leads out of its folder."""
    if name != DATABASE and not POSTER_FILE.fullmatch(name):
        raise ValueError("is not a name in a backup")
    return name


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(Strict):
    name: Annotated[str, AfterValidator(_check_name)]
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(Strict):
    format: Literal["imd-campaign backup"] = "imd-campaign backup"
    version: int = VERSION
    created_at: AwareDatetime
    """The moment that the database is in."""
    engine: Literal["sqlite", "postgresql"]
    """Where the database was; in a backup, it is always an SQLite file."""
    revision: str
    rows: Mapping[str, int]
    entries: Sequence[Entry]
    missing_files: Sequence[str] = ()
    """Files of posters that the database names, and that were not there or not the same."""

    @property
    def poster_files(self) -> Sequence[Entry]:
        return [entry for entry in self.entries if entry.name != DATABASE]


def describe_moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def sign(vault: Vault, text: bytes) -> bytes:
    return vault.fingerprint(PURPOSE, text).hex().encode()


def read_signed(vault: Vault, text: bytes, signature: bytes) -> Manifest:
    """Check the signature before anything is read."""
    if not hmac.compare_digest(sign(vault, text), signature):
        raise BackupFailed(OTHER_SECRETS)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError:
        raise BackupFailed(UNKNOWN_VERSION) from None
