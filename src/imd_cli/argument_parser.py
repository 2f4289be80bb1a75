"""The argument parser, which accepts negative numbers as values, and options anywhere."""

import argparse
from collections.abc import Callable
from typing import Any, TypeAlias

from imd_cli.errors import CommandError

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 no public name
Run: TypeAlias = Callable[[argparse.Namespace], int | None]

MAX_REASON_LENGTH = 1000
"""As in the console and the API."""

REASON_LENGTH = "--reason must have between 1 and 1,000 characters"


def add_command(commands: Commands, name: str, run: Run, **options: Any) -> argparse.ArgumentParser:
    """Add a command that calls `run`; the options are those of an ArgumentParser."""
    parser = commands.add_parser(name, **options)
    parser.set_defaults(run=run)
    return parser


def add_group(commands: Commands, name: str, **options: Any) -> Commands:
    """Add a command that has commands of its own."""
    parser = commands.add_parser(name, **options)
    return parser.add_subparsers(title="commands", metavar="COMMAND", required=True)


def add_reason(parser: argparse.ArgumentParser, **options: Any) -> None:
    """Add `--reason` for the audit trail; the options are those of an argument."""
    about: dict[str, Any] = {"type": read_reason, "help": "reason for the audit trail"}
    parser.add_argument("--reason", **(about | options))


def read_reason(text: str) -> str:
    reason = text.strip()
    if not 0 < len(reason) <= MAX_REASON_LENGTH:
        raise CommandError(REASON_LENGTH, status=2)
    return reason


class Parser(argparse.ArgumentParser):
    """Accepts values that begin with a minus, such as ``--near -33.92,18.42``.

    argparse reads each argument with a minus as an option, unless it is a single number.
    Options may stand before, after and between arguments, as in ``events --lang es theme=dark``.
    """

    _is_intermixing = False

    def parse_known_args(self, *arguments: Any, **options: Any) -> Any:
        if self._subparsers or self._is_intermixing:
            return super().parse_known_args(*arguments, **options)
        self._is_intermixing = True
        try:
            return self.parse_known_intermixed_args(*arguments, **options)
        finally:
            self._is_intermixing = False

    def _parse_optional(self, arg_string: str) -> Any:
        if arg_string.startswith("--") or self._is_short_option(arg_string):
            return super()._parse_optional(arg_string)
        return None

    def _is_short_option(self, text: str) -> bool:
        options = self._option_string_actions
        return text in options or (text[:2] in options and options[text[:2]].nargs != 0)
