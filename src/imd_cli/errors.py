"""Errors of commands: one line on standard error instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager


class CommandError(Exception):
    """A command failed; the message is for the user, the status for the shell."""

    def __init__(self, message: str, *, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


@contextmanager
def translate_sdk_errors() -> Iterator[None]:
    """Raise errors of the SDK as `CommandError`."""
    from imd_sdk import ImdError

    try:
        yield
    except ImdError as error:
        raise CommandError(str(error)) from error


@contextmanager
def require_extra(extra: str) -> Iterator[None]:
    """Name the command that installs an extra if one of its libraries is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("imd_"):
            raise
        message = (
            f"{error.name} is not installed; it comes with the extra '{extra}': "
            f"in a clone of imd-sdk, run: pip install '.[{extra}]'"
        )
        raise CommandError(message) from error
