import argparse
import sys
from getpass import getpass

from imd_cli.argument_parser import Commands, add_command
from imd_cli.errors import CommandError, require_extra
from imd_cli.progress import ProgressLine

OWN_CAMPAIGN = (
    "this database has a campaign of its own, and sample data would be public beside it. Set "
    "IMD_CAMPAIGN_DATABASE_URL to another database"
)


def add_commands(verbs: Commands) -> None:
    add_command(verbs, "migrate", migrate, help="migrate the database to this version")

    add_command(verbs, "sample", load_sample, help="load the sample campaign, to look around")

    add_command(verbs, "audit-totals", audit_totals, help="compare totals, ledger and signatures")

    parser = add_command(
        verbs, "copy-database", copy_database, help="copy the campaign to an empty database"
    )
    parser.add_argument(
        "--to", metavar="URL", help="the database to copy to; prompted for if it is missing"
    )


def migrate(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign import db
        from imd_campaign.startup import make_check
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        db.migrate(context.database.engine, make_check(context.settings))
    print("The database is up to date.")


def load_sample(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign import db, seed
        from imd_campaign.closing import service as closing
        from imd_campaign.startup import make_check
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        db.migrate(context.database.engine, make_check(context.settings))
        if closing.is_closed(context):
            raise CommandError("this campaign is closed; load another one into a new database")
        if seed.has_own_campaign(context.database):
            raise CommandError(OWN_CAMPAIGN)
        seed.load(context.database.engine, context.settings, context.now())
    print("The sample campaign is loaded.")


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


def copy_database(arguments: argparse.Namespace) -> int:
    with require_extra("campaign"):
        from imd_campaign.database_copy import service
        from imd_campaign.database_copy.errors import CopyFailed
        from imd_cli.campaign.context import open_context

    target, line = _read_database_url(arguments.to), ProgressLine()

    def report(action: str, table: str, rows: int, total: int) -> None:
        line.show(f"{action} {table}: {rows:,} of {total:,} rows")

    with open_context() as context:
        try:
            result = service.copy(context, target, report)
        except CopyFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            line.clear()
            print("Interrupted: nothing was copied, and the target is empty.", file=sys.stderr)
            raise
        finally:
            line.clear()
    print(f"{result.rows:,} rows of {result.tables} tables were copied and are equal.")
    print("Now set IMD_CAMPAIGN_DATABASE_URL to the new database, and start the server.")
    for difference in result.differences:
        print(f"The totals did not agree before the copy: {difference}")
    return int(bool(result.differences))


def _read_database_url(option: str | None) -> str:
    """Read the URL from an option, a prompt or standard input; it can contain a password."""
    from imd_campaign.database_url import check_database_url

    text = option or (getpass("Database URL: ") if sys.stdin.isatty() else sys.stdin.readline())
    try:
        return check_database_url(text)
    except ValueError as error:
        raise CommandError(f"the target's URL: {error}", status=2) from error
