"""Checks the URL of the database, IMD_CAMPAIGN_DATABASE_URL."""

from importlib.util import find_spec

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

FORMS = "write sqlite:///PATH/TO/FILE or postgresql://USER:PASSWORD@HOST/NAME"
SQLITE = frozenset({"sqlite", "sqlite+pysqlite"})
POSTGRESQL = frozenset({"postgres", "postgresql", "postgresql+psycopg"})


def check_database_url(text: str) -> str:
    """Return the URL with the driver that this server uses; no error repeats a part of it."""
    url = _parse(text.strip())
    scheme, _, rest = text.strip().partition("://")
    if url.drivername in SQLITE:
        _check_file(url)
        return f"{scheme}://{rest}"
    if url.drivername not in POSTGRESQL:
        raise ValueError(f"only SQLite and PostgreSQL (with psycopg) can be used; {FORMS}")
    if find_spec("psycopg") is None:
        raise ValueError(
            "PostgreSQL requires psycopg, which comes with the extra 'postgres': "
            "in a clone of imd-sdk, run: pip install '.[postgres]'"
        )
    return f"postgresql+psycopg://{rest}"


def _parse(text: str) -> URL:
    if not text:
        raise ValueError(f"it is empty; {FORMS}")
    if ":" not in text:
        raise ValueError(f"a path alone is not a database URL; {FORMS}")
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        message = f"it is not a database URL; {FORMS}, with %40 for @, %3A for : and %2F for /"
        raise ValueError(f"{message} in a password") from None


def _check_file(url: URL) -> None:
    if url.host or not url.database or url.database == ":memory:":
        raise ValueError("the database must be a file: sqlite:///PATH/TO/FILE, with three slashes")
