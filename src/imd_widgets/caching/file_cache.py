"""A campaign's files on disk, by digest: each is loaded once and sent on while it arrives."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from weakref import finalize

from imd_sdk import DownloadedFile, ImdError
from imd_widgets.caching.cache import MISSING_ERRORS, Clock, Unavailable

CHUNK_SIZE = 64 * 1024
PART_PREFIX = "."
MAX_LOADING_SECONDS = 3600
BINARY = getattr(os, "O_BINARY", 0)  # Windows would translate line ends

Load = Callable[["CachedFile"], Awaitable[DownloadedFile]]

log = logging.getLogger(__name__)


class WrongFile(Exception):  # noqa: N818 - of the campaign, not ours
    pass


@dataclass(frozen=True)
class FileKey:
    digest: str
    size: int


class CachedFile:
    """A file on disk or still arriving; its last byte is sent only if its digest is right."""

    def __init__(self, path: Path, size: int, written: int = 0) -> None:
        self.size = size
        self.error: Exception | None = None
        self.failed_at: datetime | None = None
        self.is_finished = written == size
        self._written = written
        self._has_grown = asyncio.Event()
        # Held open, so that a file that is evicted meanwhile is still read to its end.
        self._open(path, os.O_RDONLY if self.is_finished else os.O_RDWR | os.O_CREAT | os.O_TRUNC)

    def write(self, chunk: bytes) -> int:
        if self._written + len(chunk) > self.size:
            raise WrongFile
        os.lseek(self._file, self._written, os.SEEK_SET)
        self._written += os.write(self._file, chunk)
        self._has_grown.set()
        return len(chunk)

    def move(self, path: Path, target: Path) -> None:
        """Move the file; Windows cannot rename an open file."""
        self.close()
        path.replace(target)
        self._open(target, os.O_RDONLY)

    def _open(self, path: Path, flags: int) -> None:
        self._file = os.open(path, flags | BINARY, 0o600)
        self.close = finalize(self, os.close, self._file)

    def finish(self, error: Exception | None = None) -> None:
        self.is_finished, self.error = True, error
        self._has_grown.set()

    @property
    def is_complete(self) -> bool:
        return self._written == self.size

    async def wait_for_start(self) -> None:
        await self._wait_until_written(min(1, self.size))

    async def read_chunks(self, byte_range: range) -> AsyncIterator[bytes]:
        at = byte_range.start
        while at < byte_range.stop:
            end = min(at + CHUNK_SIZE, byte_range.stop)
            await self._wait_until_written(end)
            os.lseek(self._file, at, os.SEEK_SET)
            chunk = os.read(self._file, end - at)
            if not chunk:
                raise WrongFile
            at += len(chunk)
            yield chunk

    async def _wait_until_written(self, position: int) -> None:
        while not self.is_finished and (self._written < position or position == self.size):
            self._has_grown.clear()
            await self._has_grown.wait()
        if self.error is not None:
            raise self.error


class FileCache:
    """Files by digest, in a folder of bounded size."""

    def __init__(self, folder: Path, max_bytes: int, *, retry_delay: float, clock: Clock) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._retry_delay = timedelta(seconds=retry_delay)
        self._clock = clock
        self._arriving: dict[str, CachedFile] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, key: FileKey, load: Load) -> CachedFile:
        """Return the file as soon as its first byte has arrived."""
        stored = self._find_on_disk(key) or self._find_arriving(key) or self._start(key, load)
        await stored.wait_for_start()
        return stored

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _find_on_disk(self, key: FileKey) -> CachedFile | None:
        path = self._folder / key.digest
        try:
            if path.stat().st_size != key.size:
                return None
            with suppress(OSError):  # on a disk that is only read it stays as old as it is
                os.utime(path)
            return CachedFile(path, key.size, key.size)
        except OSError:
            return None

    def _find_arriving(self, key: FileKey) -> CachedFile | None:
        """Return the arriving file; after a failure, do not retry until the delay has passed."""
        stored = self._arriving.get(key.digest)
        if stored is None or stored.failed_at is None:
            return stored
        return stored if abs(self._clock() - stored.failed_at) < self._retry_delay else None

    def _start(self, key: FileKey, load: Load) -> CachedFile:
        part = self._folder / _make_part_name(key.digest)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._make_room(key.size)
            stored = CachedFile(part, key.size)
        except OSError as error:
            log.warning("cannot write %s: %s", self._folder, error.strerror)
            raise Unavailable from error
        self._arriving[key.digest] = stored
        task = asyncio.create_task(self._load(key, part, stored, load))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return stored

    async def _load(self, key: FileKey, part: Path, stored: CachedFile, load: Load) -> None:
        try:
            self._finish(key, part, stored, await load(stored))
        except BaseException as error:
            self._fail(part, stored, _to_public_error(error))
            if not isinstance(error, Exception):
                raise

    def _finish(self, key: FileKey, part: Path, stored: CachedFile, loaded: DownloadedFile) -> None:
        if not stored.is_complete or loaded.sha256 != key.digest:
            raise WrongFile
        stored.move(part, self._folder / key.digest)
        stored.finish()
        del self._arriving[key.digest]

    def _fail(self, part: Path, stored: CachedFile, error: Exception) -> None:
        stored.close()
        part.unlink(missing_ok=True)
        stored.failed_at = self._clock()
        stored.finish(error)
        self._delete_old_failures()

    def _delete_old_failures(self) -> None:
        failed = [(digest, stored.failed_at) for digest, stored in self._arriving.items()]
        for digest, at in failed:
            if at is not None and abs(self._clock() - at) >= self._retry_delay:
                del self._arriving[digest]

    @property
    def _part_names(self) -> set[str]:
        return {_make_part_name(digest) for digest in self._arriving}

    def _make_room(self, size: int) -> None:
        """Delete the least recently used files until there is room."""
        arriving = sum(stored.size for stored in self._arriving.values() if not stored.is_finished)
        files = [(path, path.stat()) for path in self._folder.iterdir()]
        files = [(path, stat) for path, stat in files if path.name not in self._part_names]
        cached_bytes = sum(stat.st_size for _, stat in files)
        deletable = [file for file in files if not _is_arriving_elsewhere(*file)]
        for path, stat in sorted(deletable, key=lambda file: file[1].st_mtime):
            if arriving + cached_bytes + size <= self._max_bytes:
                break
            with suppress(PermissionError):  # Windows keeps a file that is still read
                path.unlink(missing_ok=True)
                cached_bytes -= stat.st_size
        if arriving + cached_bytes + size > self._max_bytes:
            log.warning("no room in the file cache for a file of %d bytes", size)
            raise Unavailable


def _make_part_name(digest: str) -> str:
    return f"{PART_PREFIX}{digest}.{os.getpid()}"


def _is_arriving_elsewhere(path: Path, stat: os.stat_result) -> bool:
    """Return whether another worker seems to be loading a file, and has not crashed long ago."""
    is_recent = time.time() - stat.st_mtime < MAX_LOADING_SECONDS
    return path.name.startswith(PART_PREFIX) and is_recent


def _to_public_error(error: BaseException) -> Exception:
    if isinstance(error, MISSING_ERRORS):
        return error
    if not isinstance(error, ImdError):
        log.warning("a file could not be cached: %s", type(error).__name__)
    return Unavailable()
