"""What a person reads when a command cannot be done: one line, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager


class Fault(Exception):  # noqa: N818 (a refusal to the person, not a bug)
    def __init__(self, message: str, *, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


@contextmanager
def explained() -> Iterator[None]:
    from imd_sdk import ImdError

    try:
        yield
    except ImdError as error:
        raise Fault(str(error)) from error


@contextmanager
def extra_needed(extra: str) -> Iterator[None]:
    """Turn the missing library of an extra into the command that installs it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("imd_"):
            raise
        message = (
            f"this command needs {error.name}, which comes with the extra '{extra}'; "
            f"in a clone of imd-sdk, run: pip install '.[{extra}]'"
        )
        raise Fault(message) from error
