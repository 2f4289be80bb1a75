"""The queue of the processes that write to one SQLite file.

SQLite has no queue: a process that waits for another one's transaction tries again after random
pauses, and a busy process rarely leaves it a gap. Here a process waits for its turn while it holds
the lock "next", so that the one that has just written cannot overtake it. These locks only decide
who is first: SQLite's own locks keep the data safe.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform != "win32":  # where a campaign has one process
    import fcntl

PAUSE = 0.001
SUFFIXES = ("-next", "-writer")


class WriteQueue:
    def __init__(self, database: Path) -> None:
        self._database = database
        self._files: tuple[int, ...] = ()

    @contextmanager
    def wait(self, seconds: float) -> Iterator[None]:
        """Wait for other processes, not for threads; go on without a turn after these seconds."""
        if sys.platform == "win32" or not self._open():
            yield
            return
        following, writing = self._files
        deadline = time.monotonic() + seconds
        _lock(following, deadline)
        _lock(writing, deadline)
        fcntl.flock(following, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(writing, fcntl.LOCK_UN)

    def _open(self) -> bool:
        """Open the lock files; without them, processes wait as SQLite lets them."""
        if not self._files:
            try:
                owner = self._database.stat()
                self._files = tuple(
                    _open_lock_file(f"{self._database}{suffix}", owner) for suffix in SUFFIXES
                )
            except OSError:
                return False
        return True

    def close(self) -> None:
        for file in self._files:
            os.close(file)
        self._files = ()


def _open_lock_file(path: str, owner: os.stat_result) -> int:
    """Open a file that everybody who uses the database can lock, even if root was the first."""
    flags = os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    file = os.open(path, flags, owner.st_mode & 0o666)
    if os.geteuid() == 0:
        os.fchown(file, owner.st_uid, owner.st_gid)
    return file


def _lock(file: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:  # its holder may be suspended
                return
            time.sleep(PAUSE)
        else:
            return
