import argparse
import io
import os
import sys
from collections.abc import Sequence

from imd_cli import campaign, demo, events, kit, petitions, posters, serve, widgets
from imd_cli.faults import Fault, explained
from imd_cli.parser import Parser
from imd_sdk._version import __version__

GROUPS = (demo, serve, campaign, widgets, petitions, events, posters, kit)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="imd",
        description="International Migrants Day, 18 December: run a campaign, or talk to one.",
    )
    parser.add_argument("--version", action="version", version=f"imd {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in GROUPS:
        group.add(commands)
    return parser


def _write_any_script() -> None:
    """Files and pipes get UTF-8: Windows would encode them in the code page of its region."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.isatty():
            stream.reconfigure(errors="replace")
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    _write_any_script()
    arguments = build_parser().parse_args(argv)
    try:
        with explained():
            status = arguments.run(arguments)
            sys.stdout.flush()
    except Fault as fault:
        print(f"imd: {fault}", file=sys.stderr)
        return fault.status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return status or 0
