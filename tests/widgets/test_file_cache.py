"""The file cache: files that are downloaded from the campaign while readers wait."""

import asyncio
import os
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from imd_sdk import DownloadedFile
from imd_widgets.caching.cache import Unavailable
from imd_widgets.caching.file_cache import FileCache, FileKey

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 4000
KEY = FileKey(sha256(CONTENT).hexdigest(), len(CONTENT))


class Campaign:
    """Sends each part when the test allows it."""

    def __init__(self) -> None:
        self.parts: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        self.downloads = 0

    async def __call__(self, into) -> DownloadedFile:
        self.downloads += 1
        digest, size = sha256(), 0
        while size < len(CONTENT):
            part = await self.parts.get()
            if isinstance(part, Exception):
                raise part
            into.write(part)
            digest.update(part)
            size += len(part)
        return DownloadedFile(size, digest.hexdigest(), "application/pdf")


@pytest.fixture
def campaign() -> Campaign:
    return Campaign()


@pytest.fixture
async def file_cache(tmp_path, clock):
    file_cache = FileCache(tmp_path / "files", 10_000_000, retry_delay=10, clock=clock)
    yield file_cache
    await file_cache.close()


async def read(cached_file, part=None) -> bytes:
    return b"".join(
        [piece async for piece in cached_file.read_chunks(part or range(cached_file.size))]
    )


async def test_first_bytes_are_sent_before_the_last_arrive(file_cache, campaign):
    campaign.parts.put_nowait(CONTENT[:500_000])
    cached_file = await file_cache.get(KEY, campaign)
    assert await read(cached_file, range(400_000)) == CONTENT[:400_000]
    campaign.parts.put_nowait(CONTENT[500_000:])
    assert await read(cached_file) == CONTENT


async def test_later_readers_share_the_download(file_cache, campaign):
    campaign.parts.put_nowait(CONTENT[:10])
    readers = [asyncio.create_task(read(await file_cache.get(KEY, campaign))) for _ in range(3)]
    campaign.parts.put_nowait(CONTENT[10:])
    assert set(await asyncio.gather(*readers)) == {CONTENT}
    assert await read(await file_cache.get(KEY, campaign)) == CONTENT
    assert campaign.downloads == 1


async def test_broken_download_fails_its_readers(file_cache, campaign, tmp_path):
    campaign.parts.put_nowait(CONTENT[:10])
    reader = asyncio.create_task(read(await file_cache.get(KEY, campaign)))
    campaign.parts.put_nowait(OSError("broken"))
    with pytest.raises(Unavailable):
        await reader
    assert list((tmp_path / "files").iterdir()) == []


async def test_last_byte_of_a_wrong_file_is_never_sent(file_cache, campaign):
    campaign.parts.put_nowait(CONTENT[:-1])
    cached_file = await file_cache.get(KEY, campaign)
    campaign.parts.put_nowait(b"x")
    with pytest.raises(Unavailable):
        await read(cached_file)


async def test_download_longer_than_announced_is_aborted(file_cache, campaign):
    campaign.parts.put_nowait(CONTENT + b"more")
    with pytest.raises(Unavailable):
        await file_cache.get(KEY, campaign)


async def test_evicted_file_can_be_read_to_its_end(file_cache, campaign, tmp_path):
    campaign.parts.put_nowait(CONTENT)
    await read(await file_cache.get(KEY, campaign))
    cached_file = await file_cache.get(KEY, campaign)
    (tmp_path / "files" / KEY.digest).unlink()
    assert await read(cached_file) == CONTENT


def is_open(path: Path) -> bool:
    handles = Path("/proc/self/fd").iterdir()
    return str(path) in {str(handle.readlink()) for handle in handles if handle.is_symlink()}


@pytest.fixture
def windows(monkeypatch):
    """Simulate Windows: missing functions, and open files that cannot be renamed or deleted."""
    monkeypatch.delattr(os, "pread")
    for name in ("replace", "unlink"):
        change = getattr(Path, name)

        def refuse(path, *args, change=change, **options):
            if is_open(path):
                raise PermissionError(13, "The file is used by another process")
            return change(path, *args, **options)

        monkeypatch.setattr(Path, name, refuse)


async def test_windows_keeps_a_complete_file(windows, file_cache, campaign):
    campaign.parts.put_nowait(CONTENT[:10])
    cached_file = await file_cache.get(KEY, campaign)
    campaign.parts.put_nowait(CONTENT[10:])
    assert await read(cached_file) == CONTENT
    assert await read(await file_cache.get(KEY, campaign)) == CONTENT
    assert campaign.downloads == 1


async def test_windows_deletes_a_broken_download(windows, file_cache, campaign, tmp_path):
    campaign.parts.put_nowait(OSError("broken"))
    with pytest.raises(Unavailable):
        await file_cache.get(KEY, campaign)
    assert list((tmp_path / "files").iterdir()) == []


async def test_stopping_the_server_deletes_partial_files(file_cache, campaign, tmp_path):
    campaign.parts.put_nowait(CONTENT[:10])
    await file_cache.get(KEY, campaign)
    await file_cache.close()
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.parametrize(("room", "kept"), [(len(CONTENT), True), (len(CONTENT) - 1, False)])
async def test_files_never_exceed_the_maximum_size(campaign, tmp_path, clock, room, kept):
    campaign.parts.put_nowait(CONTENT)
    file_cache = FileCache(tmp_path, room, retry_delay=10, clock=clock)
    try:
        whole = await read(await file_cache.get(KEY, campaign))
    except Unavailable:
        whole = b""
    await file_cache.close()
    assert (whole == CONTENT) is kept


@pytest.mark.parametrize(("age", "is_kept"), [(0, True), (7200, False)])
async def test_file_that_another_worker_loads_is_kept(campaign, tmp_path, clock, age, is_kept):
    part = tmp_path / f".{'0' * 64}.1"
    part.write_bytes(b"x")
    os.utime(part, times=(time.time() - age,) * 2)
    campaign.parts.put_nowait(CONTENT)
    file_cache = FileCache(tmp_path, len(CONTENT), retry_delay=10, clock=clock)
    with suppress(Unavailable):
        await read(await file_cache.get(KEY, campaign))
    await file_cache.close()
    assert part.exists() is is_kept


async def test_read_only_disk_still_serves_files(file_cache, campaign, monkeypatch):
    campaign.parts.put_nowait(CONTENT)
    await read(await file_cache.get(KEY, campaign))

    def only_read(_path: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("os.utime", only_read)
    assert await read(await file_cache.get(KEY, campaign)) == CONTENT
    assert campaign.downloads == 1


async def test_folder_that_is_a_file_makes_files_unavailable(tmp_path, clock, campaign, caplog):
    (tmp_path / "files").write_text("a file", "utf-8")
    with pytest.raises(Unavailable):
        await FileCache(tmp_path / "files", 10_000_000, retry_delay=10, clock=clock).get(
            KEY, campaign
        )
    assert "cannot write" in caplog.text
