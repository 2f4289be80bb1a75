"""Exclusive locks on files, held until the file is closed."""

from __future__ import annotations

import os
import sys

LOCK_OFFSET = 1 << 40


def try_lock(handle: int) -> bool:
    """Lock a file until it is closed; return False if another process holds the lock."""
    try:
        _lock_or_raise(handle)
    except OSError:
        return False
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock_or_raise(handle: int) -> None:
        """Windows blocks access to locked bytes, so lock a byte beyond the end of the file."""
        os.lseek(handle, LOCK_OFFSET, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
else:
    import fcntl

    def _lock_or_raise(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
