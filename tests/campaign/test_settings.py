import pytest
from pydantic import ValidationError

from imd_campaign.settings import Settings


def build_settings(settings: Settings, **changes: object) -> Settings:
    values = {"secret": settings.secret, "public_key": settings.public_key}
    return Settings(**values | changes)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret", "too short"),
        ("public_key", "nonsense"),
        ("public_key", "AAAA"),
        ("mail", "carrier pigeon"),
        ("site_url", "campaign.example"),
        ("site_url", "https://campaign.example/?a=b"),
        ("bounce_address", "a-name-of-more-than-twenty@campaign.example"),
        ("count_window", 0),
        ("database_url", "mysql://user:hidden@host/name"),
    ],
)
def test_error_for_an_invalid_setting_does_not_repeat_it(settings, name, value):
    with pytest.raises(ValidationError, match=name) as error:
        build_settings(settings, **{name: value})
    assert repr(value) not in str(error.value)


def test_settings_repr_has_no_secrets(settings):
    shown = repr(
        build_settings(
            settings,
            database_url="postgresql+psycopg://user:hidden@host/name",
            mail="smtp://user:hidden@host",
        )
    )
    assert "hidden" not in shown
    assert settings.secret.get_secret_value() not in shown


def test_settings_are_read_from_the_environment(settings, monkeypatch):
    monkeypatch.setenv("IMD_CAMPAIGN_COUNT_WINDOW", "7")
    assert build_settings(settings).count_window == 7


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_urls_use_psycopg(settings, scheme):
    url = build_settings(
        settings, database_url=f"{scheme}://user:p%40ss@host:5433/name?x=y"
    ).database_url
    assert url == "postgresql+psycopg://user:p%40ss@host:5433/name?x=y"
