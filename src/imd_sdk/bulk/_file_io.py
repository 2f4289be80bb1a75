"""Private files: writes that are whole or absent, and system errors as bulk errors."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imd_sdk.bulk._errors import BulkError

OWNER_ONLY = 0o600


@contextmanager
def translate_os_errors(kind: type[BulkError], what: str) -> Iterator[None]:
    """Raise system errors as a bulk error that names the file."""
    try:
        yield
    except OSError as error:
        raise kind(f"{what}: {error.strerror}") from error


def write_all(handle: int, data: bytes) -> None:
    """Write all data or none: half a line would corrupt the next one."""
    left = data
    try:
        while left:
            left = left[os.write(handle, left) :]
    except OSError:
        os.ftruncate(handle, os.fstat(handle).st_size - len(data) + len(left))
        raise
