from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="IMD_WIDGETS_")

    campaign_url: str = "http://127.0.0.1:8000"
    public_url: str = "http://127.0.0.1:1218"
    max_age: int = Field(default=60, ge=0)
    fresh_seconds: float = Field(default=10, ge=0)
    cache_entries: int = Field(default=512, ge=1)
    operator: str = ""
    contact: str = Field(default="", pattern=r"^(|[^@\s]+@[^@\s]+|https?://\S+)$")
