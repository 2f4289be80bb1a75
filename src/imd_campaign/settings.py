from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from imd_campaign import secrets_file
from imd_campaign.checkout_url import check_checkout_url
from imd_campaign.database_url import check_database_url
from imd_campaign.sealing import parse_public_keys
from imd_campaign.signed_messages import decode_secret
from imd_network.client_address import check_proxies

SECRET_LENGTH = 32
SECRETS = {"secret", "public_key"}
# Of the 64 characters of its name (RFC 5321, section 4.5.3.1.1), 44 are for the e-mail's ID.
BOUNCE_ADDRESS = r"^[A-Za-z0-9_-]{1,20}@[A-Za-z0-9.-]{1,189}$"


def _check_length(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < SECRET_LENGTH:
        raise ValueError(f"must be at least {SECRET_LENGTH} characters long")
    return secret


def _check_public_keys(text: str) -> str:
    parse_public_keys(text)
    return text


def _check_checkout_secret(secret: SecretStr) -> SecretStr:
    decode_secret(secret.get_secret_value())
    return secret


def _break_lines(text: str) -> str:
    """Read `\\n` as a line break, which not every environment file can have."""
    return text.replace("\\n", "\n").strip()


PaymentText = Annotated[str, AfterValidator(_break_lines), Field(min_length=1, max_length=2000)]


class SecretsFileSettings(BaseSettings):
    """The path of the secrets file, which is needed before the secrets exist."""

    model_config = SettingsConfigDict(env_prefix=secrets_file.PREFIX, hide_input_in_errors=True)

    secrets_file: Path = Path("var/campaign.secrets")


class Settings(SecretsFileSettings):
    secret: Annotated[SecretStr, AfterValidator(_check_length)]
    public_key: Annotated[str, AfterValidator(_check_public_keys)]
    encryption_secret: Annotated[SecretStr, AfterValidator(_check_length)] | None = None
    previous_encryption_secret: Annotated[SecretStr, AfterValidator(_check_length)] | None = None

    database_url: Annotated[str, AfterValidator(check_database_url), Field(repr=False)] = (
        "sqlite:///var/campaign.sqlite3"
    )
    database_connections: int = Field(default=10, ge=1, le=100)
    database_timeout: float = Field(default=5.0, gt=0, le=60)

    site_url: Annotated[str, Field(pattern=r"^https?://[^?#]+$")] = "http://127.0.0.1:1218"
    files_dir: Path = Path("var/files")

    mail: Annotated[str | None, Field(repr=False, pattern=r"^(folder:|smtps?://).")] = None
    mail_tls: Literal["required", "optional"] = "required"
    bounce_address: Annotated[str | None, Field(pattern=BOUNCE_ADDRESS)] = None
    mail_from: str = "International Migrants Day <campaign@campaign.example>"
    mail_delivery: bool = True
    mail_poll: float = Field(default=2.0, gt=0, le=60)

    trusted_proxies: Annotated[str, AfterValidator(check_proxies)] = ""
    confirmation_rate: int = Field(default=3000, ge=1)
    submission_limit: int = Field(default=300_000, ge=1)
    outbox_limit: int = Field(default=2000, ge=1)

    submission_tick: float = Field(default=1.0, gt=0, le=60)
    count_window: int = Field(default=30, ge=1, le=3600)
    metrics_port: int | None = Field(default=None, ge=1024, le=65535)
    payment_days: int = Field(default=14, ge=1, le=365)
    order_days: int = Field(default=3650, ge=365, le=36500)
    reminder_days: int | None = Field(default=None, ge=1, le=4)
    webhook_loopback: bool = False
    staff_hash_memory: int = Field(default=65_536, ge=8, le=4_194_304)
    payment_pickup: PaymentText | None = None
    payment_instructions: PaymentText | None = None
    checkout_url: Annotated[str, AfterValidator(check_checkout_url)] | None = None
    checkout_secret: Annotated[SecretStr, AfterValidator(_check_checkout_secret)] | None = None

    @model_validator(mode="after")
    def check_checkout(self) -> Self:
        if (self.checkout_url is None) != (self.checkout_secret is None):
            raise ValueError(
                "IMD_CAMPAIGN_CHECKOUT_URL and IMD_CAMPAIGN_CHECKOUT_SECRET belong together: set "
                "both or neither"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the secrets file last, and not at all when both secrets are arguments."""
        sources = (init_settings, env_settings, dotenv_settings, file_secret_settings)
        arguments = (
            init_settings.init_kwargs if isinstance(init_settings, InitSettingsSource) else {}
        )
        if arguments.keys() >= SECRETS:
            return sources
        return (*sources, _SecretsFileSource(settings_cls))


class _SecretsFileSource(PydanticBaseSettingsSource):
    def __call__(self) -> dict[str, Any]:
        known = self.current_state
        path = Path(known.get("secrets_file", Settings.model_fields["secrets_file"].default))
        found = secrets_file.read(path, Settings.model_fields.keys() - {"secrets_file"})
        if missing := SECRETS - found.keys() - known.keys():
            names = " and ".join(f"{secrets_file.PREFIX}{name.upper()}" for name in sorted(missing))
            raise ValueError(
                f"{names} not set, neither in the environment nor in {path.absolute()}. "
                "`imd campaign secrets` creates the secrets of a new campaign; "
                "those of a running one are in a backup of that file"
            )
        return found

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 the name is the base class's
        field_name: str,
    ) -> tuple[Any, str, bool]:
        """Return no single field: `__call__` reads all of them at once."""
        return None, field_name, False
