"""A campaign's files on disk: each loaded once, sent on while it arrives, kept by its digest."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from weakref import finalize

from imd_sdk import Downloaded, ImdError
from imd_widgets.caching.cache import MISSING, Clock, Unavailable

PIECE = 64 * 1024
BINARY = getattr(os, "O_BINARY", 0)  # Windows would translate line ends

Load = Callable[["CachedFile"], Awaitable[Downloaded]]

log = logging.getLogger(__name__)


class WrongFile(Exception):  # noqa: N818 - of the campaign, not ours
    pass


@dataclass(frozen=True)
class FileKey:
    digest: str
    size: int


class CachedFile:
    """A file on disk, or on its way there; its last byte is given when its digest is right."""

    def __init__(self, path: Path, size: int, written: int = 0) -> None:
        self.size = size
        self.error: Exception | None = None
        self.failed_at: datetime | None = None
        self.finished = written == size
        self._written = written
        self._grown = asyncio.Event()
        # Held open, so that a file that is dropped meanwhile is still read to its end.
        self._open(path, os.O_RDONLY if self.finished else os.O_RDWR | os.O_CREAT | os.O_TRUNC)

    def write(self, chunk: bytes) -> int:
        if self._written + len(chunk) > self.size:
            raise WrongFile
        os.lseek(self._file, self._written, os.SEEK_SET)
        self._written += os.write(self._file, chunk)
        self._grown.set()
        return len(chunk)

    def move(self, path: Path, target: Path) -> None:
        """Windows renames no open file."""
        self.close()
        path.replace(target)
        self._open(target, os.O_RDONLY)

    def _open(self, path: Path, flags: int) -> None:
        self._file = os.open(path, flags | BINARY, 0o600)
        self.close = finalize(self, os.close, self._file)

    def finish(self, error: Exception | None = None) -> None:
        self.finished, self.error = True, error
        self._grown.set()

    @property
    def whole(self) -> bool:
        return self._written == self.size

    async def begun(self) -> None:
        await self._reached(min(1, self.size))

    async def pieces(self, part: range) -> AsyncIterator[bytes]:
        at = part.start
        while at < part.stop:
            end = min(at + PIECE, part.stop)
            await self._reached(end)
            os.lseek(self._file, at, os.SEEK_SET)
            piece = os.read(self._file, end - at)
            if not piece:
                raise WrongFile
            at += len(piece)
            yield piece

    async def _reached(self, position: int) -> None:
        while not self.finished and (self._written < position or position == self.size):
            self._grown.clear()
            await self._grown.wait()
        if self.error is not None:
            raise self.error


class FileCache:
    """Files by their digests, in a folder that is never fuller than its space."""

    def __init__(self, folder: Path, space: int, *, rest: float, clock: Clock) -> None:
        self._folder = folder
        self._space = space
        self._rest = timedelta(seconds=rest)
        self._clock = clock
        self._arriving: dict[str, CachedFile] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, wanted: FileKey, load: Load) -> CachedFile:
        """The file, as soon as its first byte is there."""
        stored = self._kept(wanted) or self._under_way(wanted) or self._start(wanted, load)
        await stored.begun()
        return stored

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _kept(self, wanted: FileKey) -> CachedFile | None:
        path = self._folder / wanted.digest
        try:
            if path.stat().st_size != wanted.size:
                return None
            with suppress(OSError):  # on a disk that is only read it stays as old as it is
                os.utime(path)
            return CachedFile(path, wanted.size, wanted.size)
        except OSError:
            return None

    def _under_way(self, wanted: FileKey) -> CachedFile | None:
        """After a failure the campaign is left in peace for a while."""
        stored = self._arriving.get(wanted.digest)
        if stored is None or stored.failed_at is None:
            return stored
        return stored if abs(self._clock() - stored.failed_at) < self._rest else None

    def _start(self, wanted: FileKey, load: Load) -> CachedFile:
        part = self._folder / _part(wanted.digest)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(wanted.size)
            stored = CachedFile(part, wanted.size)
        except OSError as error:
            log.warning("cannot write %s: %s", self._folder, error.strerror)
            raise Unavailable from error
        self._arriving[wanted.digest] = stored
        task = asyncio.create_task(self._load(wanted, part, stored, load))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return stored

    async def _load(self, wanted: FileKey, part: Path, stored: CachedFile, load: Load) -> None:
        try:
            self._settle(wanted, part, stored, await load(stored))
        except BaseException as error:
            self._give_up(part, stored, _told(error))
            if not isinstance(error, Exception):
                raise

    def _settle(self, wanted: FileKey, part: Path, stored: CachedFile, loaded: Downloaded) -> None:
        if not stored.whole or loaded.sha256 != wanted.digest:
            raise WrongFile
        stored.move(part, self._folder / wanted.digest)
        stored.finish()
        del self._arriving[wanted.digest]

    def _give_up(self, part: Path, stored: CachedFile, error: Exception) -> None:
        stored.close()
        part.unlink(missing_ok=True)
        stored.failed_at = self._clock()
        stored.finish(error)
        self._forget_old_failures()

    def _forget_old_failures(self) -> None:
        failed = [(digest, stored.failed_at) for digest, stored in self._arriving.items()]
        for digest, at in failed:
            if at is not None and abs(self._clock() - at) >= self._rest:
                del self._arriving[digest]

    @property
    def _parts(self) -> set[str]:
        return {_part(digest) for digest in self._arriving}

    def _make_room(self, size: int) -> None:
        """What was used longest ago goes first."""
        arriving = sum(stored.size for stored in self._arriving.values() if not stored.finished)
        files = [(path, path.stat()) for path in self._folder.iterdir()]
        files = [(path, stat) for path, stat in files if path.name not in self._parts]
        kept = sum(stat.st_size for _, stat in files)
        for path, stat in sorted(files, key=lambda file: file[1].st_mtime):
            if arriving + kept + size <= self._space:
                break
            with suppress(PermissionError):  # Windows keeps a file that is still read
                path.unlink(missing_ok=True)
                kept -= stat.st_size
        if arriving + kept + size > self._space:
            log.warning("no room in the file cache for a file of %d bytes", size)
            raise Unavailable


def _part(digest: str) -> str:
    return f".{digest}.{os.getpid()}"


def _told(error: BaseException) -> Exception:
    if isinstance(error, MISSING):
        return error
    if not isinstance(error, ImdError):
        log.warning("a file could not be cached: %s", type(error).__name__)
    return Unavailable()
