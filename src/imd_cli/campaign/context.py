"""Access to the database of a campaign, for commands that run next to its server."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from imd_campaign.context import Context
from imd_campaign.errors import CampaignError, NotFound, SecretsMismatch, Unavailable
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database, open_vault
from imd_cli.errors import CommandError
from imd_cli.server_runner import read_settings


@contextmanager
def open_context() -> Iterator[Context]:
    settings = read_settings(Settings)
    database = open_database(settings)
    try:
        yield Context(settings, database, open_vault(settings))
    except SecretsMismatch as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        raise CommandError(f"{error.filename or 'the database'}: {error.strerror}") from error
    except (Unavailable, DBAPIError) as error:
        message = "cannot use the database; check its URL and migrate it"
        raise CommandError(f"{message} (imd campaign migrate)") from error
    except NotFound as error:
        raise CommandError("not found: check the id") from error
    except CampaignError as error:
        raise CommandError(_describe(error)) from error
    finally:
        database.engine.dispose()


def _describe(error: CampaignError) -> str:
    from imd_campaign.web.problems import to_problem

    return error.detail or to_problem(type(error)).title


def get_user_name() -> str:
    """Return who runs a command, for the audit trail."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may give its user no name
        return "unknown"


def check_secrets(settings: Settings) -> None:
    """Fail before serving if the secrets do not fit the database; ignore an absent database."""
    database = open_database(settings)
    try:
        database.check()
    except SecretsMismatch as error:
        raise CommandError(str(error)) from error
    except Unavailable:
        return
    finally:
        database.engine.dispose()
