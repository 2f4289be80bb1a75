from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from imd_campaign.sealing import public_key

SECRET_LENGTH = 32


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SECRET_LENGTH:
        raise ValueError(f"has to be at least {SECRET_LENGTH} characters long")
    return secret


def _a_public_key(text: str) -> str:
    public_key(text)
    return text


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="IMD_CAMPAIGN_", hide_input_in_errors=True)

    secret: Annotated[SecretStr, AfterValidator(_long_enough)]
    public_key: Annotated[str, AfterValidator(_a_public_key)]

    database_url: Annotated[str, Field(repr=False)] = "sqlite:///var/campaign.sqlite3"
    database_connections: int = Field(default=10, ge=1, le=100)
    database_patience: float = Field(default=5.0, gt=0, le=60)

    site_url: Annotated[str, Field(pattern=r"^https?://[^?#]+$")] = "http://127.0.0.1:1218"
    files_dir: Path = Path("var/files")

    mail: Annotated[str, Field(repr=False, pattern=r"^(folder:|smtps?://).")] = "folder:var/mail"
    mail_from: str = "International Migrants Day <campaign@campaign.example>"
    mail_delivery: bool = True
    mail_poll: float = Field(default=2.0, gt=0, le=60)

    count_window: int = Field(default=30, ge=1, le=3600)
