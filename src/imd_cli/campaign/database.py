"""The campaign's own database, for commands that run beside its server."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from imd_campaign.context import Context
from imd_campaign.errors import CampaignError, NotFound, SecretsMismatch, Unavailable
from imd_campaign.settings import Settings
from imd_campaign.startup import open_database, open_vault
from imd_cli.faults import Fault
from imd_cli.servers import from_environment


@contextmanager
def opened() -> Iterator[Context]:
    settings = from_environment(Settings)
    database = open_database(settings)
    try:
        yield Context(settings, database, open_vault(settings))
    except SecretsMismatch as error:
        raise Fault(str(error)) from error
    except OSError as error:
        raise Fault(f"{error.filename or 'the database'}: {error.strerror}") from error
    except (Unavailable, DBAPIError) as error:
        message = "the database cannot be used; is its address right, and is it migrated?"
        raise Fault(f"{message} (imd campaign migrate)") from error
    except NotFound as error:
        raise Fault("there is nothing of that name") from error
    except CampaignError as error:
        raise Fault(str(error)) from error
    finally:
        database.engine.dispose()


def refuse_other_secrets(settings: Settings) -> None:
    """Before serving: one line instead of a failed start. A database that is away may come back."""
    database = open_database(settings)
    try:
        database.check()
    except SecretsMismatch as error:
        raise Fault(str(error)) from error
    except Unavailable:
        return
    finally:
        database.engine.dispose()
