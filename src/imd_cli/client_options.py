"""Options of the commands that call a campaign: its URL and the output format."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from imd_cli.argument_parser import Commands, Run, add_command
from imd_cli.errors import CommandError

if TYPE_CHECKING:
    from imd_sdk import Client

MAX_LINE = 1000


def add_client_command(
    commands: Commands,
    name: str,
    run: Run,
    *,
    parents: Sequence[argparse.ArgumentParser] = (),
    **options: Any,
) -> argparse.ArgumentParser:
    """Add a command that calls a campaign."""
    parents = [_make_client_parser(), *parents]
    return add_command(commands, name, run, parents=parents, **options)


def _make_client_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--url", help="URL of the campaign (default: IMD_BASE_URL)")
    parser.add_argument("--json", action="store_true", help="print JSON, one item per line")
    return parser


@contextmanager
def open_client(arguments: argparse.Namespace) -> Iterator["Client"]:
    """Open a client; a value that the SDK rejects before it sends anything is a usage error."""
    with _make_client(arguments) as client:
        try:
            yield client
        except ValueError as error:
            raise CommandError(str(error), status=2) from error


def _make_client(arguments: argparse.Namespace) -> "Client":
    from imd_sdk import Client

    url = arguments.url or os.environ.get("IMD_BASE_URL")
    if not url:
        message = (
            "no campaign URL: pass --url or set IMD_BASE_URL (the demo is at http://127.0.0.1:1218)"
        )
        raise CommandError(message, status=2)
    try:
        return Client(url)
    except ValueError as error:
        raise CommandError(str(error), status=2) from error


def read_private(question: str) -> str:
    """Prompt for personal data, or read a line of standard input; it is no argument anywhere."""
    if sys.stdin.isatty():
        return prompt_for(None, question)
    return sys.stdin.readline(MAX_LINE).strip()


def prompt_for(value: str | None, question: str) -> str:
    """Return an option's value, or prompt for it: personal data need not be in a shell history."""
    if value:
        return value
    if not sys.stdin.isatty():
        option = "--" + question.lower().replace(" ", "-")
        raise CommandError(
            f"{option} is missing, and there is no terminal to prompt on: pass {option}", status=2
        )
    try:
        return input(f"{question}: ").strip()
    except EOFError:
        raise CommandError(f"{question} is missing", status=2) from None
