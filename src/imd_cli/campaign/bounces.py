import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from imd_cli import output
from imd_cli.argument_parser import Commands, add_command, add_group, add_reason
from imd_cli.campaign.times import parse_time
from imd_cli.client_options import prompt_for
from imd_cli.errors import CommandError, require_extra

TEMPORARY_FAILURE = 75
"""EX_TEMPFAIL of sysexits.h: a mail server keeps the message and tries again."""
CHUNK_BYTES = 64 * 1024


def add_commands(verbs: Commands) -> None:
    acts = add_group(verbs, "bounces", help="read bounces, and stop e-mail to addresses that fail")

    parser = add_command(acts, "read", read, help="read bounces from standard input or from files")
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a message, a folder or a Maildir"
    )
    parser.add_argument("--delete", action="store_true", help="delete the files once they are read")

    add_command(acts, "status", show_status, help="count suppressed addresses and sent e-mails")

    parser = add_command(acts, "lift", lift, help="allow e-mail to an address again")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--email", help="the address; prompted for if it is missing")
    which.add_argument(
        "--since",
        type=parse_time,
        metavar="TIME",
        help="lift all suppressions since then, such as 2026-11-23T12:00Z",
    )
    add_reason(parser, required=True)


def read(arguments: argparse.Namespace) -> None:
    if not arguments.paths:
        read_standard_input()
        return
    with require_extra("campaign"):
        from imd_campaign.bounces import service
        from imd_cli.campaign.context import open_context

    files = [file for path in arguments.paths for file in _list_files(path)]
    recorded = 0
    with open_context() as context:
        for file in files:
            recorded += service.record_message(context, _read_file(file))
            if arguments.delete:
                file.unlink(missing_ok=True)
    print(f"Messages read: {len(files)}. Bounces recorded: {recorded}.")


def read_standard_input() -> None:
    """Read the one message that a mail server passes, and print nothing."""
    message = sys.stdin.buffer.read(CHUNK_BYTES)
    while sys.stdin.buffer.read(CHUNK_BYTES):
        pass
    with _ask_to_retry():
        with require_extra("campaign"):
            from imd_campaign.bounces import service
            from imd_cli.campaign.context import open_context

        with open_context() as context:
            service.record_message(context, message)


@contextmanager
def _ask_to_retry() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise CommandError(str(error), status=TEMPORARY_FAILURE) from error


def _list_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    folders = [path / "new", path / "cur"] if (path / "new").is_dir() else [path]
    files = [file for folder in folders if folder.is_dir() for file in folder.iterdir()]
    return sorted(file for file in files if file.is_file())


def _read_file(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(CHUNK_BYTES)


def show_status(_: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.bounces import service
        from imd_cli.campaign.context import open_context

    with open_context() as context:
        numbers = service.count(context)
    output.print_details(
        {
            "addresses suppressed": numbers.suppressed,
            "e-mails bounced": numbers.bounced,
            **{f"e-mails {state}": number for state, number in sorted(numbers.emails.items())},
        }
    )


def lift(arguments: argparse.Namespace) -> None:
    with require_extra("campaign"):
        from imd_campaign.errors import NotFound
        from imd_campaign.suppressions import service
        from imd_cli.campaign.context import get_user_name, open_context

    signed = {"actor": f"shell:{get_user_name()}", "reason": arguments.reason}
    if arguments.since:
        with open_context() as context:
            number = service.lift_since(context, arguments.since, **signed)
        print(f"Suppressions lifted: {number}.")
        return
    email = prompt_for(arguments.email, "Email")
    with open_context() as context:
        try:
            service.lift(context, email, **signed)
        except NotFound as error:
            raise CommandError("no e-mail to this address has bounced") from error
    print("E-mail to this address is allowed again.")
