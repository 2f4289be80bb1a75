"""Files that appear under their name only once they are complete."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from secrets import token_hex
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

O_BINARY = getattr(os, "O_BINARY", 0)
"""On Windows: write bytes as they are, without translating line ends."""


@contextmanager
def atomic_write(target: Path, mode: int = 0o666, **text_options: Any) -> Iterator[IO[Any]]:
    """Open a temporary file beside ``target``, and rename it when all of it is on disk.

    Text with ``text_options`` of `open`, such as ``encoding``; bytes without.
    """
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    part = target.with_name(f".{target.name}.{token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | O_BINARY, mode)
    try:
        with os.fdopen(handle, "w" if text_options else "wb", **text_options) as file:
            yield file
            file.flush()
            os.fsync(handle)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
