"""What every command that talks to a campaign shares: the address, the key, the two outputs."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

from imd_cli.faults import Fault

if TYPE_CHECKING:
    from imd_sdk import Client


def common() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--url", help="the campaign's address (or set IMD_BASE_URL)")
    parser.add_argument("--json", action="store_true", help="JSON for machines, one item a line")
    return parser


def client(arguments: argparse.Namespace) -> "Client":
    from imd_sdk import Client

    address = arguments.url or os.environ.get("IMD_BASE_URL")
    if not address:
        message = (
            "which campaign? pass --url or set IMD_BASE_URL (the demo is http://127.0.0.1:1218)"
        )
        raise Fault(message, status=2)
    try:
        return Client(address)
    except ValueError as error:
        raise Fault(str(error), status=2) from error


def asked(value: str | None, question: str) -> str:
    """A personal detail: from the option, else asked for, so that it need not be in a history."""
    if value:
        return value
    if not sys.stdin.isatty():
        option = "--" + question.lower().replace(" ", "-")
        raise Fault(f"{option} is missing, and there is no terminal to ask on", status=2)
    return input(f"{question}: ").strip()
