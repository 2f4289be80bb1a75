import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from imd_cli import output
from imd_cli.argument_parser import Commands, add_command, add_reason
from imd_cli.errors import CommandError, require_extra
from imd_cli.progress import ProgressLine

if TYPE_CHECKING:
    from imd_campaign.closing.totals import PetitionTotals, Totals
    from imd_campaign.context import Context
    from imd_campaign.switches.service import Change

OWNER_ONLY = 0o600
MAX_NAME = 300
FORGOTTEN_COPIES = (
    "Backups, exports, logs of the database (WAL archives, replicas) and copies of the secrets "
    "still have what was deleted: delete them too."
)


def add_commands(verbs: Commands) -> None:
    parser = add_command(
        verbs,
        "close",
        close,
        help="end the campaign: write its totals, delete all personal data, allow no changes",
        description="Without --yes, only show what would be deleted. Export first what the "
        "organisation has to keep: nothing can be restored.",
    )
    parser.add_argument("folder", type=Path, help="folder for totals.json and totals.html")
    parser.add_argument("--yes", action="store_true", help="do it, after typing the name")
    parser.add_argument(
        "--now", action="store_true", help="close although something has not ended or still waits"
    )
    add_reason(parser, default="The campaign has ended.")


def close(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.closing import service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        was_closed = service.is_closed(context)
        unfinished = [] if was_closed else service.list_unfinished(context)
        if arguments.yes:
            _check_finished(unfinished, arguments)
            _confirm(service.get_name(context))
            _close(context, arguments)
        else:
            _show_plan(service.count_personal_data(context), unfinished)


def _show_plan(counts: Mapping[str, int], unfinished: Sequence[str]) -> None:
    _print_counts("would be deleted", counts)
    if unfinished:
        print("\nNot finished:")
        for line in unfinished:
            print(f"  {line}")
    print("\nNothing was changed. --yes closes the campaign; nobody can undo it.")


def _check_finished(unfinished: Sequence[str], arguments: argparse.Namespace) -> None:
    if unfinished and not arguments.now:
        raise CommandError(
            f"the campaign is not finished ({'; '.join(unfinished)}). Wait, or cut this off with "
            "--now"
        )


def _confirm(name: str) -> None:
    """Let the person type the campaign's name, so that no slip of a finger closes it."""
    question = f"Type the name of the campaign to close it for good ({name}): "
    print(question, end="", file=sys.stderr, flush=True)
    if sys.stdin.readline(MAX_NAME).strip() != name:
        raise CommandError("that is not the name of the campaign; nothing was changed")


def _close(context: "Context", arguments: argparse.Namespace) -> None:
    from imd_campaign.closing import service
    from imd_campaign.closing.totals import read_totals
    from imd_campaign.switches.service import Change
    from imd_cli.campaign.context import get_user_name

    change = Change(f"shell:{get_user_name()}", arguments.reason, context.now())
    _prepare_folder(arguments.folder)
    service.begin(context, change)
    time.sleep(service.NOTICE_SECONDS)
    _write_totals(read_totals(context), arguments.folder)
    deleted = _delete(context, change)
    _print_counts("deleted", deleted)
    print(f"\nThe totals are in {arguments.folder}.")
    if not service.compact(context):
        print(
            "imd: the database is in use, so its files may still have deleted data: stop the "
            "servers, and run this command again",
            file=sys.stderr,
        )
    print(FORGOTTEN_COPIES)


def _delete(context: "Context", change: "Change") -> Mapping[str, int]:
    from imd_campaign.closing import service

    line = ProgressLine()
    try:
        deleted = service.delete_personal_data(
            context, lambda name, number: line.show(f"{name}: {number:,}")
        )
    except KeyboardInterrupt:
        line.clear()
        print("Interrupted: run the same command again to delete the rest.", file=sys.stderr)
        raise
    finally:
        line.clear()
    service.record_deletion(context, change, deleted)
    return deleted


def _print_counts(heading: str, counts: Mapping[str, int]) -> None:
    rows = [(name, f"{number:,}") for name, number in counts.items() if number]
    output.print_table(("personal data", heading), rows)


# --- totals --------------------------------------------------------------------------------------


def _prepare_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"cannot create {folder}: {error.strerror}") from error


def _write_totals(totals: "Totals", folder: Path) -> None:
    from imd_sdk._atomic_file import atomic_write

    text = json.dumps(asdict(totals), ensure_ascii=False, indent=2, default=str) + "\n"
    for name, parts in (("totals.json", [text]), ("totals.html", _make_page(totals))):
        with atomic_write(folder / name, OWNER_ONLY, encoding="utf-8") as file:
            file.writelines(parts)


def _make_page(totals: "Totals") -> Iterator[str]:
    from imd_cli.campaign.print_page import make_facts, make_page

    facts = make_facts([("As of", f"{totals.as_of:%Y-%m-%d %H:%M} UTC")])
    petitions = chain.from_iterable(map(_make_petition, totals.petitions))
    return make_page(totals.campaign or "Totals", "en", chain([facts], petitions))


def _make_petition(petition: "PetitionTotals") -> Iterator[str]:
    from html import escape

    from imd_cli.campaign.print_page import make_facts, make_table, name_country

    yield f'<h2 lang="{escape(petition.lang)}" dir="auto">{escape(petition.title)}</h2>\n'
    yield make_facts(
        [
            ("To", petition.target),
            ("Signatures", f"{petition.total:,}"),
            ("Opened", f"{petition.opened_at:%Y-%m-%d}"),
            ("Closed", f"{petition.closed_at:%Y-%m-%d}" if petition.closed_at else "–"),
            ("Last number of the ledger", f"{petition.ledger.last_number:,}"),
            ("SHA-256 of the ledger", petition.ledger.sha256),
        ]
    )
    yield "<p>Parts are rounded down to tens; smaller ones are left out.</p>\n"
    countries = {name_country(code): number for code, number in petition.countries.items()}
    for heading, numbers in (
        ("Country", countries),
        ("Source", petition.sources),
        ("Line", petition.lines),
    ):
        rows = ((name, f"{number:,}") for name, number in numbers.items())
        yield from make_table((heading, "Signatures, at least"), rows)
