import argparse
from pathlib import Path

from imd_cli.argument_parser import Commands, add_command
from imd_cli.errors import CommandError, require_extra


def add_commands(verbs: Commands) -> None:
    add_command(verbs, "migrate", migrate, help="migrate the database to this version")

    parser = add_command(verbs, "sample", load, help="load the sample campaign")
    parser.set_defaults(folder=None)

    parser = add_command(
        verbs, "load", load, help="load a campaign from a folder like the sample's"
    )
    parser.add_argument("folder", type=Path)

    add_command(verbs, "audit-totals", audit_totals, help="compare totals, ledger and signatures")


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


def audit_totals(_: argparse.Namespace) -> int:
    with require_extra("campaign"):
        from imd_campaign.petitions import count_audit
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        differences = count_audit.find_differences(context)
    for difference in differences:
        print(difference)
    if not differences:
        print("Totals, ledger and signatures agree.")
    return int(bool(differences))
