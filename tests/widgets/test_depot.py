"""A file on its way from the campaign to those who read it."""

import asyncio
import os
from hashlib import sha256
from pathlib import Path

import pytest

from imd_sdk import Downloaded
from imd_widgets.caching.cache import Unavailable
from imd_widgets.caching.file_cache import FileCache, FileKey

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 4000
WANTED = FileKey(sha256(CONTENT).hexdigest(), len(CONTENT))


class Campaign:
    """Sends a part when it is let."""

    def __init__(self) -> None:
        self.parts: asyncio.Queue[bytes | Exception] = asyncio.Queue()
        self.asked = 0

    async def __call__(self, into) -> Downloaded:
        self.asked += 1
        digest, size = sha256(), 0
        while size < len(CONTENT):
            part = await self.parts.get()
            if isinstance(part, Exception):
                raise part
            into.write(part)
            digest.update(part)
            size += len(part)
        return Downloaded(size, digest.hexdigest(), "application/pdf")


@pytest.fixture
def sends() -> Campaign:
    return Campaign()


@pytest.fixture
async def depot(tmp_path, clock):
    depot = FileCache(tmp_path / "files", 10_000_000, retry_delay=10, clock=clock)
    yield depot
    await depot.close()


async def read(stored, part=None) -> bytes:
    return b"".join([piece async for piece in stored.read_chunks(part or range(stored.size))])


async def test_the_first_bytes_go_out_before_the_last_have_come(depot, sends):
    sends.parts.put_nowait(CONTENT[:500_000])
    stored = await depot.get(WANTED, sends)
    assert await read(stored, range(400_000)) == CONTENT[:400_000]
    sends.parts.put_nowait(CONTENT[500_000:])
    assert await read(stored) == CONTENT


async def test_who_comes_later_reads_the_same_download(depot, sends):
    sends.parts.put_nowait(CONTENT[:10])
    readers = [asyncio.create_task(read(await depot.get(WANTED, sends))) for _ in range(3)]
    sends.parts.put_nowait(CONTENT[10:])
    assert set(await asyncio.gather(*readers)) == {CONTENT}
    assert await read(await depot.get(WANTED, sends)) == CONTENT
    assert sends.asked == 1


async def test_a_break_on_the_way_reaches_who_reads(depot, sends, tmp_path):
    sends.parts.put_nowait(CONTENT[:10])
    reader = asyncio.create_task(read(await depot.get(WANTED, sends)))
    sends.parts.put_nowait(OSError("broken"))
    with pytest.raises(Unavailable):
        await reader
    assert list((tmp_path / "files").iterdir()) == []


async def test_the_last_byte_of_another_file_is_never_given(depot, sends):
    sends.parts.put_nowait(CONTENT[:-1])
    stored = await depot.get(WANTED, sends)
    sends.parts.put_nowait(b"x")
    with pytest.raises(Unavailable):
        await read(stored)


async def test_a_file_longer_than_was_said_is_broken_off(depot, sends):
    sends.parts.put_nowait(CONTENT + b"more")
    with pytest.raises(Unavailable):
        await depot.get(WANTED, sends)


async def test_a_file_that_is_dropped_is_still_read_to_its_end(depot, sends, tmp_path):
    sends.parts.put_nowait(CONTENT)
    await read(await depot.get(WANTED, sends))
    stored = await depot.get(WANTED, sends)
    (tmp_path / "files" / WANTED.digest).unlink()
    assert await read(stored) == CONTENT


def is_open(path: Path) -> bool:
    handles = Path("/proc/self/fd").iterdir()
    return str(path) in {str(handle.readlink()) for handle in handles if handle.is_symlink()}


@pytest.fixture
def windows(monkeypatch):
    """What Windows does not have, and files that cannot be renamed or deleted while open."""
    monkeypatch.delattr(os, "pread")
    for name in ("replace", "unlink"):
        change = getattr(Path, name)

        def refuse(path, *args, change=change, **options):
            if is_open(path):
                raise PermissionError(13, "The file is used by another process")
            return change(path, *args, **options)

        monkeypatch.setattr(Path, name, refuse)


async def test_windows_keeps_a_file_that_has_come(windows, depot, sends):
    sends.parts.put_nowait(CONTENT[:10])
    stored = await depot.get(WANTED, sends)
    sends.parts.put_nowait(CONTENT[10:])
    assert await read(stored) == CONTENT
    assert await read(await depot.get(WANTED, sends)) == CONTENT
    assert sends.asked == 1


async def test_windows_drops_a_file_that_broke_off(windows, depot, sends, tmp_path):
    sends.parts.put_nowait(OSError("broken"))
    with pytest.raises(Unavailable):
        await depot.get(WANTED, sends)
    assert list((tmp_path / "files").iterdir()) == []


async def test_nothing_is_left_of_a_file_when_the_server_stops(depot, sends, tmp_path):
    sends.parts.put_nowait(CONTENT[:10])
    await depot.get(WANTED, sends)
    await depot.close()
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.parametrize(("room", "kept"), [(len(CONTENT), True), (len(CONTENT) - 1, False)])
async def test_a_file_may_fill_the_room_and_no_more(sends, tmp_path, clock, room, kept):
    sends.parts.put_nowait(CONTENT)
    depot = FileCache(tmp_path, room, retry_delay=10, clock=clock)
    try:
        whole = await read(await depot.get(WANTED, sends))
    except Unavailable:
        whole = b""
    await depot.close()
    assert (whole == CONTENT) is kept


async def test_from_a_disk_that_is_only_read_a_file_is_given(depot, sends, monkeypatch):
    sends.parts.put_nowait(CONTENT)
    await read(await depot.get(WANTED, sends))

    def only_read(_path: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("os.utime", only_read)
    assert await read(await depot.get(WANTED, sends)) == CONTENT
    assert sends.asked == 1


async def test_a_folder_that_is_none_is_a_state_and_no_fault(tmp_path, clock, sends, caplog):
    (tmp_path / "files").write_text("a file", "utf-8")
    with pytest.raises(Unavailable):
        await FileCache(tmp_path / "files", 10_000_000, retry_delay=10, clock=clock).get(
            WANTED, sends
        )
    assert "cannot write" in caplog.text
