import argparse
import secrets
import sys
from pathlib import Path

from imd_cli.faults import Fault, extra_needed


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser("secrets", help="make the secrets that a campaign needs")
    parser.set_defaults(run=make_secrets)

    parser = verbs.add_parser("migrate", help="bring the database to this version")
    parser.set_defaults(run=migrate)

    parser = verbs.add_parser("sample", help="fill in the sample campaign")
    parser.set_defaults(run=load, folder=None)

    parser = verbs.add_parser("load", help="fill in a campaign from a folder like the sample's")
    parser.add_argument("folder", type=Path)
    parser.set_defaults(run=load)


def make_secrets(_: argparse.Namespace) -> None:
    with extra_needed("campaign"):
        from imd_campaign.sealing import new_key_pair

    public, private = new_key_pair()
    print(f"IMD_CAMPAIGN_SECRET={secrets.token_urlsafe(32)}")
    print(f"IMD_CAMPAIGN_PUBLIC_KEY={public}")
    safe = "The private key, for the organisation's safe and never for the server"
    print(f"{safe}: {private}", file=sys.stderr)


def migrate(_: argparse.Namespace) -> None:
    with extra_needed("campaign"):
        from imd_campaign import db
        from imd_cli.campaign.database import opened

    with opened() as context:
        db.migrate(context.database.engine)
    print("The database is at this version.")


def load(arguments: argparse.Namespace) -> None:
    with extra_needed("campaign"):
        from imd_campaign import db, seed
        from imd_cli.campaign.database import opened

    with opened() as context:
        db.migrate(context.database.engine)
        try:
            seed.load(
                context.database.engine, context.settings, context.now(), folder=arguments.folder
            )
        except (OSError, ValueError, KeyError) as error:
            raise Fault(f"{arguments.folder or 'the sample'}: {error}") from error
    print("The campaign is filled in.")
