import argparse
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from imd_cli.argument_parser import Commands, add_group
from imd_cli.client_options import add_client_command, open_client
from imd_cli.errors import CommandError, require_extra
from imd_cli.progress import ProgressLine

if TYPE_CHECKING:
    from imd_cli.campaign.export.jobs import Exported
    from imd_cli.campaign.export.rows import Filters
    from imd_cli.campaign.export.sources import Source

LINES = ("confirmed", "attested")


def add_commands(verbs: Commands) -> None:
    acts = add_group(
        verbs,
        "export",
        help="export names that only the organisation can read, with its private key",
    )
    _add_signatures(acts)
    _add_news(acts)
    _add_orders(acts)
    _add_guests(acts)


def _add_signatures(acts: Commands) -> None:
    parser = add_client_command(
        acts, "signatures", export_signatures, help="export signatures with names and addresses"
    )
    _add_signature_filters(parser)
    parser.add_argument("--line", choices=LINES, help="only signatures that were counted so")
    _add_common(parser)
    _add_key(parser)


def _add_news(acts: Commands) -> None:
    parser = add_client_command(
        acts, "news", export_news, help="export the signers who asked for news, each mailbox once"
    )
    _add_signature_filters(parser)
    _add_common(parser)
    _add_key(parser)


def _add_signature_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--petition", metavar="SLUG", help="only this petition (default: all)")
    _add_countries(parser)
    parser.add_argument("--source", metavar="SLUG", help="only signatures that a partner collected")


def _add_orders(acts: Commands) -> None:
    parser = add_client_command(
        acts, "orders", export_orders, help="export orders of posters with their buyers"
    )
    parser.add_argument(
        "--state",
        action="append",
        dest="states",
        metavar="STATE",
        help="only orders in this state, such as paid; may be repeated (default: all)",
    )
    _add_countries(parser)
    _add_common(parser)
    _add_key(parser)


def _add_guests(acts: Commands) -> None:
    parser = add_client_command(
        acts, "guests", export_guests, help="export the guests of events, with names at homes"
    )
    parser.add_argument("--event", metavar="ID", help="only guests of this event")
    _add_common(parser)


def _add_countries(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--country",
        action="append",
        dest="countries",
        type=str.upper,
        metavar="CC",
        help="only this country; may be repeated",
    )


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, help="its suffix chooses the format: .csv, .jsonl or .html (to print)"
    )
    parser.add_argument(
        "--since", type=_parse_start, metavar="TIME", help="only since then, such as 2026-12-01"
    )
    parser.add_argument(
        "--until", type=_parse_end, metavar="TIME", help="only before then; a day is included"
    )
    parser.add_argument(
        "--columns", metavar="NAMES", help="the columns and their order, such as name,country"
    )
    parser.add_argument("--lang", help="language of a petition's title in .html")
    parser.add_argument(
        "--bom", action="store_true", help="mark CSV as UTF-8 for Excel (byte order mark)"
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it exists")


def _add_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--private-key",
        action="append",
        default=[],
        type=Path,
        dest="private_keys",
        metavar="FILE",
        help="file with a private key of the organisation; may be repeated (default: a prompt)",
    )
    parser.add_argument(
        "--database",
        metavar="URL",
        help="read a database or its backup instead of a server, such as sqlite:///copy.sqlite3",
    )


def _parse_start(text: str) -> datetime:
    return _parse_time(text, days=0)


def _parse_end(text: str) -> datetime:
    return _parse_time(text, days=1)


def _parse_time(text: str, *, days: int) -> datetime:
    """Read a day in UTC, or a time; one without an offset is in UTC too."""
    try:
        moment = datetime.fromisoformat(text)
        if len(text) == len("2026-12-18"):
            moment = datetime.combine(moment.date() + timedelta(days=days), time())
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError("must be a day or a time, such as 2026-12-18") from error


# --- running -------------------------------------------------------------------------------------


def export_signatures(arguments: argparse.Namespace) -> int:
    with require_extra("campaign"):
        from imd_cli.campaign.export import jobs

    _check_goal(arguments)
    with _open_source(arguments) as source:
        done = jobs.export_signatures(source, arguments, _make_filters(arguments))
    return _print_result(arguments, done)


def export_news(arguments: argparse.Namespace) -> int:
    with require_extra("all"):
        from imd_cli.campaign.export import jobs

    _check_goal(arguments)
    with _open_source(arguments) as source:
        done = jobs.export_news(source, arguments, _make_filters(arguments))
    return _print_result(arguments, done)


def export_orders(arguments: argparse.Namespace) -> int:
    with require_extra("campaign"):
        from imd_cli.campaign.export import jobs

    _check_goal(arguments)
    with _open_source(arguments) as source:
        done = jobs.export_orders(source, arguments, _make_filters(arguments))
    return _print_result(arguments, done)


def export_guests(arguments: argparse.Namespace) -> int:
    with require_extra("campaign"):
        from imd_cli.campaign.export import jobs

    _check_goal(arguments)
    with _open_source(arguments) as source:
        done = jobs.export_guests(source, arguments, _make_filters(arguments))
    return _print_result(arguments, done)


def _check_goal(arguments: argparse.Namespace) -> None:
    from imd_cli.campaign.export.writers import choose_format

    choose_format(arguments.file)
    if arguments.file.exists() and not arguments.force:
        raise CommandError(f"{arguments.file} exists: choose another name, or pass --force")


def _make_filters(arguments: argparse.Namespace) -> "Filters":
    from imd_cli.campaign.export.rows import Filters

    return Filters(
        countries=getattr(arguments, "countries", None) or (),
        since=arguments.since,
        until=arguments.until,
        line=getattr(arguments, "line", None),
        source=getattr(arguments, "source", None),
    )


@contextmanager
def _open_source(arguments: argparse.Namespace) -> Iterator["Source"]:
    """Open what an export reads, and delete what it has downloaded once it is complete."""
    from imd_cli.campaign.export.sources import DatabaseSource, ServerSource
    from imd_sdk.bulk import BulkError

    line = ProgressLine()
    try:
        if getattr(arguments, "database", None):
            yield from _use(DatabaseSource(_check_url(arguments.database), line.show))
        else:
            with open_client(arguments) as client:
                yield from _use(ServerSource(client, arguments.file, line.show))
    except BulkError as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        line.clear()
        print("Interrupted. The same command continues within a day.", file=sys.stderr)
        raise
    finally:
        line.clear()


def _use(source: "Source") -> Iterator["Source"]:
    """Keep what was downloaded if an error ends the export: the next one continues with it."""
    yield source
    source.clean_up()


def _check_url(text: str) -> str:
    from imd_campaign.database_url import check_database_url

    try:
        return check_database_url(text)
    except ValueError as error:
        raise CommandError(f"--database: {error}", status=2) from error


def _print_result(arguments: argparse.Namespace, done: "Exported") -> int:
    from imd_cli import output

    if arguments.json:
        output.print_json({"path": str(arguments.file), "rows": done.rows, "damaged": done.damaged})
    else:
        rows = "row" if done.rows == 1 else "rows"
        print(f"{done.rows:,} {rows} written to {shlex.quote(str(arguments.file))}")
    if done.damaged:
        print(
            f"imd: {done.damaged} could not be opened because they are damaged; their names are "
            "empty",
            file=sys.stderr,
        )
    return int(bool(done.damaged))
