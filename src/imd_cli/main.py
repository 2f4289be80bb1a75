"""The command `imd`: its parser, exit statuses and output."""

import argparse
import io
import os
import sys
from collections.abc import Sequence

from imd_cli import (
    attendances,
    campaign,
    confirmations,
    content,
    demo,
    events,
    hosted_events,
    personal_data,
    petitions,
    posters,
    serve,
    webhooks,
    widgets,
)
from imd_cli.argument_parser import Parser
from imd_cli.errors import CommandError, translate_sdk_errors
from imd_sdk._version import __version__

INTERRUPTED = 130
"""The exit status of a shell after Ctrl-C: 128 and the number of SIGINT."""
GROUPS = (
    demo,
    serve,
    campaign,
    widgets,
    petitions,
    events,
    confirmations,
    attendances,
    hosted_events,
    personal_data,
    posters,
    content,
    webhooks,
)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="imd",
        description="International Migrants Day, 18 December: run a campaign, or call one.",
    )
    parser.add_argument("--version", action="version", version=f"imd {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for group in GROUPS:
        group.add_commands(commands)
    return parser


def _set_encoding() -> None:
    """Write UTF-8 to files and pipes; Windows would use a regional code page."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.isatty():
            stream.reconfigure(errors="replace")
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def main(argv: Sequence[str] | None = None) -> int:
    _set_encoding()
    try:
        return _run(build_parser(), argv)
    except BrokenPipeError:
        _discard_output()
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> int:
    try:
        arguments = parser.parse_args(argv)
        with translate_sdk_errors():
            status: int | None = arguments.run(arguments)
    except CommandError as error:
        print(f"imd: {error}", file=sys.stderr)
        return error.status
    except BrokenPipeError:
        raise
    except OSError as error:
        return _report_os_error(error)
    else:
        return status or 0
    finally:
        _flush_output()


def _flush_output() -> None:
    """Write what is buffered while errors can still be handled."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        sys.exit(_report_os_error(error))


def _report_os_error(error: OSError) -> int:
    """Print one line for an error that no command expects, such as a full disk."""
    print(f"imd: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
    _discard_output()
    return 1


def _discard_output() -> None:
    """Replace a closed pipe or a full disk, or Python reports it once more at its exit."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
