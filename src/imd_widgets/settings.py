from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from imd_network.client_address import check_proxies

NEXT_STEPS = ("share", "events", "posters", "donate")


def _check_origin(address: str) -> str:
    """Check an origin; return it without a trailing slash, so that a path can follow."""
    url = urlsplit(address)
    there = url.scheme in {"http", "https"} and url.hostname
    if not there or url.path not in {"", "/"} or url.query or url.fragment or url.username:
        raise ValueError(
            "must be https:// and a host name without a path, such as https://imd.example"
        )
    return address.rstrip("/")


def _check_campaign_url(address: str) -> str:
    url = urlsplit(address)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise ValueError(
            "must be a URL with https:// and a host name, such as https://campaign.example"
        )
    return address


def _check_next_steps(text: str) -> str:
    """Check the parts of the page after signing; return each once, without spaces."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not set(names) <= set(NEXT_STEPS):
        raise ValueError(f"must be any of {', '.join(NEXT_STEPS)}, separated by commas, or empty")
    return ",".join(dict.fromkeys(names))


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="IMD_WIDGETS_")

    campaign_url: Annotated[str, AfterValidator(_check_campaign_url)] = "http://127.0.0.1:8000"
    campaign_key: SecretStr | None = None
    trusted_proxies: Annotated[str, AfterValidator(check_proxies)] = ""
    public_url: Annotated[str, AfterValidator(_check_origin)] = "http://127.0.0.1:1218"
    max_age: int = Field(default=60, ge=0)
    fresh_seconds: float = Field(default=10, ge=0)
    cache_entries: int = Field(default=512, ge=1)
    operator: str = ""
    contact: str = Field(default="", pattern=r"^(|[^@\s]+@[^@\s]+|https?://\S+)$")
    answer_bytes: int = Field(default=32 * 1024 * 1024, ge=0)
    file_bytes: int = Field(default=512 * 1024 * 1024, ge=0)
    snapshot_dir: Path | None = None
    switches: Path | None = None
    sunset: AwareDatetime | None = None
    sunset_link: str = Field(default="", pattern=r"^(https?://\S+)?$")
    metrics_port: int | None = Field(default=None, ge=1024, le=65535)
    screens: int = Field(default=100, ge=0)
    screens_per_network: int = Field(default=25, ge=0)
    after_signing: Annotated[str, AfterValidator(_check_next_steps)] = ",".join(NEXT_STEPS)
