import argparse
from pathlib import Path

from imd_cli.errors import CommandError, require_extra


def add_commands(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = verbs.add_parser("migrate", help="migrate the database to this version")
    parser.set_defaults(run=migrate)

    parser = verbs.add_parser("sample", help="load the sample campaign")
    parser.set_defaults(run=load, folder=None)

    parser = verbs.add_parser("load", help="load a campaign from a folder like the sample's")
    parser.add_argument("folder", type=Path)
    parser.set_defaults(run=load)


def migrate(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign import db
        from imd_campaign.startup import make_secrets_check
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        db.migrate(context.database.engine, make_secrets_check(context.settings))
    print("The database is up to date.")


def load(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign import db, seed
        from imd_campaign.startup import make_secrets_check
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        db.migrate(context.database.engine, make_secrets_check(context.settings))
        try:
            seed.load(
                context.database.engine, context.settings, context.now(), folder=arguments.folder
            )
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(f"{arguments.folder or 'the sample'}: {error}") from error
    print("The campaign is loaded.")
